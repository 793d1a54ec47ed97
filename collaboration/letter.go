package collaboration

import "time"

// LetterKind is what a mail is about.
type LetterKind string

// The kinds of mail. They are part of delivery records: add, never rename.
const (
	// LetterInvitation asks the customer to approve; to the customer.
	LetterInvitation LetterKind = "invitation"
	// LetterReminder reminds of it; to the customer.
	LetterReminder LetterKind = "reminder"
	// LetterBounced asks for a better address; to the office.
	LetterBounced LetterKind = "bounced"
	// LetterApproved tells that the collaboration was approved; to both.
	LetterApproved LetterKind = "approved"
	// LetterDeclined, LetterExpired and LetterFailed tell why there will be no
	// collaboration; to the office.
	LetterDeclined LetterKind = "declined"
	LetterExpired  LetterKind = "expired"
	LetterFailed   LetterKind = "failed"
	// LetterTermEnds tells, NoticeDays ahead, whether the agreement renews or
	// ends; to both.
	LetterTermEnds LetterKind = "term_ends"
	// LetterNotice tells that the agreement will end; to both.
	LetterNotice LetterKind = "notice"
	// LetterNoticeTakenBack tells that it will not after all; to both.
	LetterNoticeTakenBack LetterKind = "notice_taken_back"
	// LetterEnded tells that the collaboration has ended; to both.
	LetterEnded LetterKind = "ended"
	// LetterAskedAgain tells that the customer asks for a new invitation, as the
	// old one is over; to the office.
	LetterAskedAgain LetterKind = "asked_again"
)

// ToCustomer and ToOffice report whom a kind of mail goes to. The office's are
// the employee who sent the invitation and the task's owner.
func (k LetterKind) ToCustomer() bool {
	switch k {
	case LetterBounced, LetterDeclined, LetterExpired, LetterFailed, LetterAskedAgain:
		return false
	}
	return true
}

// ToOffice reports whether a kind of mail goes to the office.
func (k LetterKind) ToOffice() bool { return k != LetterInvitation && k != LetterReminder }

// AsksToApprove reports whether the mail carries the link to approve by.
func (k LetterKind) AsksToApprove() bool { return k == LetterInvitation || k == LetterReminder }

// Letter names one mail of an activation. Kind, Generation, Number and
// recipient together are one mail, however often it is attempted.
type Letter struct {
	Activation ActivationID `json:"activation"`
	Kind       LetterKind   `json:"kind"`
	// Generation is the invitation's; 0 once the customer has answered.
	Generation int `json:"generation,omitempty"`
	// Number tells letters of a kind apart: the reminder's number, the term.
	Number int `json:"number,omitempty"`
	// Administrator is the person of the customer that it goes to; the one
	// invited, or the main contact, where left out.
	Administrator string    `json:"administrator,omitempty"`
	ExpiresAt     time.Time `json:"expires_at,omitzero"`
	By            string    `json:"by"`
	At            time.Time `json:"at"`
}

// Mail is all that a mail's text is made of.
type Mail struct {
	DeliveryID string
	Kind       LetterKind
	// ToOffice is true where the recipient is an employee of the office.
	ToOffice     bool
	To           Recipient
	OfficeName   string
	SenderName   string
	CustomerName string
	// Order is what the customer is asked for, as it is now.
	Order Order
	// Agreement and Decision are there once the customer has answered.
	Agreement *Agreement
	Decision  *Decision
	// InvitedName is the person of the customer who was invited.
	InvitedName string
	// EndedAt is when the collaboration ended; zero while it runs.
	EndedAt time.Time
	// FailureCode says why an activation failed.
	FailureCode Code
	// Link is where the customer approves, or looks after the collaboration;
	// empty in a mail to the office.
	Link      string
	ExpiresAt time.Time
}

// Recipient is the person a mail goes to.
type Recipient struct {
	ID    string
	Name  string
	Email string
}

// Letter is the invitation as one of the letters.
func (i Invitation) Letter() Letter {
	return Letter{
		Activation: i.Order.Activation, Kind: LetterInvitation, Generation: i.Generation,
		Administrator: i.Administrator, ExpiresAt: i.ExpiresAt, By: i.By, At: i.At,
	}
}

// LetterKinds lists them all.
func LetterKinds() []LetterKind {
	return []LetterKind{
		LetterInvitation, LetterReminder, LetterBounced, LetterApproved, LetterDeclined, LetterExpired, LetterFailed,
		LetterTermEnds, LetterNotice, LetterNoticeTakenBack, LetterEnded, LetterAskedAgain,
	}
}
