package api

import (
	"context"
	"crypto/rand"
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// CollaborationInput names one of the customer's collaborations.
type CollaborationInput struct {
	ID string `path:"id" doc:"The collaboration: the id of its activation." example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
}

// CollaborationView is a collaboration as the customer sees it.
type CollaborationView struct {
	ID               collaboration.ActivationID     `json:"id" example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	State            collaboration.State            `json:"state" enum:"activating,awaiting_approval,active,ended,declined,expired,withdrawn,failed"`
	OfficeName       string                         `json:"office_name" example:"Ekströms Redovisning"`
	CustomerID       string                         `json:"customer_id" example:"c-1003"`
	CustomerName     string                         `json:"customer_name" example:"Öbergs Snickeri AB"`
	Solution         SolutionView                   `json:"solution"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient" enum:"office,customer"`
	ExpiresAt        time.Time                      `json:"expires_at,omitzero" doc:"Until when the invitation can be answered, while it waits."`
	Agreement        *AgreementView                 `json:"agreement,omitempty" doc:"Absent until the customer has approved."`
	EndedAt          time.Time                      `json:"ended_at,omitzero"`
	OnEnd            collaboration.EndPolicy        `json:"on_end" enum:"continue_alone,read_only,delete" doc:"What happens to the solution when the collaboration ends."`
	Ahead            []AheadView                    `json:"ahead,omitempty" doc:"What will happen by itself."`
}

// shared is one of the customer's collaborations, as it is for the one of its
// administrators who asks.
type shared struct {
	record   collaboration.Record
	solution collaboration.Solution
	by       string
}

// shared is a collaboration of a customer that the person administers; anybody
// else's does not exist.
func (s *Server) shared(ctx context.Context, id string) (c shared, err error) {
	activation, err := collaboration.ParseActivationID(id)
	if err != nil {
		return c, err
	}
	if c.record, err = s.record(ctx, activation); err != nil {
		return c, err
	}
	if c.by = personOf(ctx).AdministratorOf(c.record.CustomerID); c.by == "" {
		return c, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	c.solution, err = s.solutionOf(c.record)
	return c, err
}

func (s *Server) listCollaborations(ctx context.Context, _ *struct{}) (*bodyOf[ListView[CollaborationView]], error) {
	records, err := s.allShared(ctx)
	if err != nil {
		return nil, err
	}
	list := ListView[CollaborationView]{Items: make([]CollaborationView, 0, len(records))}
	for _, r := range records {
		solution, err := s.solutionOf(r)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, s.viewShared(ctx, shared{record: r, solution: solution}))
	}
	return &bodyOf[ListView[CollaborationView]]{list}, nil
}

// allShared are the activations of all customers that the person administers,
// newest first.
func (s *Server) allShared(ctx context.Context) ([]collaboration.Record, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.Record, error) {
		return s.Facts.ActivationsOf(ctx, personOf(ctx).Administers)
	})
}

func (s *Server) getCollaboration(ctx context.Context, in *CollaborationInput) (*bodyOf[CollaborationView], error) {
	c, err := s.shared(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[CollaborationView]{s.viewShared(ctx, c)}, nil
}

func (s *Server) viewShared(ctx context.Context, c shared) CollaborationView {
	l, r := localeOf(ctx), c.record
	v := CollaborationView{
		ID: r.ID, State: r.State, OfficeName: r.OfficeName, CustomerID: r.CustomerID, CustomerName: r.CustomerName,
		Solution: viewSolution(c.solution, l), InvoiceRecipient: r.InvoiceRecipient, Agreement: viewAgreement(r.Agreement),
		EndedAt: r.EndedAt, OnEnd: c.solution.OnEnd,
	}
	if r.State == collaboration.AwaitingApproval {
		v.ExpiresAt = r.ExpiresAt
	}
	for _, a := range r.Forecast(s.Now()) {
		v.Ahead = append(v.Ahead, AheadView{a.Action, a.At, web.Text(l, "ahead."+string(a.Action))})
	}
	return v
}

type endCollaborationInput struct {
	CollaborationInput
	IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) endCollaboration(ctx context.Context, in *endCollaborationInput) (*standingOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	request, _, err := changeBody(s, in.RawBody, "end", s.checkEnd)
	if err != nil {
		return nil, err
	}
	c, err := s.shared(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return viewed(s.customerEnds(ctx, c, in.message(c, "end"), request))
}

type takeBackCollaborationInput struct {
	CollaborationInput
	IdempotencyKey
}

func (s *Server) takeBackCollaboration(ctx context.Context, in *takeBackCollaborationInput) (*standingOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	c, err := s.shared(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return viewed(s.customerTakesBack(ctx, c, in.message(c, "take back")))
}

func viewed(standing collaboration.Standing, err error) (*standingOutput, error) {
	if err != nil {
		return nil, err
	}
	return &standingOutput{forCustomer(standing.Activation, standing)}, nil
}

// forCustomer leads on where the customer may go.
func forCustomer(id collaboration.ActivationID, s collaboration.Standing) StandingView {
	v := viewStanding(id, s)
	v.Links = ActivationLinks{Self: "/v1/collaborations/" + string(id)}
	return v
}

// message is the same for a repeat with the same key.
func (k IdempotencyKey) message(c shared, what string) string {
	if k.Key == "" {
		return rand.Text()
	}
	return digest("customer", string(c.record.ID), what, k.Key)[:32]
}

// customerEnds gives notice, sets a day, or ends the collaboration, for the
// customer.
func (s *Server) customerEnds(ctx context.Context, c shared, messageID string, r EndRequest) (collaboration.Standing, error) {
	if err := s.mustHaveMainContact(ctx, c.record); err != nil {
		return collaboration.Standing{}, err
	}
	return s.customerSays(ctx, c, func(ctx context.Context) (collaboration.Standing, error) {
		return s.Starter.End(ctx, collaboration.Ending{ID: messageID, Activation: c.record.ID, When: r.When, On: r.On, By: c.by, At: s.Now().UTC()})
	})
}

func (s *Server) customerTakesBack(ctx context.Context, c shared, messageID string) (collaboration.Standing, error) {
	if err := s.mayMail(ctx, c.record.InvitedEmail, messageID); err != nil { // as often as the office is told, so is the customer
		return collaboration.Standing{}, err
	}
	return s.customerSays(ctx, c, func(ctx context.Context) (collaboration.Standing, error) {
		return s.Starter.TakeBack(ctx, collaboration.TakingBack{ID: messageID, Activation: c.record.ID, By: c.by, At: s.Now().UTC()})
	})
}

func (s *Server) customerSays(ctx context.Context, c shared, say func(context.Context) (collaboration.Standing, error)) (collaboration.Standing, error) {
	ctx, cancel := s.messaging(ctx)
	defer cancel()
	standing, err := say(ctx)
	if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
		err = &collaboration.Error{Code: collaboration.CodeNotActive, Cause: err}
	}
	standing.Activation = c.record.ID
	return standing, err
}
