package collaboration

import (
	"fmt"
	"time"
)

// NotificationKind is the kind of a mail.
type NotificationKind string

// The kinds of mail.
const (
	// NotificationInvitation asks the customer to approve.
	NotificationInvitation NotificationKind = "invitation"
	// NotificationReminder reminds the customer of the invitation.
	NotificationReminder NotificationKind = "reminder"
	// NotificationBounced asks the office to correct the address.
	NotificationBounced NotificationKind = "bounced"
	// NotificationApproved notifies both parties of the approval.
	NotificationApproved NotificationKind = "approved"
	// NotificationDeclined notifies the office of the answer, and confirms it to the person
	// who declined.
	NotificationDeclined NotificationKind = "declined"
	// NotificationExpired and NotificationFailed notify the office of an activation that
	// ended without an answer.
	NotificationExpired NotificationKind = "expired"
	NotificationFailed  NotificationKind = "failed"
	// NotificationChanged notifies both parties of a change of a running collaboration that
	// needs no consent, because it is better for the customer.
	NotificationChanged NotificationKind = "changed"
	// NotificationTermEnds notifies both parties of the end of a term, NoticeDays before
	// it, and of the renewal or the end of the agreement.
	NotificationTermEnds NotificationKind = "term_ends"
	// NotificationRenewed notifies both parties of the next term.
	NotificationRenewed NotificationKind = "renewed"
	// NotificationNotice notifies both parties of a notice or a date for the end.
	NotificationNotice NotificationKind = "notice"
	// NotificationNoticeRevoked notifies both parties of a revoked notice.
	NotificationNoticeRevoked NotificationKind = "notice_revoked"
	// NotificationChangeProposed asks the customer to approve a change of a running
	// agreement, NotificationChangeReminder reminds it.
	NotificationChangeProposed NotificationKind = "change_proposed"
	NotificationChangeReminder NotificationKind = "change_reminder"
	// NotificationChangeApproved and the next ones notify both parties of the end of a
	// proposal.
	NotificationChangeApproved  NotificationKind = "change_approved"
	NotificationChangeDeclined  NotificationKind = "change_declined"
	NotificationChangeWithdrawn NotificationKind = "change_withdrawn"
	NotificationChangeExpired   NotificationKind = "change_expired"
	// NotificationEnded notifies both parties of the end.
	NotificationEnded NotificationKind = "ended"
	// NotificationAskedAgain notifies the office that the customer requests a new
	// invitation.
	NotificationAskedAgain NotificationKind = "asked_again"
	// NotificationHandedOn notifies the office that the customer handed the invitation on to
	// a colleague.
	NotificationHandedOn NotificationKind = "handed_on"
)

// ToCustomer reports whether the customer receives the mail.
func (k NotificationKind) ToCustomer() bool {
	switch k {
	case NotificationBounced, NotificationExpired, NotificationFailed, NotificationAskedAgain, NotificationHandedOn:
		return false
	}
	return true
}

// ToOffice reports whether the office receives the mail: the employee who sent the
// invitation, and the owner of the task.
func (k NotificationKind) ToOffice() bool {
	return !k.AsksToApprove() && !k.AsksAboutChange()
}

// AsksToApprove reports whether the mail has the link to the approval page.
func (k NotificationKind) AsksToApprove() bool {
	return k == NotificationInvitation || k == NotificationReminder
}

// Confirms reports whether the mail confirms a change of the agreement. Such a mail has
// the signed head of the audit.
func (k NotificationKind) Confirms() bool {
	switch k {
	case NotificationApproved, NotificationChangeApproved, NotificationChanged, NotificationRenewed, NotificationNotice, NotificationNoticeRevoked, NotificationEnded:
		return true
	}
	return false
}

// AsksAboutChange reports whether the mail asks for an answer to a proposal. Its Generation is
// the proposal's number.
func (k NotificationKind) AsksAboutChange() bool {
	return k == NotificationChangeProposed || k == NotificationChangeReminder
}

// Notification identifies a mail of an activation. Kind, Generation, Number and recipient
// identify one delivery, which may take several attempts.
type Notification struct {
	Activation ActivationID     `json:"activation"`
	Kind       NotificationKind `json:"kind"`
	// Generation is that of the invitation; 0 once the customer has answered.
	Generation int `json:"generation,omitempty"`
	// Number distinguishes notifications of a kind: the number of the reminder or of the
	// amendment, or the term.
	Number int `json:"number,omitempty"`
	// Administrator is the id of the recipient at the customer; "" for every administrator
	// who may answer an invitation, and otherwise for the person who was invited or the
	// main contact. In NotificationBounced it is the recipient of the bounced mail, in
	// NotificationHandedOn the colleague.
	Administrator string    `json:"administrator,omitempty"`
	ExpiresAt     time.Time `json:"expires_at,omitzero"`
	By            string    `json:"by"`
	At            time.Time `json:"at"`
}

