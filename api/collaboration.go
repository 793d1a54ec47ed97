package api

import (
	"context"
	"time"

	"countersign/api/i18n"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/app"
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
	ExpiresAt        time.Time                      `json:"expires_at,omitzero" doc:"The deadline for an answer to the invitation, while it is pending."`
	Agreement        *AgreementView                 `json:"agreement,omitempty" doc:"Absent until the customer has approved."`
	EndedAt          time.Time                      `json:"ended_at,omitzero"`
	OnEnd            collaboration.EndPolicy        `json:"on_end" enum:"continue_alone,read_only,delete" doc:"The effect of the end of the collaboration on the solution."`
	Upcoming         []UpcomingView                 `json:"upcoming,omitempty" doc:"The scheduled events, in order."`
}

func (s *Server) listCollaborations(ctx context.Context, _ *struct{}) (*bodyOf[ListView[CollaborationView]], error) {
	all, err := s.app.Collaborations.List(ctx, request.Person(ctx))
	if err != nil {
		return nil, err
	}
	view := func(c app.Collaboration) CollaborationView { return s.viewCollaboration(c, request.Locale(ctx)) }
	return &bodyOf[ListView[CollaborationView]]{viewList(all, "", view)}, nil
}

func (s *Server) getCollaboration(ctx context.Context, in *CollaborationInput) (*bodyOf[CollaborationView], error) {
	c, err := s.app.Collaborations.Get(ctx, request.Person(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[CollaborationView]{s.viewCollaboration(c, request.Locale(ctx))}, nil
}

func (s *Server) viewCollaboration(c app.Collaboration, l collaboration.Locale) CollaborationView {
	r := c.Activation
	v := CollaborationView{
		ID: r.ID, State: r.State, OfficeName: r.OfficeName, CustomerID: r.CustomerID, CustomerName: r.CustomerName,
		Solution: viewSolution(c.Solution, l), InvoiceRecipient: r.InvoiceRecipient, Agreement: viewAgreement(r.Agreement),
		EndedAt: r.EndedAt, OnEnd: c.Solution.OnEnd,
	}
	if r.State == collaboration.AwaitingApproval {
		v.ExpiresAt = r.ExpiresAt
	}
	for _, a := range r.Forecast(s.Now()) {
		v.Upcoming = append(v.Upcoming, UpcomingView{a.Action, a.At, i18n.Text(l, "upcoming."+string(a.Action))})
	}
	return v
}

type endCollaborationInput struct {
	CollaborationInput
	IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) endCollaboration(ctx context.Context, in *endCollaborationInput) (*statusOutput, error) {
	body, invalid, err := decodeBody[EndRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	end := message.End(body)
	if err := s.app.Collaborations.CheckEnd(end, invalid); err != nil {
		return nil, err
	}
	c, err := s.app.Collaborations.Get(ctx, request.Person(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	status, err := s.app.Collaborations.End(ctx, c, in.Key, end)
	return answerCustomer(c.Activation.ID, status, err)
}

type revokeNoticeAsCustomerInput struct {
	CollaborationInput
	IdempotencyKey
}

func (s *Server) revokeNoticeAsCustomer(ctx context.Context, in *revokeNoticeAsCustomerInput) (*statusOutput, error) {
	c, err := s.app.Collaborations.Get(ctx, request.Person(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	status, err := s.app.Collaborations.RevokeNotice(ctx, c, in.Key)
	return answerCustomer(c.Activation.ID, status, err)
}

// answerCustomer returns the status after a change, with links for the customer.
func answerCustomer(id collaboration.ActivationID, status message.Status, err error) (*statusOutput, error) {
	if err != nil {
		return nil, err
	}
	v := viewStatus(id, status)
	v.Links = ActivationLinks{Self: "/v1/collaborations/" + string(id)}
	return &statusOutput{v}, nil
}
