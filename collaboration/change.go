package collaboration

// Check names every field that cannot be changed as asked: of this activation,
// as it stands. Which role may ask is MayChange's.
//
// taskOwner is the customer that the task belongs to, "" where the office has
// no such task.
func (c Change) Check(r Record, customer Customer, s Solution, taskOwner string, today Date) error {
	var wrong fieldErrors
	pending := r.State.Pending()
	if c.TaskID == "" && c.InvoiceRecipient == "" && c.Period == nil && c.AgreementMonths == 0 && c.RemindersPaused == nil {
		wrong.add("body", CodeRequired)
	}
	if c.TaskID != "" {
		Request{TaskID: c.TaskID}.checkTask(customer, taskOwner, &wrong)
	}
	switch asked := s.Asks(r.Scenario, FieldInvoiceRecipient); {
	case c.InvoiceRecipient == "":
	case !asked:
		wrong.add("invoice_recipient", CodeNotApplicable)
	case !c.InvoiceRecipient.Valid():
		wrong.add("invoice_recipient", CodeInvalidChoice)
	}
	switch asked := s.Asks(r.Scenario, FieldAgreementMonths); {
	case c.AgreementMonths == 0:
	case pending && !asked:
		wrong.add("agreement_months", CodeNotApplicable)
	case !ValidAgreementMonths(c.AgreementMonths):
		wrong.add("agreement_months", CodeInvalidChoice)
	}
	switch asked := s.Asks(r.Scenario, FieldPeriod); {
	case c.Period == nil:
	case !pending || !asked:
		wrong.add("period", CodeNotApplicable)
	default:
		c.Period.check(today, &wrong)
	}
	if c.RemindersPaused != nil && !pending {
		wrong.add("reminders_paused", CodeNotApplicable)
	}
	return wrong.err()
}

// MayChange reports whether someone of that role may ask for the change: who
// pays for a running collaboration, and for how long, is for managers.
func (e Employee) MayChange(c Change, r Record) bool {
	ofTerms := c.InvoiceRecipient != "" || c.AgreementMonths != 0
	return e.Role == RoleManager || r.State.Pending() || !ofTerms
}