// WorkflowID returns the ID of the NotificationWorkflow that sends the notification. It
// identifies the notification, so a second start has no effect.
func (n Notification) WorkflowID() string {
	return fmt.Sprintf("notification-%s-%s-%d-%d", n.Activation, n.Kind, n.Generation, n.Number)
}

// MaxInvited limits the administrators of a customer that one invitation is mailed to.
const MaxInvited = 20

// MaxHandOns limits how often the customer hands on one activation's invitation. A link cannot
// send mail to any number of addresses.
const MaxHandOns = 3

// Invited is a recipient of the current invitation.
type Invited struct {
	AdministratorID, Name, Email string
	Delivery                     DeliveryStatus
}

// NotificationKinds returns all kinds.
func NotificationKinds() []NotificationKind {
	return []NotificationKind{
		NotificationInvitation, NotificationReminder, NotificationBounced, NotificationApproved, NotificationDeclined, NotificationExpired, NotificationFailed,
		NotificationChanged, NotificationTermEnds, NotificationRenewed, NotificationNotice, NotificationNoticeRevoked, NotificationEnded, NotificationAskedAgain,
		NotificationChangeProposed, NotificationChangeReminder, NotificationChangeApproved, NotificationChangeDeclined,
		NotificationChangeWithdrawn, NotificationChangeExpired, NotificationHandedOn,
	}
}

// MailLease limits an attempt to send a mail, from its beginning in the store until the
// result is stored. No other attempt begins before the lease has expired.
const MailLease = 30 * time.Second

// Mail has the values for the text of a mail.
type Mail struct {
	DeliveryID string
	Kind       NotificationKind
	// ToOffice is true if the recipient is an employee of the office.
	ToOffice   bool
	To         Recipient
	OfficeName string
	// OfficeEmail and OfficePhone are where the customer asks questions; "" for none.
	OfficeEmail, OfficePhone string
	// OfficeSender is the name of the sender; "" for OfficeName.
	OfficeSender string
	// OfficeLocale is the language of mails to the office.
	OfficeLocale Locale
	// OfficeLogo is nil without a logo, and in a mail to the office.
	OfficeLogo   *Logo
	SenderName   string
	CustomerName string
	// Order has the current terms.
	Order Order
	// Agreement and Decision are set once the customer has answered.
	Agreement *Agreement
	Decision  *Decision
	// Proposal is the change that the mail is about; nil for other mails.
	Proposal *Proposal
	// InvitedName and InvitedEmail are those of the recipient of the invitation; in
	// NotificationBounced of the one with the bounced mail, in NotificationHandedOn of the
	// colleague.
	InvitedName, InvitedEmail string
	// DecidedBy is the name of the administrator who answered, or who handed the invitation
	// on; "" for none.
	DecidedBy string
	// EndedAt is zero while the collaboration runs.
	EndedAt time.Time
	// FailureCode is the reason of a failed activation.
	FailureCode Code
	// SignedHead is the signed head of the activation's audit, as text, in a mail that
	// confirms a change of the agreement; "" in other mails.
	SignedHead string
	// Approval is what the customer approved, in the mail that confirms it; its receipt is
	// attached. It is nil in other mails.
	Approval *Approval
	// Link is the approval page, the collaboration's page, or the activation's page of the
	// office.
	Link      string
	ExpiresAt time.Time
}

// DirectoryMailKind is the kind of a mail about a change of an office's directory.
type DirectoryMailKind string

// The kinds of mails. The change of an administrator's address has one to each address.
const (
	MailEmployeeAdded DirectoryMailKind = "employee_added"
	MailOldAddress    DirectoryMailKind = "old_address"
	MailNewAddress    DirectoryMailKind = "new_address"
)

// ToOffice reports whether the recipient is an employee of the office.
func (k DirectoryMailKind) ToOffice() bool { return k == MailEmployeeAdded }

// DirectoryMail is a mail about a change of an office's directory.
type DirectoryMail struct {
	Kind DirectoryMailKind
	// ID is the same in every attempt to send the mail.
	ID         string
	To         Recipient
	OfficeName string
	// OfficeEmail, OfficePhone and OfficeSender are those of Mail.
	OfficeEmail, OfficePhone, OfficeSender string
	// CustomerName is the customer of the administrator; "" in a mail to an employee.
	CustomerName string
	Locale       Locale
	// Link opens the product.
	Link string
}

// Recipient is the recipient of a mail.
type Recipient struct {
	ID    string
	Name  string
	Email string
}
