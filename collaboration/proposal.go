package collaboration

import (
	"cmp"
	"time"
)

// Proposal is a change of a running agreement that needs the customer's consent. It has no
// effect until the customer approves it.
type Proposal struct {
	// Number counts the proposals of an activation from 1. An answer names it.
	Number int           `json:"number"`
	Kind   ProposalKind  `json:"kind"`
	State  ProposalState `json:"state"`
	Change Change        `json:"change"`
	// From are the conditions that the customer approved before, To the proposed ones.
	From      Conditions `json:"from"`
	To        Conditions `json:"to"`
	By        string     `json:"by"`
	At        time.Time  `json:"at"`
	ExpiresAt time.Time  `json:"expires_at"`
	// Unanswered is the policy for a renewal that the customer does not approve.
	Unanswered RenewalPolicy `json:"unanswered,omitempty"`
	// Decision is the customer's answer. Its Generation is Number.
	Decision *Decision `json:"decision,omitempty"`
}

// ProposalKind is the occasion of a proposal.
type ProposalKind string

// The kinds of proposals.
const (
	// ProposalChange is a change that the office requested.
	ProposalChange ProposalKind = "change"
	// ProposalRenewal has the price and terms of the catalogue for the next term.
	ProposalRenewal ProposalKind = "renewal"
)

// ProposalState is the state of a proposal.
type ProposalState string

// The states of a proposal.
const (
	ProposalOpen      ProposalState = "open"
	ProposalApproved  ProposalState = "approved"
	ProposalDeclined  ProposalState = "declined"
	ProposalWithdrawn ProposalState = "withdrawn"
	ProposalExpired   ProposalState = "expired"
	// ProposalLapsed: the agreement ended, or does not renew, before the customer answered.
	ProposalLapsed ProposalState = "lapsed"
)

// ProposalStates returns all states.
func ProposalStates() []ProposalState {
	return []ProposalState{ProposalOpen, ProposalApproved, ProposalDeclined, ProposalWithdrawn, ProposalExpired, ProposalLapsed}
}

// RenewalPolicy is the policy for a renewal with a new price or new terms that the customer
// does not approve before the notice day.
type RenewalPolicy string

// The policies of renewals.
const (
	// RenewUnchanged renews with the price and terms that the customer approved.
	RenewUnchanged RenewalPolicy = "renew_unchanged"
	// EndAgreement ends the agreement with its term.
	EndAgreement RenewalPolicy = "end_agreement"
)

// Conditions are the values of an agreement that change only with the customer's consent.
type Conditions struct {
	Variant          string           `json:"variant,omitempty"`
	Prices           PayerPrices      `json:"prices,omitzero"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient"`
	AgreementMonths  int              `json:"agreement_months"`
	TermsVersion     string           `json:"terms_version,omitempty"`
}

// With returns the conditions after a change.
func (c Conditions) With(m Change) Conditions {
	c.Variant = cmp.Or(m.Variant, c.Variant)
	c.InvoiceRecipient = cmp.Or(m.InvoiceRecipient, c.InvoiceRecipient)
	c.AgreementMonths = cmp.Or(m.AgreementMonths, c.AgreementMonths)
	c.TermsVersion = cmp.Or(m.TermsVersion, c.TermsVersion)
	if m.Prices != nil {
		c.Prices = *m.Prices
	}
	return c
}

// monthsAhead returns the length of the terms from the next renewal on.
func (a Agreement) monthsAhead() int { return cmp.Or(a.NextMonths, a.Months) }

// Conditions returns the conditions of an order with its agreement.
func (o Order) Conditions(a Agreement) Conditions {
	return Conditions{
		Variant: o.Variant, Prices: o.Prices, InvoiceRecipient: o.InvoiceRecipient,
		AgreementMonths: cmp.Or(a.monthsAhead(), o.AgreementMonths), TermsVersion: o.TermsVersion,
	}
}

