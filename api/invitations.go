package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"countersign/collaboration"
)

// InvitationInput names an invitation.
type InvitationInput struct {
	Link string `path:"link" doc:"The last part of the link in the e-mail."`
}

// InvitationView is an invitation as the customer sees it.
type InvitationView struct {
	Status             invitationStatus               `json:"status" enum:"open,decided,withdrawn,failed" doc:"Only an open one can be answered."`
	OfficeName         string                         `json:"office_name" example:"Ekströms Redovisning"`
	InvitedBy          string                         `json:"invited_by" example:"Maja Ekström"`
	CustomerName       string                         `json:"customer_name" example:"Öbergs Snickeri AB"`
	OrganisationNumber string                         `json:"organisation_number,omitempty" doc:"A sole trader's last four digits are masked."`
	Solution           SolutionView                   `json:"solution"`
	InvoiceRecipient   collaboration.InvoiceRecipient `json:"invoice_recipient" enum:"office,customer"`
	Variant            string                         `json:"variant,omitempty" example:"Bookkeeping" doc:"Its name, of a solution that comes in several."`
	Kept               *KeptView                      `json:"kept,omitempty" doc:"What the customer already has of the solution, and keeps."`
	Period             collaboration.Period           `json:"period"`
	StartsOn           collaboration.Date             `json:"starts_on" doc:"Where it is approved today."`
	AgreementMonths    int                            `json:"agreement_months" example:"12"`
	ExpiresAt          time.Time                      `json:"expires_at,omitzero"`
	Terms              TermsView                      `json:"terms"`
	Decision           *DecisionView                  `json:"decision,omitempty"`
	Agreement          *AgreementView                 `json:"agreement,omitempty"`
}

// TermsView is what is approved, in the language of Accept-Language.
type TermsView struct {
	Version string               `json:"version" example:"2026-11"`
	Locale  collaboration.Locale `json:"locale" enum:"sv,en"`
	Hash    string               `json:"hash" doc:"Identifies these exact words. Send it back to approve."`
	Text    string               `json:"text"`
}

func (s *Server) getInvitation(ctx context.Context, in *InvitationInput) (*bodyOf[InvitationView], error) {
	i, err := s.readableLink(ctx, in.Link)
	if err != nil {
		return nil, err
	}
	if i.status == expired || i.status == replaced {
		return nil, &collaboration.Error{Code: i.status.code()}
	}
	return &bodyOf[InvitationView]{i.view(localeOf(ctx), s.Now())}, nil
}

func (i invitation) view(l collaboration.Locale, now time.Time) InvitationView {
	r := i.record
	return InvitationView{
		Variant: i.variant(l), Kept: i.kept(l),
		Status: i.status, OfficeName: r.OfficeName, InvitedBy: r.RequestedByName, CustomerName: r.CustomerName,
		OrganisationNumber: i.customer.OrganisationNumber.Masked(), Solution: viewSolution(i.solution, l),
		InvoiceRecipient: r.InvoiceRecipient, Period: r.Period, StartsOn: r.Period.StartOn(collaboration.DateOf(now)),
		AgreementMonths: r.AgreementMonths, ExpiresAt: r.ExpiresAt,
		Terms:    TermsView{i.solution.Terms.Version, l, i.solution.Terms.Hash(l), i.solution.Terms.Text.In(l)},
		Decision: viewDecision(r.Decision), Agreement: viewAgreement(r.Agreement),
	}
}

// DecisionRequest approves or declines.
type DecisionRequest struct {
	Outcome     collaboration.Outcome       `json:"outcome" enum:"approve,decline"`
	AcceptTerms bool                        `json:"accept_terms,omitempty" doc:"Must be true to approve."`
	TermsHash   string                      `json:"terms_hash,omitempty" doc:"terms.hash of the invitation that was read; must be sent to approve."`
	Locale      collaboration.Locale        `json:"locale,omitempty" enum:"sv,en" doc:"terms.locale of the invitation that was read; where left out, the hash tells."`
	Reason      collaboration.DeclineReason `json:"reason,omitempty" enum:"not_needed,price,wrong_person,unexpected,other" doc:"Must be sent to decline."`
	Comment     string                      `json:"comment,omitempty" doc:"Up to 1000 characters, for the office."`
}

type decisionInput struct {
	InvitationInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) decideInvitation(ctx context.Context, in *decisionInput) (*standingOutput, error) {
	i, err := s.answerableLink(ctx, in.Link)
	if err != nil {
		return nil, err
	}
	var request DecisionRequest
	misshapen, err := shapeOf[DecisionRequest](s).decode(in.RawBody, &request)
	if err != nil {
		return nil, err
	}
	a := request.answer(in.Link, i.solution.Terms)
	if len(misshapen) > 0 {
		return nil, withShape(collaboration.Decision{ID: a.id, Outcome: a.outcome, Reason: a.reason, Comment: a.comment,
			TermsVersion: "unknown", TermsHash: "unknown"}.Check(), misshapen)
	}
	standing, err := s.decide(ctx, i, a)
	if err != nil {
		return nil, request.named(err)
	}
	return &standingOutput{forCustomer(i.record.ID, standing)}, nil
}

// named calls the terms by the request's own fields.
func (r DecisionRequest) named(err error) error {
	e, ok := err.(*collaboration.Error)
	if !ok {
		return err
	}
	for n, f := range e.Fields {
		switch {
		case f.Field == "terms" && !r.AcceptTerms:
			e.Fields[n].Field = "accept_terms"
		case f.Field == "terms":
			e.Fields[n] = collaboration.FieldError{Field: "terms_hash", Code: collaboration.CodeRequired}
		}
	}
	return e
}

// answer is the same for a repeat of the same request, id included.
func (r DecisionRequest) answer(link string, terms collaboration.Terms) answer {
	canonical, _ := json.Marshal(r) // strings and a bool
	sum := sha256.Sum256(append([]byte(link+"\x00"), canonical...))
	locale := r.Locale
	for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
		if locale == "" && terms.Hash(l) == r.TermsHash {
			locale = l
		}
	}
	return answer{id: hex.EncodeToString(sum[:16]), outcome: r.Outcome, acceptTerms: r.AcceptTerms, termsHash: r.TermsHash,
		locale: locale, reason: r.Reason, comment: r.Comment}
}
