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
	return s.change(ctx, in, change{name: "resend", tooLate: collaboration.CodeNotPending,
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.Resend(ctx, collaboration.Resend{ID: messageID, Activation: id, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}})
}

// EndRequest says when a collaboration shall end.
type EndRequest struct {
	When collaboration.EndWhen `json:"when" enum:"now,end_of_term" doc:"Now, or when the current term ends, without renewing."`
}

type endInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) end(ctx context.Context, in *endInput) (*standingOutput, error) {
	if employeeOf(ctx).Role != collaboration.RoleManager {
		return nil, &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	var request EndRequest
	wrong, err := shapeOf[EndRequest](s).decode(in.RawBody, &request)
	if err != nil {
		return nil, err
	}
	if wrong = mergeFields(wrong, request.check()); len(wrong) > 0 {
		return nil, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: wrong}
	}
	c := change{name: "end " + string(request.When), tooLate: collaboration.CodeNotActive,
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.End(ctx, collaboration.Ending{ID: messageID, Activation: id, When: request.When, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}}
	if request.When == collaboration.EndNow {
		c.leads = collaboration.Ended
	}
	return s.change(ctx, &in.ChangeInput, c)
}

func (r EndRequest) check() []collaboration.FieldError {
	switch r.When {
	case collaboration.EndNow, collaboration.EndOfTerm:
		return nil
	case "":
		return []collaboration.FieldError{{Field: "when", Code: collaboration.CodeRequired}}
	default:
		return []collaboration.FieldError{{Field: "when", Code: collaboration.CodeInvalidChoice}}
	}
}
