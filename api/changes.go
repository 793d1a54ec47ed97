package api

import (
	"context"

	"countersign/collaboration"
)

// ChangeInput is what every change of an activation takes.
type ChangeInput struct {
	ActivationInput
	IdempotencyKey
	IfMatch string `header:"If-Match" doc:"Refuse where the activation is no longer at this ETag. A repeat with the same Idempotency-Key and the same If-Match is judged as the first request was." example:"\"3\""`
}

// StandingView is where an activation stands after a change.
type StandingView struct {
	ID         collaboration.ActivationID `json:"id"`
	State      collaboration.State        `json:"state" enum:"activating,awaiting_approval,active,ended,declined,expired,withdrawn,failed" doc:"An accepted change is carried out right after it was taken. Withdrawing, and ending now, wait about two seconds for that; where it takes longer, and after a decision, this is the state in which the change was taken. Follow the activation to see it carried out."`
	Generation int                        `json:"generation" doc:"The invitation whose link works."`
	Agreement  *AgreementView             `json:"agreement,omitempty"`
	Links      ActivationLinks            `json:"links"`
}

type standingOutput = bodyOf[StandingView]

func viewStanding(id collaboration.ActivationID, s collaboration.Standing) StandingView {
	return StandingView{ID: id, State: s.State, Generation: s.Generation, Agreement: viewAgreement(s.Agreement), Links: linksOf(id)}
}

func (s *Server) withdraw(ctx context.Context, in *ChangeInput) (*standingOutput, error) {
	return s.change(ctx, in, change{name: "withdraw", leads: collaboration.Withdrawn, tooLate: collaboration.CodeNotPending,
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.Withdraw(ctx, collaboration.Withdrawal{ID: messageID, Activation: id, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}})
}

func (s *Server) resend(ctx context.Context, in *ChangeInput) (*standingOutput, error) {
	return s.change(ctx, in, change{name: "resend", tooLate: collaboration.CodeNotPending, mailsTo: theInvited,
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.Resend(ctx, collaboration.Resend{ID: messageID, Activation: id, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}})
}

func theInvited(r collaboration.Record) string { return r.InvitedEmail }

// EndRequest says when a collaboration shall end.
type EndRequest struct {
	When collaboration.EndWhen `json:"when" enum:"now,end_of_term,on_date" doc:"Now, when the current term ends without renewing, or on a day."`
	On   collaboration.Date    `json:"on,omitzero" format:"date" doc:"The day, for on_date only: not past, at most two years ahead. It ends as that day begins, in Stockholm." example:"2027-03-15"`
}

type endInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) end(ctx context.Context, in *endInput) (*standingOutput, error) {
	request, name, err := changeBody(s, in.RawBody, "end", s.checkEnd)
	if err != nil {
		return nil, err
	}
	if err := s.mayEnd(ctx, in.ID); err != nil {
		return nil, err
	}
	c := change{name: name, tooLate: collaboration.CodeNotActive,
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.End(ctx, collaboration.Ending{ID: messageID, Activation: id, When: request.When, On: request.On, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}}
	if request.When == collaboration.EndNow {
		c.leads = collaboration.Ended
	}
	return s.change(ctx, &in.ChangeInput, c)
}

func (s *Server) checkEnd(r EndRequest) []collaboration.FieldError {
	wrong := func(field string, code collaboration.Code) []collaboration.FieldError {
		return []collaboration.FieldError{{Field: field, Code: code}}
	}
	switch r.When {
	case collaboration.EndOnDate:
		if code := collaboration.CheckEndOn(r.On, collaboration.DateOf(s.Now())); code != "" {
			return wrong("on", code)
		}
	case collaboration.EndNow, collaboration.EndOfTerm:
		if !r.On.IsZero() {
			return wrong("on", collaboration.CodeNotApplicable)
		}
	case "":
		return wrong("when", collaboration.CodeRequired)
	default:
		return wrong("when", collaboration.CodeInvalidChoice)
	}
	return nil
}

// mayEnd refuses to end a running collaboration of a customer without a main
// contact: nobody there would be told.
func (s *Server) mayEnd(ctx context.Context, id string) error {
	r, err := s.ownRecord(ctx, id)
	if err != nil || r.State != collaboration.Active {
		return nil // the change itself says what is wrong
	}
	return s.mustHaveMainContact(ctx, r)
}

func (s *Server) mustHaveMainContact(ctx context.Context, r collaboration.Record) error {
	customer, err := s.customerFrom(ctx, s.Facts, r.OfficeID, r.CustomerID)
	if err != nil {
		return err
	}
	if _, ok := customer.MainContact(); !ok {
		return &collaboration.Error{Code: collaboration.CodeMainContactMissing}
	}
	return nil
}
