package collaboration

import "time"

// What the workflow is called and where it runs. All of it lives in histories
// and in other systems: add, never rename.
const (
	WorkflowType = "ActivationWorkflow"
	// LetterWorkflowType sends one letter that did not go out at once.
	LetterWorkflowType = "LetterWorkflow"

	// TaskQueue carries workflows and every step but mail.
	TaskQueue = "activations"
	// MailTaskQueue carries the mail that did not go out at the first, quick
	// try. The engine holds all its workers together to the provider's rate.
	MailTaskQueue = "mail"

	// Deployment is what the engine calls all workers that name their build.
	Deployment = "countersign"

	// Messages, each with two doors of the same name: an Update, which
	// answers, and a Signal, which any system can send.
	DecideMessage   = "decide"   // Decision
	WithdrawMessage = "withdraw" // Withdrawal
	ResendMessage   = "resend"   // Resend
	EndMessage      = "end"      // Ending
	CorrectMessage  = "correct"  // Correction
	ForwardMessage  = "forward"  // Forwarding
	ChangeMessage   = "change"   // Change
	TakeBackMessage = "takeback" // TakingBack
	ReportMessage   = "report"   // DeliveryReport

	// StandingQuery answers with a Standing.
	StandingQuery = "standing"

	// ActivationMemo holds the ActivationID of the run, for those who find it
	// by its workflow ID.
	ActivationMemo = "activation"
)

// Search attributes, for finding runs. Opaque ids and states only: they are
// never encrypted.
const (
	SearchOffice       = "OfficeId"      // keyword
	SearchCustomer     = "CustomerId"    // keyword
	SearchSolution     = "SolutionId"    // keyword
	SearchState        = "State"         // keyword
	SearchAgreementEnd = "AgreementEnds" // datetime
)

// Withdrawal takes a pending invitation back.
type Withdrawal struct {
	ID         string       `json:"id"`
	Activation ActivationID `json:"activation"`
	By         string       `json:"by"`
	At         time.Time    `json:"at"`
}

// Resend replaces a pending invitation with a new generation; links of older
// ones stop working and the clock starts again.
type Resend struct {
	ID         string       `json:"id"`
	Activation ActivationID `json:"activation"`
	By         string       `json:"by"`
	At         time.Time    `json:"at"`
}

// EndWhen is when a running collaboration should end.
type EndWhen string

// The choices for ending.
const (
	EndNow    EndWhen = "now"
	EndOfTerm EndWhen = "end_of_term"
	EndOnDate EndWhen = "on_date"
)

// Ending ends a running collaboration: now, on a date, or by not renewing it.
type Ending struct {
	ID         string       `json:"id"`
	Activation ActivationID `json:"activation"`
	When       EndWhen      `json:"when"`
	// On is the day on which it ends, at midnight in Stockholm, for EndOnDate.
	On Date      `json:"on,omitzero"`
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Correction puts right the e-mail address of the person who was invited, and
// sends a new generation of the invitation there.
type Correction struct {
	ID         string       `json:"id"`
	Activation ActivationID `json:"activation"`
	Email      string       `json:"email"`
	By         string       `json:"by"`
	At         time.Time    `json:"at"`
}

// Forwarding sends a new generation of the invitation to another administrator
// of the customer.
type Forwarding struct {
	ID            string       `json:"id"`
	Activation    ActivationID `json:"activation"`
	Administrator string       `json:"administrator"`
	By            string       `json:"by"`
	At            time.Time    `json:"at"`
}

// Change changes what may change; what is left out stays as it is. While the
// invitation is pending: task, invoice recipient, period, and whether
// reminders are sent. Where the customer would be asked for something else
// (invoice recipient, period), a new generation of the invitation says so.
// While the collaboration runs: task, invoice recipient, and the agreement
// period from the next renewal.
type Change struct {
	ID               string           `json:"id"`
	Activation       ActivationID     `json:"activation"`
	TaskID           string           `json:"task_id,omitempty"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
	Period           *Period          `json:"period,omitempty"`
	AgreementMonths  int              `json:"agreement_months,omitempty"`
	RemindersPaused  *bool            `json:"reminders_paused,omitempty"`
	By               string           `json:"by"`
	At               time.Time        `json:"at"`
}

// TakingBack takes back the notice that was given, or the date that was set
// for the end.
type TakingBack struct {
	ID         string       `json:"id"`
	Activation ActivationID `json:"activation"`
	By         string       `json:"by"`
	At         time.Time    `json:"at"`
}

// DeliveryReport is what the mail provider says of an invitation or a
// reminder after it took it: DeliveryDelivered or DeliveryBounced.
type DeliveryReport struct {
	ID         string         `json:"id"`
	Activation ActivationID   `json:"activation"`
	Generation int            `json:"generation"`
	Status     DeliveryStatus `json:"status"`
	At         time.Time      `json:"at"`
}

// Standing is where an activation stands, as its workflow knows it. It is
// also the answer to every message.
type Standing struct {
	Activation ActivationID `json:"activation"`
	State      State        `json:"state"`
	// Generation is the invitation whose link is good; 0 before the first.
	Generation int       `json:"generation"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	// Decision is the one that counted. A sender whose decision has another
	// ID came second.
	Decision  *Decision  `json:"decision,omitempty"`
	Agreement *Agreement `json:"agreement,omitempty"`
	// RemindersPaused is what an employee asked for, Bounced what the mail
	// provider says of this generation: neither reminds the customer.
	RemindersPaused bool `json:"reminders_paused,omitempty"`
	Bounced         bool `json:"bounced,omitempty"`
	// Notices counts notices given and taken back, to tell their letters apart.
	Notices int `json:"notices,omitempty"`
}

// Run is what the workflow starts from.
type Run struct {
	Order Order `json:"order"`
	// Carried is what an earlier term handed over; nil at the beginning.
	Carried *Carried `json:"carried,omitempty"`
}

// Carried is the whole state that a term hands to the next.
type Carried struct {
	Standing Standing `json:"standing"`
	// Messages are the ids of those already taken, so that a late repeat is
	// still recognised.
	Messages []string `json:"messages,omitempty"`
}

// Ref is the message's own id and the activation it is for.
func (d Decision) Ref() (id string, activation ActivationID) { return d.ID, d.Activation }

// Ref is the message's own id and the activation it is for.
func (w Withdrawal) Ref() (id string, activation ActivationID) { return w.ID, w.Activation }

// Ref is the message's own id and the activation it is for.
func (r Resend) Ref() (id string, activation ActivationID) { return r.ID, r.Activation }

// Ref is the message's own id and the activation it is for.
func (e Ending) Ref() (id string, activation ActivationID) { return e.ID, e.Activation }

// Ref is the message's own id and the activation it is for.
func (c Correction) Ref() (id string, activation ActivationID) { return c.ID, c.Activation }

// Ref is the message's own id and the activation it is for.
func (f Forwarding) Ref() (id string, activation ActivationID) { return f.ID, f.Activation }

// Ref is the message's own id and the activation it is for.
func (c Change) Ref() (id string, activation ActivationID) { return c.ID, c.Activation }

// Ref is the message's own id and the activation it is for.
func (t TakingBack) Ref() (id string, activation ActivationID) { return t.ID, t.Activation }

// Ref is the message's own id and the activation it is for.
func (r DeliveryReport) Ref() (id string, activation ActivationID) { return r.ID, r.Activation }

// InvitationLifetime is how long the customer has to answer; a resend starts
// it again.
const InvitationLifetime = 30 * 24 * time.Hour
