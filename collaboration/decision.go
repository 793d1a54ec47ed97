package collaboration

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Outcome is what the customer answered.
type Outcome string

// The two answers.
const (
	Approve Outcome = "approve"
	Decline Outcome = "decline"
)

// DeclineReason is why the customer said no.
type DeclineReason string

// The reasons a customer can choose from.
const (
	ReasonNotNeeded   DeclineReason = "not_needed"
	ReasonPrice       DeclineReason = "price"
	ReasonWrongPerson DeclineReason = "wrong_person"
	ReasonUnexpected  DeclineReason = "unexpected"
	ReasonOther       DeclineReason = "other"
)

// DeclineReasons lists them in the order a form shows them.
func DeclineReasons() []DeclineReason {
	return []DeclineReason{ReasonNotNeeded, ReasonPrice, ReasonWrongPerson, ReasonUnexpected, ReasonOther}
}

// Decision is the customer's answer to one generation of an invitation. The
// first one that the workflow sees counts; its ID makes repeats harmless.
type Decision struct {
	ID         string       `json:"id"`
	Activation ActivationID `json:"activation"`
	Generation int          `json:"generation"`
	Outcome    Outcome      `json:"outcome"`
	// By is the administrator who answered, by id.
	By string    `json:"by"`
	At time.Time `json:"at"`
	// What was approved: the version, the exact words by their hash, and the
	// language they were read in.
	TermsVersion string `json:"terms_version,omitempty"`
	TermsHash    string `json:"terms_hash,omitempty"`
	Locale       Locale `json:"locale,omitempty"`
	// Why it was declined.
	Reason  DeclineReason `json:"reason,omitempty"`
	Comment string        `json:"comment,omitempty"`
}

const maxComment = 1000

// Check names every wrong field of a decision.
func (d Decision) Check() error {
	var wrong fieldErrors
	if d.ID == "" {
		wrong.add("id", CodeRequired)
	}
	switch d.Outcome {
	case Approve:
		if d.TermsVersion == "" || d.TermsHash == "" {
			wrong.add("terms", CodeTermsNotAccepted)
		}
		if d.Reason != "" {
			wrong.add("reason", CodeNotApplicable)
		}
	case Decline:
		if d.Reason == "" {
			wrong.add("reason", CodeRequired)
		} else if !slices.Contains(DeclineReasons(), d.Reason) {
			wrong.add("reason", CodeInvalidChoice)
		}
	case "":
		wrong.add("outcome", CodeRequired)
	default:
		wrong.add("outcome", CodeInvalidChoice)
	}
	if utf8.RuneCountInString(d.Comment) > maxComment {
		wrong.add("comment", CodeTooLong)
	}
	return wrong.err()
}
