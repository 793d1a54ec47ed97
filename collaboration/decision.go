package collaboration

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"
)

// Outcome is the customer's answer.
type Outcome string

// The outcomes.
const (
	Approve Outcome = "approve"
	Decline Outcome = "decline"
)

// DeclineReason is the customer's reason to decline.
type DeclineReason string

// The reasons to decline.
const (
	ReasonNotNeeded   DeclineReason = "not_needed"
	ReasonPrice       DeclineReason = "price"
	ReasonWrongPerson DeclineReason = "wrong_person"
	ReasonUnexpected  DeclineReason = "unexpected"
	ReasonOther       DeclineReason = "other"
)

// DeclineReasons returns the reasons in the order of the form.
func DeclineReasons() []DeclineReason {
	return []DeclineReason{ReasonNotNeeded, ReasonPrice, ReasonWrongPerson, ReasonUnexpected, ReasonOther}
}

// Offer is everything that the customer approves, in one language: the values that the
// approval page shows, and the hash of the terms' text.
type Offer struct {
	Locale           Locale           `json:"locale"`
	Solution         string           `json:"solution"`
	Variant          string           `json:"variant,omitempty"`
	Price            Price            `json:"price,omitzero"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient"`
	Period           Period           `json:"period"`
	AgreementMonths  int              `json:"agreement_months"`
	KeptUntil        Date             `json:"kept_until,omitzero"`
	TermsVersion     string           `json:"terms_version"`
	// TermsHash identifies the text: see TermsHash.
	TermsHash string `json:"terms_hash"`
}

// Offer returns the activation's offer in a language.
func (r Activation) Offer(s Solution, l Locale) Offer {
	variant, _ := s.Variant(r.Variant)
	return Offer{
		Locale: l, Solution: s.Name.In(l), Variant: variant.Name.In(l), Price: r.Price(),
		InvoiceRecipient: r.InvoiceRecipient, Period: r.Period, AgreementMonths: r.AgreementMonths, KeptUntil: r.KeptUntil,
		TermsVersion: s.Terms.Version, TermsHash: TermsHash(s.Terms.Text.In(l)),
	}
}

// TermsHash identifies a text of terms in one language: hex SHA-256 of its bytes.
func TermsHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Hash identifies the offer that the customer read: hex SHA-256 of its JSON. It binds the
// text of the terms by TermsHash.
func (o Offer) Hash() string {
	canonical, _ := json.Marshal(o) // texts, numbers and dates only
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// Decision is the customer's answer to one generation of an invitation. The workflow
// accepts the first one. A repeat with the same ID has no effect.
type Decision struct {
	ID         string       `json:"id"`
	Activation ActivationID `json:"activation"`
	Generation int          `json:"generation"`
	Outcome    Outcome      `json:"outcome"`
	// By is the id of the administrator who answered.
	By string    `json:"by"`
	At time.Time `json:"at"`
	// Offer is what the customer approved; nil for a decline.
	Offer *Offer `json:"offer,omitempty"`
	// Reason and Comment explain a decline.
	Reason  DeclineReason `json:"reason,omitempty"`
	Comment string        `json:"comment,omitempty"`
	// Login is the identity that answered; nil for an answer that no api accepted.
	Login *Login `json:"login,omitempty"`
}

// Login is the identity that logged in at the provider. ACR and AMR are the strength of the
// login, if the provider says it (OpenID Connect Core, RFC 8176).
type Login struct {
	Issuer  string   `json:"issuer,omitempty"`
	Subject string   `json:"subject,omitempty"`
	Email   string   `json:"email,omitempty"`
	ACR     string   `json:"acr,omitempty"`
	AMR     []string `json:"amr,omitempty"`
}

// WithoutPerson returns the login without personal data.
func (l Login) WithoutPerson() Login {
	l.Subject, l.Email = "", ""
	return l
}

// TermsVersion returns the version of the approved terms; "" for a decline.
func (d Decision) TermsVersion() string {
	if d.Offer == nil {
		return ""
	}
	return d.Offer.TermsVersion
}

const maxComment = 1000

// Check returns every invalid field of a decision.
func (d Decision) Check() error {
	var wrong FieldErrors
	if d.ID == "" {
		wrong.Add("id", CodeRequired)
	}
	switch d.Outcome {
	case Approve:
		if d.Offer == nil || d.Offer.TermsVersion == "" || d.Offer.TermsHash == "" {
			wrong.Add("terms", CodeTermsNotAccepted)
		}
		if d.Reason != "" {
			wrong.Add("reason", CodeNotApplicable)
		}
	case Decline:
		if d.Reason == "" {
			wrong.Add("reason", CodeRequired)
		} else if !slices.Contains(DeclineReasons(), d.Reason) {
			wrong.Add("reason", CodeInvalidChoice)
		}
	case "":
		wrong.Add("outcome", CodeRequired)
	default:
		wrong.Add("outcome", CodeInvalidChoice)
	}
	if utf8.RuneCountInString(d.Comment) > maxComment {
		wrong.Add("comment", CodeTooLong)
	}
	return wrong.Err()
}