// Conditions returns the current conditions of an activation.
func (r Activation) Conditions() Conditions {
	var agreement Agreement
	if r.Agreement != nil {
		agreement = *r.Agreement
	}
	return r.Order().Conditions(agreement)
}

// WithConditions returns the order with conditions that apply from now on.
func (o Order) WithConditions(c Conditions) Order {
	o.Variant, o.Prices, o.InvoiceRecipient, o.TermsVersion = c.Variant, c.Prices, c.InvoiceRecipient, c.TermsVersion
	return o
}

// Split separates a change of a running agreement: immediate takes effect at once, proposed
// needs the customer's consent. A change of the variant or of the length, and a customer
// that becomes the invoice recipient, need it; the whole change of the terms is then
// proposed. A change without an effect is in neither.
//
// The workflow's handler calls it during replay (see docs/workflow.md).
func (c Change) Split(now Conditions) (immediate, proposed Change) {
	immediate = Change{TaskID: c.TaskID, Period: c.Period, RemindersPaused: c.RemindersPaused}
	terms := Change{Variant: c.Variant, InvoiceRecipient: c.InvoiceRecipient, AgreementMonths: c.AgreementMonths, Prices: c.Prices, TermsVersion: c.TermsVersion}
	next := now.With(terms)
	switch {
	case next == now:
	case next.needConsent(now):
		proposed = terms
	default:
		immediate.InvoiceRecipient = c.InvoiceRecipient
	}
	return immediate, proposed
}

// needConsent reports whether conditions need the customer's consent, after the earlier ones.
func (c Conditions) needConsent(before Conditions) bool {
	isByCustomer := c.InvoiceRecipient == PaidByCustomer
	return c.Variant != before.Variant || c.AgreementMonths != before.AgreementMonths || c.TermsVersion != before.TermsVersion ||
		isByCustomer && c != before
}

// IsZero reports whether a change has no fields.
func (c Change) IsZero() bool { return c == Change{} }

// Ends reports whether the agreement ends because the customer did not approve its renewal.
func (p Proposal) Ends() bool {
	return p.Kind == ProposalRenewal && p.Unanswered == EndAgreement && (p.State == ProposalDeclined || p.State == ProposalExpired)
}

// IsOpen reports whether the customer can answer; false for nil.
func (p *Proposal) IsOpen() bool { return p != nil && p.State == ProposalOpen }

// With returns the activation as it is after a change of its conditions.
func (r Activation) With(c Conditions) Activation {
	r.Variant, r.Prices, r.InvoiceRecipient, r.AgreementMonths = c.Variant, c.Prices, c.InvoiceRecipient, c.AgreementMonths
	return r
}

// Price returns what the invoice recipient pays.
func (c Conditions) Price() Price { return c.Prices.Of(c.InvoiceRecipient) }

// Renewal returns the change of the next term by the catalogue: other terms, or another price
// that the customer pays. It is zero for none. The price of a collaboration that was taken
// over is unknown.
func (s Solution) Renewal(o Order) (c Change) {
	if o.TermsVersion != "" && s.Terms.Version != o.TermsVersion {
		c.TermsVersion = s.Terms.Version
	}
	if prices := s.PricesOf(o.Variant); prices.Customer != o.Prices.Customer && o.Prices != (PayerPrices{}) && o.InvoiceRecipient == PaidByCustomer {
		c.Prices = &prices
	}
	return c
}

// Complete adds the prices of another variant to a change of a running collaboration, and the
// current terms to a change that needs the customer's consent: the customer approves them
// together.
func (s Solution) Complete(c Change, now Conditions) Change {
	if c.Variant != "" && c.Variant != now.Variant {
		prices := s.PricesOf(c.Variant)
		c.Prices = &prices
	}
	if _, proposed := c.Split(now); !proposed.IsZero() {
		c.TermsVersion = s.Terms.Version
	}
	return c
}
