package rest

import (
	"context"
	"time"

	"countersign/api/present"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// invitations shows invitations and takes decisions on them.
type invitations struct{ handlers }

func (h invitations) register(r endpoint.Groups) {
	endpoint.Get(r.Authenticated, "/v1/invitations/{link}", opGetInvitation, h.getInvitation)
	endpoint.Post(r.Authenticated, "/v1/invitations/{link}/decision", opDecide, h.decideInvitation)
	endpoint.Post(r.Authenticated, "/v1/invitations/{link}/hand-on", opHandOn, h.handOnInvitation)
}

// InvitationInput names an invitation.
type InvitationInput struct {
	Link string `path:"link" doc:"The last part of the link in the e-mail."`
}

// InvitationView is an invitation as the customer sees it.
type InvitationView struct {
	Status             app.InvitationStatus           `json:"status" enum:"open,decided,withdrawn,failed" doc:"Only an open invitation can be answered."`
	OfficeName         string                         `json:"office_name" example:"Ekströms Redovisning"`
	InvitedBy          string                         `json:"invited_by" example:"Maja Ekström"`
	CustomerName       string                         `json:"customer_name" example:"Öbergs Snickeri AB"`
	OrganisationNumber string                         `json:"organisation_number,omitempty" doc:"A sole trader's last four digits are masked."`
	Solution           present.Solution               `json:"solution"`
	InvoiceRecipient   collaboration.InvoiceRecipient `json:"invoice_recipient"`
	Variant            string                         `json:"variant,omitempty" example:"Bookkeeping" doc:"The name of the variant, for a solution with several variants."`
	Price              *present.Price                 `json:"price,omitempty" doc:"What the invoice recipient pays."`
	Kept               *present.Kept                  `json:"kept,omitempty" doc:"The agreement of its own that the customer keeps."`
	Period             collaboration.Period           `json:"period"`
	StartsOn           collaboration.Date             `json:"starts_on" doc:"The start date, if the customer approves today."`
	AgreementMonths    int                            `json:"agreement_months" example:"12"`
	ExpiresAt          time.Time                      `json:"expires_at,omitzero"`
	OfferHash          string                         `json:"offer_hash" doc:"The hash of this exact offer: the terms, the solution, variant, price, invoice recipient, period and agreement period. Send it back to approve."`
	Terms              TermsView                      `json:"terms"`
	Decision           *problem.Decision              `json:"decision,omitempty"`
	Agreement          *AgreementView                 `json:"agreement,omitempty"`
}

// TermsView is the terms that the customer approves, in the language of
// Accept-Language.
type TermsView struct {
	Version string               `json:"version" example:"2026-11"`
	Locale  collaboration.Locale `json:"locale"`
	Hash    string               `json:"hash" doc:"SHA-256 of the UTF-8 text."`
	Text    string               `json:"text"`
}

var opGetInvitation = endpoint.Operation{ID: "get-invitation", Tag: tagInvitations, Summary: "Read an invitation",
	Text:  "Returns the office, the solution, the invoice recipient, the start, the agreement period and the terms. It changes nothing. For the customer's administrators, and for a temporary administrator after declining.",
	Codes: []collaboration.Code{collaboration.CodeSeparationOfDuties, collaboration.CodeLinkInvalid, collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced}}

func (h invitations) getInvitation(ctx context.Context, in *InvitationInput) (*endpoint.Response[InvitationView], error) {
	i, err := h.app.Invitations.ForViewing(ctx, request.Person(ctx), in.Link)
	if err != nil {
		return nil, err
	}
	if i.Status == app.InvitationExpired || i.Status == app.InvitationSuperseded {
		return nil, &collaboration.Error{Code: i.Status.Code()}
	}
	return endpoint.Respond(viewInvitation(i, request.Locale(ctx), h.now())), nil
}

func viewInvitation(i app.Invitation, l collaboration.Locale, now time.Time) InvitationView {
	r, offer := i.Activation, i.Offer(l)
	return InvitationView{
		Variant: present.VariantName(r, i.Solution, l), Price: present.NewPrice(r.Price(), l), Kept: present.KeptByInvitee(i, l),
		Status: i.Status, OfficeName: r.OfficeName, InvitedBy: r.PersonWhoRequested(), CustomerName: r.CustomerName,
		OrganisationNumber: i.Customer.OrganisationNumber.Masked(), Solution: present.NewSolution(i.Solution, l),
		InvoiceRecipient: r.InvoiceRecipient, Period: r.Period, StartsOn: r.Period.StartOn(collaboration.DateOf(now)),
		AgreementMonths: r.AgreementMonths, ExpiresAt: r.ExpiresAt,
		OfferHash: offer.Hash(), Terms: TermsView{offer.TermsVersion, l, offer.TermsHash, i.Solution.Terms.Text.In(l)},
		Decision: problem.NewDecision(r.Decision), Agreement: viewAgreement(r.Agreement),
	}
}

// DecisionRequest approves or declines.
type DecisionRequest struct {
	Outcome     collaboration.Outcome       `json:"outcome"`
	AcceptTerms bool                        `json:"accept_terms,omitempty" doc:"Must be true to approve."`
	OfferHash   string                      `json:"offer_hash,omitempty" doc:"offer_hash of the invitation that was read. Required to approve."`
	Locale      collaboration.Locale        `json:"locale,omitempty" doc:"terms.locale of the invitation that was read. If absent, the hash determines it."`
	Reason      collaboration.DeclineReason `json:"reason,omitempty" doc:"Required to decline."`
	Comment     string                      `json:"comment,omitempty" doc:"Up to 1000 characters, for the office."`
}

// answerInput is an answer to an invitation.
type answerInput struct {
	InvitationInput
	endpoint.IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

var opDecide = endpoint.Operation{ID: "decide-invitation", Tag: tagInvitations, Summary: "Approve or decline",
	Text:     "Stores the decision of the administrator in the token. Only the first decision counts; a repeat of it gets the same response. To approve, send the `offer_hash` of the invitation and `accept_terms: true`." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: DecisionRequest{}, Example: decisionExample,
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeSeparationOfDuties, collaboration.CodeLinkInvalid, collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced,
		collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeTermsChanged, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown}}

func (h invitations) decideInvitation(ctx context.Context, in *answerInput) (*statusOutput, error) {
	i, err := h.app.Invitations.ForDecision(ctx, request.Person(ctx), in.Link)
	if err != nil {
		return nil, err
	}
	request, invalid, err := endpoint.DecodeBody[DecisionRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	answer := request.answer(in.Link, i.Offer)
	answer.Key, answer.Invalid = in.Key, invalid
	status, err := h.app.Invitations.Decide(ctx, i, answer)
	if err != nil && len(invalid) == 0 {
		err = request.renameTerms(err)
	}
	return answerCustomer(ctx, i.Activation.ID, status, err)
}

// HandOnRequest names the colleague who answers instead.
type HandOnRequest struct{ collaboration.Contact }

var opHandOn = endpoint.Operation{ID: "hand-on-invitation", Tag: tagInvitations, Summary: "Hand on the invitation",
	Text:     "Sends the invitation to a colleague, who becomes an administrator of the customer. The earlier links stop working, and the office is notified. The customer can hand on an invitation three times. A repeat of the request has no effect." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: HandOnRequest{}, Example: HandOnRequest{collaboration.Contact{Name: "Per Öberg", Email: "per@oberg.example", Phone: "070-123 45 67"}},
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeSeparationOfDuties, collaboration.CodeLinkInvalid, collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced,
		collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeHandOnLimit, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown}}

func (h invitations) handOnInvitation(ctx context.Context, in *answerInput) (*statusOutput, error) {
	i, err := h.app.Invitations.ForDecision(ctx, request.Person(ctx), in.Link)
	if err != nil {
		return nil, err
	}
	body, invalid, err := endpoint.DecodeBody[HandOnRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	status, err := h.app.Invitations.HandOn(ctx, i, app.HandOn{Key: in.Key, ID: message.NewID(in.Link, body), Colleague: body.Contact, Invalid: invalid})
	return answerCustomer(ctx, i.Activation.ID, status, err)
}

// renameTerms converts field errors about the terms to the request's field names.
func (r DecisionRequest) renameTerms(err error) error {
	e, ok := err.(*collaboration.Error)
	if !ok {
		return err
	}
	for n, f := range e.Fields {
		switch {
		case f.Field == "terms" && !r.AcceptTerms:
			e.Fields[n].Field = "accept_terms"
		case f.Field == "terms":
			e.Fields[n] = collaboration.FieldError{Field: "offer_hash", Code: collaboration.CodeRequired}
		}
	}
	return e
}

// answer returns the request's answer. Its ID is the same for a retry of the request about
// the subject.
func (r DecisionRequest) answer(subject string, offer func(collaboration.Locale) collaboration.Offer) app.Answer {
	locale := r.Locale
	for _, l := range collaboration.Locales() {
		if locale == "" && offer(l).Hash() == r.OfferHash {
			locale = l
		}
	}
	return app.Answer{ID: message.NewID(subject, r), Outcome: r.Outcome, AcceptTerms: r.AcceptTerms, OfferHash: r.OfferHash,
		Locale: locale, Reason: r.Reason, Comment: r.Comment}
}
