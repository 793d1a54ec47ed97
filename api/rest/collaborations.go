package rest

import (
	"context"
	"time"

	"countersign/api/i18n"
	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// collaborations serves the administrators of customers.
type collaborations struct{ handlers }

func (h collaborations) register(r endpoint.Groups) {
	endpoint.Get(r.Administrators, "/v1/collaborations", opListCollaborations, h.listCollaborations)
	endpoint.Get(r.Administrators, "/v1/collaborations/{id}", opGetCollaboration, h.getCollaboration)
	endpoint.Post(r.Administrators, "/v1/collaborations/{id}/end", opEndCollaboration, h.endCollaboration)
	endpoint.Post(r.Administrators, "/v1/collaborations/{id}/decide-change", opDecideChange, h.decideChange)
	endpoint.Post(r.Administrators, "/v1/collaborations/{id}/revoke-notice", opRevokeNoticeAsCustomer, h.revokeNoticeAsCustomer)
}

// CollaborationInput names one of the customer's collaborations.
type CollaborationInput struct {
	ID string `path:"id" doc:"The collaboration: the id of its activation." example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
}

// CollaborationView is a collaboration as the customer sees it.
type CollaborationView struct {
	ID               collaboration.ActivationID     `json:"id" example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
	State            collaboration.State            `json:"state"`
	Phase            collaboration.Phase            `json:"phase" doc:"The state as people read it. It divides the state active: starts until the first day of the agreement, terminated after notice or with a set end date, else active. Every other phase has the name of its state."`
	OfficeName       string                         `json:"office_name" example:"Ekströms Redovisning"`
	CustomerID       string                         `json:"customer_id" example:"c-1003"`
	CustomerName     string                         `json:"customer_name" example:"Öbergs Snickeri AB"`
	Solution         present.Solution               `json:"solution"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient"`
	ExpiresAt        time.Time                      `json:"expires_at,omitzero" doc:"The deadline for an answer to the invitation, while it is pending."`
	Agreement        *AgreementView                 `json:"agreement,omitempty" doc:"Absent until the customer has approved."`
	Proposal         *CustomerProposalView          `json:"proposal,omitempty" doc:"The latest proposed change; absent before the first."`
	EndedAt          time.Time                      `json:"ended_at,omitzero"`
	OnEnd            collaboration.EndPolicy        `json:"on_end" doc:"The end policy of the solution: the choice made with the end, or the default."`
	OnEndChoices     []collaboration.EndPolicy      `json:"on_end_choices" doc:"What a party chooses from when it ends the collaboration. The first is the default."`
	Upcoming         []UpcomingView                 `json:"upcoming,omitempty" doc:"The scheduled events, in order."`
}

var opListCollaborations = endpoint.Operation{ID: "list-collaborations", Tag: tagInvitations, Summary: "List my collaborations",
	Text: "Lists the invitations and collaborations of every company that the caller administers, newest first. An employee of an office cannot act for its customers.", Codes: []collaboration.Code{collaboration.CodeSeparationOfDuties}}

func (h collaborations) listCollaborations(ctx context.Context, _ *struct{}) (*endpoint.Response[endpoint.ListView[CollaborationView]], error) {
	all, err := h.app.Collaborations.List(ctx, request.Person(ctx))
	if err != nil {
		return nil, err
	}
	view := func(c app.Collaboration) CollaborationView { return h.viewCollaboration(c, request.Locale(ctx)) }
	return endpoint.Respond(endpoint.List(all, "", view)), nil
}

var opGetCollaboration = endpoint.Operation{ID: "get-collaboration", Tag: tagInvitations, Summary: "Read a collaboration",
	Text: "Returns a collaboration as its customer sees it.", Codes: []collaboration.Code{collaboration.CodeSeparationOfDuties, collaboration.CodeActivationNotFound}}

func (h collaborations) getCollaboration(ctx context.Context, in *CollaborationInput) (*endpoint.Response[CollaborationView], error) {
	c, err := h.app.Collaborations.Get(ctx, request.Person(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(h.viewCollaboration(c, request.Locale(ctx))), nil
}

func (h collaborations) viewCollaboration(c app.Collaboration, l collaboration.Locale) CollaborationView {
	r := c.Activation
	v := CollaborationView{
		ID: r.ID, State: r.State, Phase: r.Phase(), OfficeName: r.OfficeName, CustomerID: r.CustomerID, CustomerName: r.CustomerName,
		Solution: present.NewSolution(c.Solution, l), InvoiceRecipient: r.InvoiceRecipient, Agreement: viewAgreement(r.Agreement), Proposal: viewCustomerProposal(c, l),
		EndedAt: r.EndedAt, OnEnd: r.EndPolicy(), OnEndChoices: r.OnEnd,
	}
	if r.State == collaboration.AwaitingApproval {
		v.ExpiresAt = r.ExpiresAt
	}
	for _, a := range r.Forecast(h.now()) {
		v.Upcoming = append(v.Upcoming, UpcomingView{a.Action, a.At, i18n.Text(l, "upcoming."+string(a.Action))})
	}
	return v
}

type endCollaborationInput struct {
	CollaborationInput
	endpoint.IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

var opEndCollaboration = endpoint.Operation{ID: "end-collaboration", Tag: tagInvitations, Summary: "End a collaboration, for the customer",
	Text:     "Ends the collaboration now, on a date, or at the end of the term without renewal. Both parties are notified." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: EndRequest{}, Example: EndRequest{When: collaboration.EndOfTerm},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeSeparationOfDuties, collaboration.CodeActivationNotFound, collaboration.CodeNotActive, collaboration.CodeMainContactMissing, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown}}

func (h collaborations) endCollaboration(ctx context.Context, in *endCollaborationInput) (*statusOutput, error) {
	body, invalid, err := endpoint.DecodeBody[EndRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	c, err := h.app.Collaborations.Get(ctx, request.Person(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	status, err := h.app.Collaborations.End(ctx, c, in.Key, message.End(body), invalid)
	return answerCustomer(ctx, c.Activation.ID, status, err)
}

type revokeNoticeAsCustomerInput struct {
	CollaborationInput
	endpoint.IdempotencyKey
}

var opRevokeNoticeAsCustomer = endpoint.Operation{ID: "revoke-notice-as-customer", Tag: tagInvitations, Summary: "Revoke notice, for the customer",
	Text: "Revokes the notice of either party." + endpoint.IdempotencyText, Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeSeparationOfDuties, collaboration.CodeActivationNotFound, collaboration.CodeNotActive, collaboration.CodeNoNotice, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown}}

func (h collaborations) revokeNoticeAsCustomer(ctx context.Context, in *revokeNoticeAsCustomerInput) (*statusOutput, error) {
	c, err := h.app.Collaborations.Get(ctx, request.Person(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	status, err := h.app.Collaborations.RevokeNotice(ctx, c, in.Key)
	return answerCustomer(ctx, c.Activation.ID, status, err)
}

// answerCustomer returns the status after a change, with links for the customer.
func answerCustomer(ctx context.Context, id collaboration.ActivationID, status message.Status, err error) (*statusOutput, error) {
	if err != nil {
		return nil, err
	}
	v := viewStatus(ctx, id, status)
	v.Links = ActivationLinks{Self: "/v1/collaborations/" + string(id)}
	return endpoint.Respond(v), nil
}
