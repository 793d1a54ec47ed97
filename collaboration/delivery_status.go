package collaboration

import (
	"slices"
	"time"
)

// DeliveryStatus is the status of a mail's delivery.
type DeliveryStatus string

// The statuses of a delivery.
const (
	// DeliveryQueued: stored, not sent.
	DeliveryQueued DeliveryStatus = "queued"
	// DeliverySending: leased by an attempt without a stored result.
	DeliverySending DeliveryStatus = "sending"
	// DeliveryAccepted: the provider accepted the mail.
	DeliveryAccepted DeliveryStatus = "accepted"
	// DeliveryFailed: the provider did not accept the mail.
	DeliveryFailed DeliveryStatus = "failed"
	// DeliveryUnconfirmed: the provider did not answer two attempts. A third could deliver
	// the mail three times.
	DeliveryUnconfirmed DeliveryStatus = "unconfirmed"
	// DeliveryDelivered: the recipient's server accepted the mail.
	DeliveryDelivered DeliveryStatus = "delivered"
	// DeliveryBounced: the recipient's server rejected the mail permanently.
	DeliveryBounced DeliveryStatus = "bounced"
)

// IsSettled reports whether no further attempt is made.
func (s DeliveryStatus) IsSettled() bool {
	switch s {
	case DeliveryAccepted, DeliveryUnconfirmed, DeliveryDelivered, DeliveryBounced:
		return true
	}
	return false
}

// deliveryOrder orders the statuses that the provider's events lead to. Events may arrive
// in any order and more than once. A bounce is terminal: a server may accept a mail and
// reject it later.
var deliveryOrder = map[DeliveryStatus]int{
	DeliveryUnconfirmed: 1, DeliveryAccepted: 2, DeliveryDelivered: 3, DeliveryBounced: 4,
}

// Later returns the later of two statuses.
func (s DeliveryStatus) Later(other DeliveryStatus) DeliveryStatus {
	if deliveryOrder[other] > deliveryOrder[s] {
		return other
	}
	return s
}

// progressOrder orders the statuses of several recipients by how far the mail has come.
var progressOrder = []DeliveryStatus{
	DeliveryBounced, DeliveryFailed, DeliveryQueued, DeliverySending, DeliveryUnconfirmed, DeliveryAccepted, DeliveryDelivered,
}

// Furthest returns the status of a mail to several recipients: that of the recipient whose
// mail has come furthest. It is DeliveryBounced only if every mail bounced.
func Furthest(all []DeliveryStatus) DeliveryStatus {
	furthest := -1
	for _, s := range all {
		furthest = max(furthest, slices.Index(progressOrder, s))
	}
	if furthest < 0 {
		return ""
	}
	return progressOrder[furthest]
}

// Delivery is the stored delivery of one mail to one recipient.
type Delivery struct {
	Status DeliveryStatus
	// Attempts counts the requests to the provider.
	Attempts int
	Mail     Mail
}

// MailEvent is an event that the mail provider reports after it accepted a mail.
type MailEvent struct {
	// Delivery is the id of the delivery; "" if the provider names only its own id.
	Delivery string
	// ProviderID is the provider's id of the mail; "" if the event has none.
	ProviderID string
	// Status is DeliveryDelivered or DeliveryBounced.
	Status DeliveryStatus
	At     time.Time
}
