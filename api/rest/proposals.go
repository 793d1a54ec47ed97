package rest

import (
	"context"
	"fmt"
	"time"

	"countersign/api/present"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/app"
)

// ProposalView is a proposed change of a running collaboration.
type ProposalView struct {
	Number     int                         `json:"number" example:"1" doc:"Counts the proposals of an activation."`
	Kind       collaboration.ProposalKind  `json:"kind" enum:"change,renewal" doc:"A change that the office requested, or a renewal with another price or other terms."`
	State      collaboration.ProposalState `json:"state" enum:"open,approved,declined,withdrawn,expired,lapsed"`
	From       ConditionsView              `json:"from" doc:"What the customer approved before."`
	To         ConditionsView              `json:"to"`
	ProposedAt time.Time                   `json:"proposed_at"`
	ExpiresAt  time.Time                   `json:"expires_at" doc:"The deadline for an answer."`
	Unanswered collaboration.RenewalPolicy `json:"unanswered,omitempty" enum:"renew_unchanged,end_agreement" doc:"What happens without an approval, for a renewal."`
	Decision   *problem.Decision           `json:"decision,omitempty"`
}

// ConditionsView are the values that change only with the customer's consent.
type ConditionsView struct {
	Variant          string                         `json:"variant,omitempty" example:"bi"`
	Price            *present.Price                 `json:"price,omitempty"`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient"`
	AgreementMonths  int                            `json:"agreement_months" example:"12"`
	TermsVersion     string                         `json:"terms_version,omitempty" example:"2026-11"`
}

// CustomerProposalView is a proposal for the customer who answers it.
type CustomerProposalView struct {
	ProposalView
	OfferHash string     `json:"offer_hash,omitempty" doc:"The hash of this exact offer. Send it back to approve. Present while the proposal is open."`
	Terms     *TermsView `json:"terms,omitempty" doc:"Present while the proposal is open."`
}

func viewProposal(p *collaboration.Proposal, l collaboration.Locale) *ProposalView {
	if p == nil {
		return nil
	}
	return &ProposalView{
		Number: p.Number, Kind: p.Kind, State: p.State, From: viewConditions(p.From, l), To: viewConditions(p.To, l),
		ProposedAt: p.At, ExpiresAt: p.ExpiresAt, Unanswered: p.Unanswered, Decision: problem.NewDecision(p.Decision),
	}
}

func viewConditions(c collaboration.Conditions, l collaboration.Locale) ConditionsView {
	return ConditionsView{c.Variant, present.NewPrice(c.Price(), l), c.InvoiceRecipient, c.AgreementMonths, c.TermsVersion}
}

func viewCustomerProposal(c app.Collaboration, l collaboration.Locale) *CustomerProposalView {
	p := c.Activation.Proposal
	if p == nil {
		return nil
	}
	v := &CustomerProposalView{ProposalView: *viewProposal(p, l)}
	if p.IsOpen() {
		offer := c.Proposed(l)
		v.OfferHash, v.Terms = offer.Hash(), &TermsView{offer.TermsVersion, l, offer.TermsHash, c.Solution.Terms.Text.In(l)}
	}
	return v
}

var opWithdrawChange = endpoint.Operation{ID: "withdraw-change", Tag: tagActivations, Summary: "Withdraw a proposed change",
	Text: "Withdraws the change that was proposed to the customer. Managers only." + endpoint.IdempotencyText, Codes: changeCodes(collaboration.CodeNotActive, collaboration.CodeNoProposal)}

// ChangeDecisionRequest approves or declines a proposed change.
type ChangeDecisionRequest struct {
	Number int `json:"number" doc:"number of the proposal that was read." example:"1"`
	DecisionRequest
}

type changeDecisionInput struct {
	CollaborationInput
	endpoint.IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

var opDecideChange = endpoint.Operation{ID: "decide-change", Tag: tagInvitations, Summary: "Approve or decline a proposed change",
	Text:     "Stores the decision of the administrator in the token. Only the first decision counts; a repeat of it gets the same response. To approve, send the `offer_hash` of the proposal and `accept_terms: true`." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: ChangeDecisionRequest{}, Example: ChangeDecisionRequest{Number: 1, DecisionRequest: decisionExample},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeActivationNotFound, collaboration.CodeAlreadyDecided, collaboration.CodeNotActive,
		collaboration.CodeNoProposal, collaboration.CodeTermsChanged, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown}}

func (h collaborations) decideChange(ctx context.Context, in *changeDecisionInput) (*statusOutput, error) {
	c, err := h.app.Collaborations.GetLive(ctx, request.Person(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	body, invalid, err := endpoint.DecodeBody[ChangeDecisionRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	if c.Activation.Proposal == nil {
		return nil, &collaboration.Error{Code: collaboration.CodeNoProposal}
	}
	answer := body.answer(fmt.Sprintf("change %d of %s", body.Number, c.Activation.ID), c.Proposed)
	answer.Key, answer.Invalid = in.Key, invalid
	status, err := h.app.Collaborations.DecideChange(ctx, c, body.Number, answer)
	if err != nil && len(invalid) == 0 {
		err = body.renameTerms(err)
	}
	return answerCustomer(ctx, c.Activation.ID, status, err)
}
