package collaboration

import "time"

// Record is an activation as the facts have it: what lists and pages show.
type Record struct {
	ID               ActivationID
	OfficeID         string
	OfficeName       string
	CustomerID       string
	CustomerName     string
	SolutionID       string
	TaskID           string
	TaskName         string
	TaskOwnerID      string
	TaskOwnerName    string
	Scenario         Scenario
	State            State
	Variant          string
	KeptUntil        Date
	InvoiceRecipient InvoiceRecipient
	Period           Period
	AgreementMonths  int
	Locale           Locale
	RequestedBy      string
	RequestedByName  string
	RequestedAt      time.Time
	// FailureCode says why the state is Failed.
	FailureCode Code
	// The invitation. Generation is 0 before the first one was sent.
	Generation   int
	SentAt       time.Time
	ExpiresAt    time.Time
	Delivery     DeliveryStatus
	InvitedID    string
	InvitedName  string
	InvitedEmail string
	// RemindedAt is when the latest reminder was sent; zero before the first.
	RemindedAt time.Time
	// RemindersPaused is what an employee asked for.
	RemindersPaused bool
	Decision        *Decision
	Agreement       *Agreement
	EndedAt         time.Time
	UpdatedAt       time.Time
	// Version rises with every recorded step; it is the ETag.
	Version int
}

// Order is what the customer is asked for, as the facts have it now. The
// contact and the end policy are not kept there.
func (r Record) Order() Order {
	return Order{
		Activation: r.ID, OfficeID: r.OfficeID, CustomerID: r.CustomerID, SolutionID: r.SolutionID, Scenario: r.Scenario,
		Variant: r.Variant, KeptUntil: r.KeptUntil, TaskID: r.TaskID, InvoiceRecipient: r.InvoiceRecipient, Period: r.Period, AgreementMonths: r.AgreementMonths,
		Locale: r.Locale, RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt,
	}
}

// Event is one row of an activation's audit.
type Event struct {
	Activation ActivationID
	// Sequence counts an activation's events from 1.
	Sequence int
	Action   Action
	// By is an employee's or administrator's id, or one of the Actors.
	By string
	At time.Time
	// Detail is a small JSON object without personal data.
	Detail string
	// Hash is the row's in the activation's chain.
	Hash string
}

// Action is what an event says was done.
type Action string

// The actions of the audit.
const (
	ActionRequested            Action = "requested"
	ActionTaskChecked          Action = "task_checked"
	ActionSolutionActivated    Action = "solution_activated"
	ActionAdministratorCreated Action = "administrator_created"
	ActionInvitationQueued     Action = "invitation_queued"
	ActionInvitationSent       Action = "invitation_sent"
	ActionAgreementStarted     Action = "agreement_started"
	ActionAgreementRenewed     Action = "agreement_renewed"
	ActionNoticeGiven          Action = "notice_given"
	ActionCollaborationEnded   Action = "collaboration_ended"
	ActionSolutionDeactivated  Action = "solution_deactivated"
	ActionAdministratorRemoved Action = "administrator_removed"
	ActionClosed               Action = "closed"
	ActionReminderSent         Action = "reminder_sent"
	ActionLetterSent           Action = "letter_sent"
	ActionAddressCorrected     Action = "address_corrected"
	ActionForwarded            Action = "forwarded"
	ActionChanged              Action = "changed"
	ActionAccessGranted        Action = "access_granted"
	ActionAccessRevoked        Action = "access_revoked"
	ActionNoticeTakenBack      Action = "notice_taken_back"
	ActionEndSet               Action = "end_set"
	ActionPersonalDataErased   Action = "personal_data_erased"
	ActionMailDelivered        Action = "mail_delivered"
	ActionMailBounced          Action = "mail_bounced"
)

// CustomerFilter narrows a list of an office's customers. Zero values do not
// narrow.
type CustomerFilter struct {
	// Query is part of the name, or the start of the organisation number.
	Query string
	// Sharing is how far they have come with a solution, or with any where
	// SolutionID is left out.
	Sharing    Sharing
	SolutionID string
	// TaskOwnerID is an employee who owns an open task of theirs.
	TaskOwnerID string
	Page        Page
}

// Sharing is how far an office and a customer have come with a solution.
type Sharing string

// The ways to share a solution, or not.
const (
	NotShared Sharing = "none"    // nothing is live
	Waiting   Sharing = "waiting" // for the customer's approval
	Shared    Sharing = "running"
)

// Valid reports whether it is one of them.
func (s Sharing) Valid() bool { return s == NotShared || s == Waiting || s == Shared }

// Live is a live activation of a customer, for lists of customers.
type Live struct {
	Activation ActivationID
	CustomerID string
	SolutionID string
	State      State
}

// ActivationFilter narrows a list of an office's activations. Zero values do
// not narrow.
type ActivationFilter struct {
	States     []State
	CustomerID string
	SolutionID string
	TaskID     string
	// TaskOwnerID is the employee who answers for the activation's task.
	TaskOwnerID string
	// RequestedBy is the employee who sent the invitation.
	RequestedBy string
	// EndsBefore narrows to running collaborations whose term ends before that
	// day, and lists what ends first first.
	EndsBefore Date
	Page       Page
}

// Page is a part of a list: at most Limit rows after the cursor. A cursor is
// opaque to everyone but the store; "" is the beginning.
type Page struct {
	After string
	Limit int
}

// ImportRow is one good line of a customer file: a customer, and one task
// where TaskName is set. A customer with several tasks has several lines.
type ImportRow struct {
	Line               int
	OrganisationNumber OrganisationNumber
	Name               string
	TaskName           string
	TaskOwnerEmail     string
	TaskOpen           bool
	Administrator      *Contact
	SolutionIDs        []string
}

// RowError says what is wrong with one line of a file.
type RowError struct {
	Line  int    `json:"line"`
	Field string `json:"field,omitempty"`
	Code  Code   `json:"code"`
}

// ImportResult counts what an import wrote, and names every bad row.
type ImportResult struct {
	Customers int        `json:"customers"`
	Tasks     int        `json:"tasks"`
	Unchanged int        `json:"unchanged"`
	Errors    []RowError `json:"errors,omitempty"`
}
