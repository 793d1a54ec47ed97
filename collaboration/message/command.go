package message

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"countersign/collaboration"
)

// Command is a command to an activation. Its Kind determines which of the other fields are
// set.
type Command struct {
	// ID identifies a repeat: the workflow processes each ID once.
	ID string `json:"id"`
	// Activation is the receiver. The workflow rejects a command to an earlier activation
	// of the same subject.
	Activation collaboration.ActivationID `json:"activation"`
	// Kind is also the name of the Update. The payload of a Signal must have it.
	Kind collaboration.Command `json:"kind,omitempty"`
	// By is the id of the employee or the administrator, or one of the actors.
	By string `json:"by"`
	// At is when the workflow accepted the command. It overwrites the caller's value.
	At time.Time `json:"at,omitzero"`

	// Decision is the customer's answer, for CommandDecide.
	Decision *collaboration.Decision `json:"decision,omitempty"`
	// Email is the correct address of the recipient, for CommandCorrect.
	Email string `json:"email,omitempty"`
	// Administrator is the id of the new recipient, for CommandForward. For CommandHandOn the
	// workflow sets it.
	Administrator string `json:"administrator,omitempty"`
	// HandOn is the colleague to invite instead, for CommandHandOn.
	HandOn *HandOn `json:"hand_on,omitempty"`
	// Change has the fields to change, for CommandChange.
	Change *collaboration.Change `json:"change,omitempty"`
	// End is when the agreement ends, for CommandEnd.
	End *End `json:"end,omitempty"`
	// Proposal is set by the workflow: the proposal after this command.
	Proposal *collaboration.Proposal `json:"proposal,omitempty"`
	// Report is the mail provider's event about an invitation, for CommandReport.
	Report *Report `json:"report,omitempty"`
}

// HandOn is the colleague to whom an administrator of the customer hands on the invitation.
type HandOn struct {
	Colleague collaboration.Contact `json:"colleague"`
	// Generation is that of the invitation that the administrator read.
	Generation int `json:"generation"`
}

// End is when a running collaboration ends.
type End struct {
	When collaboration.EndWhen `json:"when"`
	// On is the day on which it ends, at midnight in Stockholm, for EndOnDate.
	On collaboration.Date `json:"on,omitzero"`
	// OnEnd is the chosen end policy of the solution; "" for the choice made before.
	OnEnd collaboration.EndPolicy `json:"on_end,omitempty"`
}

// Report is the mail provider's event about an accepted invitation or reminder:
// DeliveryDelivered or DeliveryBounced.
type Report struct {
	Generation int                          `json:"generation"`
	Status     collaboration.DeliveryStatus `json:"status"`
	// Administrator is the recipient of the mail.
	Administrator string `json:"administrator,omitempty"`
	// Partial is true if the mail of another recipient has not bounced.
	Partial bool `json:"partial,omitempty"`
}

// Decide returns the command for a decision.
func Decide(d collaboration.Decision) Command {
	return Command{ID: d.ID, Activation: d.Activation, Kind: collaboration.CommandDecide, By: d.By, At: d.At, Decision: &d}
}

// Validate returns every invalid field of a command. Temporal does not replay the validator
// of an Update, and the workflow records the result for a Signal. Therefore these rules may
// change while executions run.
func (c Command) Validate() error {
	var wrong []collaboration.FieldError
	add := func(field string, code collaboration.Code) {
		wrong = append(wrong, collaboration.FieldError{Field: field, Code: code})
	}
	if c.ID == "" {
		add("id", collaboration.CodeRequired)
	}
	for _, id := range []struct{ field, value string }{{"id", c.ID}, {"by", c.By}, {"administrator", c.Administrator}, {"task_id", c.taskID()}} {
		if len(id.value) > maxID {
			add(id.field, collaboration.CodeTooLong)
		}
	}
	if !slices.Contains(collaboration.Commands(), c.Kind) {
		add("kind", collaboration.CodeInvalidChoice)
	}
	if c.By == "" && c.Kind != collaboration.CommandReport {
		add("by", collaboration.CodeRequired)
	}
	switch c.Kind {
	case collaboration.CommandDecide, collaboration.CommandDecideChange:
		c.validateDecision(add)
	case collaboration.CommandCorrect:
		if !collaboration.ValidEmail(c.Email) {
			add("email", collaboration.CodeInvalidFormat)
		}
	case collaboration.CommandForward:
		if c.Administrator == "" {
			add("administrator", collaboration.CodeRequired)
		}
	case collaboration.CommandHandOn:
		c.validateHandOn(add)
	case collaboration.CommandChange:
		c.validateChange(add)
	case collaboration.CommandEnd:
		c.validateEnd(add)
	case collaboration.CommandReport:
		if c.Report == nil {
			add("report", collaboration.CodeRequired)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: wrong}
}

// maxID limits ids, in bytes. They are in the workflow's state until their command is
// stored.
const maxID = 200

func (c Command) taskID() string {
	if c.Change == nil {
		return ""
	}
	return c.Change.TaskID
}

// IsStored reports whether a command becomes a pending write, which an activity stores.
func (c Command) IsStored() bool {
	switch c.Kind {
	case collaboration.CommandCorrect, collaboration.CommandForward, collaboration.CommandHandOn, collaboration.CommandChange, collaboration.CommandRevokeNotice,
		collaboration.CommandDecideChange, collaboration.CommandWithdrawChange:
		return true
	case collaboration.CommandEnd:
		return c.End.When != collaboration.EndNow
	}
	return false
}

func (c Command) validateDecision(add func(string, collaboration.Code)) {
	if c.Decision == nil {
		add("decision", collaboration.CodeRequired)
		return
	}
	d := *c.Decision
	d.ID = cmp.Or(c.ID, "missing") // Validate has reported the missing id
	var invalid *collaboration.Error
	if errors.As(d.Check(), &invalid) {
		for _, f := range invalid.Fields {
			add(f.Field, f.Code)
		}
	}
}

func (c Command) validateHandOn(add func(string, collaboration.Code)) {
	if c.HandOn == nil {
		add("hand_on", collaboration.CodeRequired)
		return
	}
	for _, f := range c.HandOn.Colleague.Check("") {
		add(f.Field, f.Code)
	}
}

func (c Command) validateChange(add func(string, collaboration.Code)) {
	switch {
	case c.Change == nil:
		add("change", collaboration.CodeRequired)
	default:
		if p := c.Change.InvoiceRecipient; p != "" && !p.Valid() {
			add("invoice_recipient", collaboration.CodeInvalidChoice)
		}
		if m := c.Change.AgreementMonths; m != 0 && !collaboration.ValidAgreementMonths(m) {
			add("agreement_months", collaboration.CodeInvalidChoice)
		}
	}
}

func (c Command) validateEnd(add func(string, collaboration.Code)) {
	choices := []collaboration.EndWhen{collaboration.EndNow, collaboration.EndOfTerm, collaboration.EndOnDate}
	switch {
	case c.End == nil:
		add("when", collaboration.CodeRequired)
	case !slices.Contains(choices, c.End.When):
		add("when", collaboration.CodeInvalidChoice)
	case c.End.When == collaboration.EndOnDate && c.End.On.IsZero():
		add("on", collaboration.CodeRequired)
	}
}

// Signal is the name of the one Signal for all commands. Its payload has the kind. Signals
// of one name have an order; those of different names have none.
const Signal = "command"
