package collaboration

import "time"

// Actors that are not people.
const (
	ActorSystem   = "system"
	ActorOperator = "operator"
)

// The inputs of the steps that record facts. Each carries the workflow's
// time, so that a repeat writes the same.
type (
	// Provision is one thing made ready for the customer.
	Provision struct {
		Order Order     `json:"order"`
		At    time.Time `json:"at"`
	}
	// Invitation is one generation of the e-mail that asks for approval.
	Invitation struct {
		Order      Order     `json:"order"`
		Generation int       `json:"generation"`
		ExpiresAt  time.Time `json:"expires_at"`
		// Administrator is whom it goes to; the main contact where left out.
		Administrator string    `json:"administrator,omitempty"`
		By            string    `json:"by"`
		At            time.Time `json:"at"`
	}
	// Undo takes back one thing that the activation made.
	Undo struct {
		Activation ActivationID `json:"activation"`
		CustomerID string       `json:"customer_id"`
		SolutionID string       `json:"solution_id"`
		At         time.Time    `json:"at"`
	}
	// Start is an approved activation becoming a running collaboration.
	Start struct {
		Activation ActivationID `json:"activation"`
		Decision   Decision     `json:"decision"`
		Agreement  Agreement    `json:"agreement"`
		At         time.Time    `json:"at"`
	}
	// Renewal is the agreement entering its next term.
	Renewal struct {
		Activation ActivationID `json:"activation"`
		Agreement  Agreement    `json:"agreement"`
		At         time.Time    `json:"at"`
	}
	// Notice is a party saying that the agreement shall not renew.
	Notice struct {
		Activation ActivationID `json:"activation"`
		Agreement  Agreement    `json:"agreement"`
		By         string       `json:"by"`
		At         time.Time    `json:"at"`
	}
	// Changed is a change that was taken. Agreement is there where it concerns
	// the running one.
	Changed struct {
		Change    Change     `json:"change"`
		Agreement *Agreement `json:"agreement,omitempty"`
	}
	// AgreementChange is anything else that happens to a running agreement.
	AgreementChange struct {
		// ID is the message's that asked for it.
		ID         string       `json:"id"`
		Activation ActivationID `json:"activation"`
		Action     Action       `json:"action"`
		Agreement  Agreement    `json:"agreement"`
		By         string       `json:"by"`
		At         time.Time    `json:"at"`
	}
	// End is a running collaboration coming to its end.
	End struct {
		Activation ActivationID `json:"activation"`
		CustomerID string       `json:"customer_id"`
		SolutionID string       `json:"solution_id"`
		OnEnd      EndPolicy    `json:"on_end"`
		By         string       `json:"by"`
		At         time.Time    `json:"at"`
	}
	// Closing is an activation ending without a collaboration: State is
	// Declined, Expired, Withdrawn or Failed.
	Closing struct {
		Activation ActivationID `json:"activation"`
		State      State        `json:"state"`
		// Code says why it failed.
		Code     Code      `json:"code,omitempty"`
		Decision *Decision `json:"decision,omitempty"`
		By       string    `json:"by"`
		At       time.Time `json:"at"`
	}
)

// DeliveryStatus is how far a mail has come.
type DeliveryStatus string

// The statuses of a delivery.
const (
	// Queued: recorded, not handed over yet.
	DeliveryQueued DeliveryStatus = "queued"
	// Sending: handed over, answer not recorded yet.
	DeliverySending DeliveryStatus = "sending"
	// Accepted: the provider took it.
	DeliveryAccepted DeliveryStatus = "accepted"
	// Failed: the provider certainly did not take it.
	DeliveryFailed DeliveryStatus = "failed"
	// Unconfirmed: nobody knows, and trying once more would risk a third copy.
	DeliveryUnconfirmed DeliveryStatus = "unconfirmed"
	// Delivered: the recipient's server took it.
	DeliveryDelivered DeliveryStatus = "delivered"
	// Bounced: the recipient's server refused it for good.
	DeliveryBounced DeliveryStatus = "bounced"
)

// Settled reports whether there is nothing left to send.
func (s DeliveryStatus) Settled() bool {
	switch s {
	case DeliveryAccepted, DeliveryUnconfirmed, DeliveryDelivered, DeliveryBounced:
		return true
	}
	return false
}

// Delivery is the record of one mail, with what its text needs.
type Delivery struct {
	Status DeliveryStatus
	// Attempts counts how often the mail was handed over.
	Attempts int
	Mail     Mail
}
