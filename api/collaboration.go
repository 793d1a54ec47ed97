package api

import (
	"cmp"
	"context"
	"crypto/rand"

	"countersign/api/web"
	"countersign/collaboration"
	"countersign/internal/link"
)

// CollaborationInput names a running collaboration.
type CollaborationInput struct {
	Link string `path:"link" doc:"The last part of the link in an e-mail about a running collaboration."`
}

// CollaborationView is a running collaboration as the customer sees it.
type CollaborationView struct {
	State            collaboration.State            `json:"state" enum:"active,ended"`
	OfficeName       string                         `json:"office_name" example:"Ekströms Redovisning"`
	CustomerName     string                         `json:"customer_name" example:"Öbergs Snickeri AB"`
	Solution         SolutionView                   `json:"solution"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient" enum:"office,customer"`
	Agreement        *AgreementView                 `json:"agreement,omitempty"`
	OnEnd            collaboration.EndPolicy        `json:"on_end" enum:"continue_alone,read_only,delete" doc:"What happens to the solution when the collaboration ends."`
	Ahead            []AheadView                    `json:"ahead,omitempty" doc:"What will happen by itself."`
}

// running is what a good link to a collaboration leads to.
type running struct {
	record   collaboration.Record
	solution collaboration.Solution
}

func (s *Server) running(ctx context.Context, token string) (running, error) {
	claims, err := s.Links.Verify(token, link.Collaborate, s.Now())
	if err != nil {
		return running{}, err
	}
	r, err := s.record(ctx, claims.Activation)
	if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound || err == nil && r.Agreement == nil {
		return running{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid, Cause: err}
	}
	if err != nil {
		return running{}, err
	}
	solution, ok := s.Catalogue.Solution(r.SolutionID)
	if !ok {
		return running{}, collaboration.Errorf(collaboration.CodeInternal, "solution %q is not in the catalogue", r.SolutionID)
	}
	return running{r, solution}, nil
}

func (s *Server) getCollaboration(ctx context.Context, in *CollaborationInput) (*bodyOf[CollaborationView], error) {
	c, err := s.running(ctx, in.Link)
	if err != nil {
		return nil, err
	}
	l, r := localeOf(ctx), c.record
	v := CollaborationView{
		State: r.State, OfficeName: r.OfficeName, CustomerName: r.CustomerName, Solution: viewSolution(c.solution, l),
		InvoiceRecipient: r.InvoiceRecipient, Agreement: viewAgreement(r.Agreement), OnEnd: c.solution.OnEnd,
	}
	for _, a := range r.Forecast(s.Now()) {
		v.Ahead = append(v.Ahead, AheadView{a.Action, a.At, web.Text(l, "ahead."+string(a.Action))})
	}
	return &bodyOf[CollaborationView]{v}, nil
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
	c, err := s.running(ctx, in.Link)
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
	c, err := s.running(ctx, in.Link)
	if err != nil {
		return nil, err
	}
	return viewed(s.customerTakesBack(ctx, c, in.message(c, "take back")))
}

func viewed(standing collaboration.Standing, err error) (*standingOutput, error) {
	if err != nil {
		return nil, err
	}
	return &standingOutput{viewStanding(standing.Activation, standing)}, nil
}

// message is the same for a repeat with the same key.
func (k IdempotencyKey) message(c running, what string) string {
	if k.Key == "" {
		return rand.Text()
	}
	return digest("customer", string(c.record.ID), what, k.Key)[:32]
}

// customerEnds gives notice, sets a day, or ends the collaboration, for the
// customer.
func (s *Server) customerEnds(ctx context.Context, c running, messageID string, r EndRequest) (collaboration.Standing, error) {
	if err := s.mustHaveMainContact(ctx, c.record); err != nil {
		return collaboration.Standing{}, err
	}
	return s.customerSays(ctx, c, func(ctx context.Context) (collaboration.Standing, error) {
		return s.Starter.End(ctx, collaboration.Ending{ID: messageID, Activation: c.record.ID, When: r.When, On: r.On, By: c.by(), At: s.Now().UTC()})
	})
}

func (s *Server) customerTakesBack(ctx context.Context, c running, messageID string) (collaboration.Standing, error) {
	return s.customerSays(ctx, c, func(ctx context.Context) (collaboration.Standing, error) {
		return s.Starter.TakeBack(ctx, collaboration.TakingBack{ID: messageID, Activation: c.record.ID, By: c.by(), At: s.Now().UTC()})
	})
}

func (s *Server) customerSays(ctx context.Context, c running, say func(context.Context) (collaboration.Standing, error)) (collaboration.Standing, error) {
	ctx, cancel := s.messaging(ctx)
	defer cancel()
	standing, err := say(ctx)
	if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
		err = &collaboration.Error{Code: collaboration.CodeNotActive, Cause: err}
	}
	standing.Activation = c.record.ID
	return standing, err
}

// by is the person whose link it is.
func (c running) by() string { return cmp.Or(c.record.InvitedID, unknownInvitee) }
