package collaboration

import "time"

// MailEvent is what the mail provider says of a mail after it took it.
type MailEvent struct {
	// Delivery is the mail's own id.
	Delivery string
	// Status is DeliveryDelivered or DeliveryBounced.
	Status DeliveryStatus
	At     time.Time
}

// progress orders how far a mail has come: events come in any order, and more
// than once. A bounce is the last word: servers take mail and refuse it later.
var progress = map[DeliveryStatus]int{
	DeliveryUnconfirmed: 1, DeliveryAccepted: 2, DeliveryDelivered: 3, DeliveryBounced: 4,
}

// Further is the one of two statuses that a mail has come further with.
func (s DeliveryStatus) Further(other DeliveryStatus) DeliveryStatus {
	if progress[other] > progress[s] {
		return other
	}
	return s
}
