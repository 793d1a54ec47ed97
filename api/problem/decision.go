package problem

import (
	"time"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// Decision is the customer's decision as the API shows it, in problems and in
// activations.
type Decision struct {
	Outcome      collaboration.Outcome       `json:"outcome"`
	At           time.Time                   `json:"at"`
	OfferHash    string                      `json:"offer_hash,omitempty" doc:"SHA-256 of the approved offer: offer_hash of the invitation that was read."`
	TermsVersion string                      `json:"terms_version,omitempty" example:"2026-11"`
	TermsHash    string                      `json:"terms_hash,omitempty" doc:"SHA-256 of the approved terms: the UTF-8 text in the approved language."`
	Price        string                      `json:"price,omitempty" example:"SEK 249.50 per month" doc:"The approved price, in the approved language. Later changes of the catalogue do not change it."`
	Locale       collaboration.Locale        `json:"locale,omitempty" doc:"The language in which the terms were shown."`
	Reason       collaboration.DeclineReason `json:"reason,omitempty"`
	Comment      string                      `json:"comment,omitempty"`
	Login        *Login                      `json:"login,omitempty" doc:"The identity that answered, for the office."`
}

// Login is the login of a decision, without the provider's id of the person.
type Login struct {
	Issuer string   `json:"issuer,omitempty" example:"https://login.example"`
	Email  string   `json:"email,omitempty" doc:"Absent once it is erased."`
	ACR    string   `json:"acr,omitempty" doc:"The strength of the login, as the provider says it."`
	AMR    []string `json:"amr,omitempty" doc:"The methods of the login, as the provider says them (RFC 8176)."`
}

// WithLogin adds the login of a decision.
func (v *Decision) WithLogin(d *collaboration.Decision) *Decision {
	if d != nil && d.Login != nil {
		v.Login = &Login{Issuer: d.Login.Issuer, Email: d.Login.Email, ACR: d.Login.ACR, AMR: d.Login.AMR}
	}
	return v
}

// NewDecision converts a decision; nil stays nil.
func NewDecision(d *collaboration.Decision) *Decision {
	if d == nil {
		return nil
	}
	v := &Decision{Outcome: d.Outcome, At: d.At, Reason: d.Reason, Comment: d.Comment}
	if o := d.Offer; o != nil {
		v.OfferHash, v.TermsVersion, v.TermsHash, v.Locale, v.Price = o.Hash(), o.TermsVersion, o.TermsHash, o.Locale, i18n.Price(o.Price, o.Locale)
	}
	return v
}
