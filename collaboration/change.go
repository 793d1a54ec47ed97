package collaboration

// Change is a change of an activation; a field without a value stays unchanged. While the
// invitation is pending, it can change the task, the invoice recipient, the period and
// whether reminders are sent. A change of the terms that the customer approves starts a new
// generation of the invitation. While the collaboration runs, it can change the task, the
// invoice recipient, the variant, and the agreement period from the next renewal: see Split.
type Change struct {
	TaskID           string           `json:"task_id,omitempty"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
	Period           *Period          `json:"period,omitempty"`
	AgreementMonths  int              `json:"agreement_months,omitempty"`
	RemindersPaused  *bool            `json:"reminders_paused,omitempty"`
	Variant          string           `json:"variant,omitempty"`
	// Prices and TermsVersion follow from the catalogue; no caller sets them.
	Prices       *PayerPrices `json:"prices,omitempty"`
	TermsVersion string       `json:"terms_version,omitempty"`
}

// EndWhen is when a running collaboration ends.
type EndWhen string

// The choices for the end.
const (
	EndNow    EndWhen = "now"
	EndOfTerm EndWhen = "end_of_term"
	EndOnDate EndWhen = "on_date"
)

// Check returns every field of the change that is invalid for the current state of an
// activation. MayChange checks the employee's role.
//
// taskOwner is the customer that the task belongs to; "" if the office has no such task.
func (c Change) Check(r Activation, customer Customer, s Solution, taskOwner string, today Date) error {
	var wrong FieldErrors
	pending := r.State.IsPending()
	if c.TaskID == "" && c.InvoiceRecipient == "" && c.Period == nil && c.AgreementMonths == 0 && c.RemindersPaused == nil && c.Variant == "" {
		wrong.Add("body", CodeRequired)
	}
	if c.TaskID != "" {
		Request{TaskID: c.TaskID}.checkTask(customer, taskOwner, &wrong)
	}
	switch asked := s.Asks(r.Scenario, FieldInvoiceRecipient); {
	case c.InvoiceRecipient == "":
	case !asked:
		wrong.Add("invoice_recipient", CodeNotApplicable)
	case !c.InvoiceRecipient.Valid():
		wrong.Add("invoice_recipient", CodeInvalidChoice)
	}
	switch _, exists := s.Variant(c.Variant); {
	case c.Variant == "":
	case pending || len(s.Variants) == 0:
		wrong.Add("variant", CodeNotApplicable)
	case !exists:
		wrong.Add("variant", CodeInvalidChoice)
	}
	switch asked := s.Asks(r.Scenario, FieldAgreementMonths); {
	case c.AgreementMonths == 0:
	case pending && !asked:
		wrong.Add("agreement_months", CodeNotApplicable)
	case !ValidAgreementMonths(c.AgreementMonths):
		wrong.Add("agreement_months", CodeInvalidChoice)
	}
	switch asked := s.Asks(r.Scenario, FieldPeriod); {
	case c.Period == nil:
	case !pending || !asked:
		wrong.Add("period", CodeNotApplicable)
	default:
		c.Period.check(today, &wrong)
	}
	if c.RemindersPaused != nil && !pending {
		wrong.Add("reminders_paused", CodeNotApplicable)
	}
	return wrong.Err()
}

// SendsMail reports whether the change may send mail. Reminders, and the task of a pending
// invitation, are not part of the offer that the customer reads.
func (c Change) SendsMail(s State) bool {
	silent := Change{RemindersPaused: c.RemindersPaused}
	if s.IsPending() {
		silent.TaskID = c.TaskID
	}
	return c != silent
}

// Inapplicable returns the fields that cannot be changed in a state: the period and the
// reminders belong to the invitation, the variant to a running collaboration.
//
// The workflow's handler calls it during replay: a stricter rule needs
// workflow.GetVersion (see docs/workflow.md).
func (c Change) Inapplicable(s State) []FieldError {
	var wrong FieldErrors
	if c.Period != nil && !s.IsPending() {
		wrong.Add("period", CodeNotApplicable)
	}
	if c.RemindersPaused != nil && !s.IsPending() {
		wrong.Add("reminders_paused", CodeNotApplicable)
	}
	if c.Variant != "" && s.IsPending() {
		wrong.Add("variant", CodeNotApplicable)
	}
	return wrong
}

// MayChange reports whether the employee may request the change. Only a manager may change
// the invoice recipient, the variant or the agreement period of a running collaboration.
func (e Employee) MayChange(c Change, r Activation) bool {
	ofTerms := c.InvoiceRecipient != "" || c.AgreementMonths != 0 || c.Variant != ""
	return e.Role == RoleManager || r.State.IsPending() || !ofTerms
}
