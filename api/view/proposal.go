package view

import (
	"countersign/api/i18n"
	"countersign/collaboration"
)

// Proposal is a proposed change of a running agreement, for both parties.
type Proposal struct {
	State   string
	Title   string
	Status  string
	Changes []ProposalChange
	// Reason and Comment explain a decline.
	Reason, Comment string
}

// ProposalChange is one value before and after the change.
type ProposalChange struct{ Label, From, To string }

// NewProposal returns the latest proposal of an activation; nil for none.
func NewProposal(r collaboration.Activation, s collaboration.Solution, l collaboration.Locale) *Proposal {
	p := r.Proposal
	if p == nil {
		return nil
	}
	status := "proposal." + string(p.State)
	if p.Kind == collaboration.ProposalRenewal {
		if outcome := status + "." + string(p.Unanswered); i18n.Has(l, outcome) {
			status = outcome
		}
	}
	at := p.ExpiresAt
	if p.Decision != nil {
		at = p.Decision.At
	}
	v := &Proposal{
		State: string(p.State), Title: i18n.Text(l, "proposal.title."+string(p.Kind)), Changes: changes(*p, r, s, l),
		Status: i18n.Text(l, status, i18n.LongDate(collaboration.DateOf(at), l)),
	}
	if d := p.Decision; d != nil && d.Reason != "" {
		v.Reason, v.Comment = i18n.Text(l, "reason."+string(d.Reason)), d.Comment
	}
	return v
}

// changes returns the values that differ.
func changes(p collaboration.Proposal, r collaboration.Activation, s collaboration.Solution, l collaboration.Locale) (all []ProposalChange) {
	add := func(label string, value func(collaboration.Conditions) string) {
		if from, to := value(p.From), value(p.To); from != to {
			all = append(all, ProposalChange{i18n.Text(l, label), from, to})
		}
	}
	add("page.variant", func(c collaboration.Conditions) string {
		variant, _ := s.Variant(c.Variant)
		return variant.Name.In(l)
	})
	add("page.fact.price", func(c collaboration.Conditions) string { return i18n.Price(c.Price(), l) })
	add("page.fact.payer", func(c collaboration.Conditions) string {
		if c.InvoiceRecipient == collaboration.PaidByOffice {
			return r.OfficeName
		}
		return r.CustomerName
	})
	add("proposal.length", func(c collaboration.Conditions) string { return i18n.Text(l, "months", c.AgreementMonths) })
	add("proposal.terms", func(c collaboration.Conditions) string { return c.TermsVersion })
	return all
}
