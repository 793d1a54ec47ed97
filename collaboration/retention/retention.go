// Package retention says which stored data is deleted after how much time.
package retention

import "time"

// Kind is a kind of stored data with a retention of its own.
type Kind string

// The kinds.
const (
	// IdempotencyKeys are the keys of requests with their responses.
	IdempotencyKeys Kind = "idempotency_keys"
	// Batches are batches with their rows, which have contacts.
	Batches Kind = "batches"
	// MailDeliveries are the deliveries of mails of closed activations.
	MailDeliveries Kind = "mail_deliveries"
	// AddressChanges are the changes of administrators' e-mail addresses.
	AddressChanges Kind = "address_changes"
	// UnapprovedActivations is the personal data of closed activations that the customer
	// never approved.
	UnapprovedActivations Kind = "unapproved_activations"
	// ApprovedActivations is the personal data of closed activations that were approved:
	// the evidence of both parties.
	ApprovedActivations Kind = "approved_activations"
)

// Kinds returns the kinds in the order in which they are deleted.
func Kinds() []Kind {
	return []Kind{IdempotencyKeys, Batches, AddressChanges, MailDeliveries, UnapprovedActivations, ApprovedActivations}
}

// Policy has the days for which each kind is kept. A kind without days is kept for good.
type Policy map[Kind]int

// Before returns the instant before which data of the kind is deleted. ok is false if the
// kind is kept for good.
func (p Policy) Before(k Kind, now time.Time) (before time.Time, ok bool) {
	return now.Add(-time.Duration(p[k]) * 24 * time.Hour), p[k] > 0
}
