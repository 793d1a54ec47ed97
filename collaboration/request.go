package collaboration

import (
	"cmp"
	"slices"
	"time"
)

// Request is the employee's request to activate a solution for a customer.
type Request struct {
	CustomerID string `json:"customer_id"`
	SolutionID string `json:"solution_id"`
	// Variant is one of the solution's, for forms with the field.
	Variant          string           `json:"variant,omitempty"`
	TaskID           string           `json:"task_id"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
	Period           Period           `json:"period,omitzero"`
	// AgreementMonths is 3 or 12; 0 for forms without the field.
	AgreementMonths int      `json:"agreement_months,omitempty"`
	Contact         *Contact `json:"contact,omitempty"`
	// Locale is the language of the invitation; Swedish by default.
	Locale Locale `json:"locale,omitempty"`
	// RunningSince is the first day of a collaboration that runs already and is taken
	// over without an invitation; zero for a new one.
	RunningSince Date `json:"running_since,omitzero"`
}

// Order is a valid request with its defaults: the input of the workflow. It is a snapshot,
// so a later change of the catalogue does not change a live activation.
type Order struct {
	Activation ActivationID `json:"activation"`
	OfficeID   string       `json:"office_id"`
	CustomerID string       `json:"customer_id"`
	SolutionID string       `json:"solution_id"`
	Scenario   Scenario     `json:"scenario"`
	// Contact precedes the longer values: the Web UI shows the first lines of an input.
	Contact *Contact `json:"contact,omitempty"`
	// Variant is empty for a solution without variants.
	Variant string `json:"variant,omitempty"`
	// KeptUntil is when the agreement renews that the customer keeps; there are no new
	// costs until then. It is zero if the customer keeps none.
	KeptUntil Date `json:"kept_until,omitzero"`
	// Prices are those of the catalogue when the office sent the order. The customer approves
	// the one of the invoice recipient, so a later change of the catalogue does not change it.
	Prices PayerPrices `json:"prices,omitzero"`
	// TermsVersion is that of the terms that the customer approved last, or of the catalogue
	// when the office sent the order.
	TermsVersion     string           `json:"terms_version,omitempty"`
	TaskID           string           `json:"task_id"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient"`
	Period           Period           `json:"period"`
	AgreementMonths  int              `json:"agreement_months"`
	Locale           Locale           `json:"locale"`
	// OnEnd are the policies of the catalogue when the office sent the order.
	OnEnd EndPolicies `json:"on_end"`
	// RunningSince is the first day of a collaboration that is taken over.
	RunningSince Date `json:"running_since,omitzero"`
	// Rules are the office's time limits; zero for the default ones.
	Rules       Rules     `json:"rules,omitzero"`
	RequestedBy string    `json:"requested_by"`
	RequestedAt time.Time `json:"requested_at"`
}

// Price is what the invoice recipient pays.
func (o Order) Price() Price { return o.Prices.Of(o.InvoiceRecipient) }

// IsTakeOver reports whether the collaboration ran before.
func (o Order) IsTakeOver() bool { return !o.RunningSince.IsZero() }

// NewOrder checks a request against the customer and the solution, and completes it. The
// error has every invalid field.
//
// taskOwner is the customer that the request's task belongs to; "" if the office has no
// such task. It distinguishes a task of another customer from a missing one.
func NewOrder(r Request, c Customer, s Solution, taskOwner string, now time.Time) (Order, error) {
	sc := c.Scenario(s.ID)
	if r.Contact != nil {
		trimmed := r.Contact.Clean()
		r.Contact = &trimmed
	}
	if !c.ArchivedAt.IsZero() {
		return Order{}, &Error{Code: CodeCustomerArchived}
	}
	var wrong FieldErrors
	if _, ok := c.MainContact(); !ok && !sc.CreatesAdministrator() {
		wrong.Add("customer_id", CodeAdministratorMissing)
	}
	if !r.RunningSince.IsZero() {
		r.checkTakeOver(sc, DateOf(now), &wrong)
	}
	r.checkTask(c, taskOwner, &wrong)
	r.checkChoices(s, sc, &wrong)
	r.checkPeriod(s, sc, now, &wrong)
	r.checkContact(s, sc, &wrong)
	if err := wrong.Err(); err != nil {
		return Order{}, err
	}
	return r.complete(c, s, sc, now), nil
}

// complete returns the order with its defaults.
func (r Request) complete(c Customer, s Solution, sc Scenario, now time.Time) Order {
	variant, kept := r.Variant, Date{}
	if had, ok := c.Subscription(s.ID); ok && s.KeepsAgreement {
		variant, kept = had.Variant, had.RenewsOn
	}
	prices := s.PricesOf(variant)
	if !r.RunningSince.IsZero() {
		prices = PayerPrices{} // agreed before, and unknown here
	}
	return Order{
		Variant: variant, KeptUntil: kept, Prices: prices, TermsVersion: s.Terms.Version,
		OfficeID: c.OfficeID, CustomerID: c.ID, SolutionID: s.ID, Scenario: sc, TaskID: r.TaskID,
		InvoiceRecipient: cmp.Or(r.InvoiceRecipient, s.Payer(sc)),
		Period:           Period{Start: cmp.Or(r.Period.Start, OnApproval), Month: r.Period.Month},
		AgreementMonths:  cmp.Or(r.AgreementMonths, s.DefaultAgreementMonths),
		Contact:          r.Contact,
		Locale:           cmp.Or(r.Locale, Swedish),
		RunningSince:     r.RunningSince,
		OnEnd:            s.OnEnd, RequestedAt: now.UTC(),
	}
}

// maxRunningYears limits the age of a collaboration that is taken over.
const maxRunningYears = 30

// checkTakeOver checks what a take-over needs: a first day in the past, and an
// administrator with the right to give notice.
func (r Request) checkTakeOver(sc Scenario, today Date, wrong *FieldErrors) {
	switch oldest := (Date{today.Year - maxRunningYears, today.Month, today.Day}); {
	case today.Before(r.RunningSince):
		wrong.Add("running_since", CodeTooFarAhead)
	case r.RunningSince.Before(oldest):
		wrong.Add("running_since", CodeInThePast)
	}
	if sc.CreatesAdministrator() {
		wrong.Add("customer_id", CodeAdministratorMissing)
	}
	if r.Period != (Period{}) {
		wrong.Add("period", CodeNotApplicable)
	}
}

func (r Request) checkTask(c Customer, taskOwner string, wrong *FieldErrors) {
	switch {
	case r.TaskID == "" && len(c.OpenTasks()) == 0:
		wrong.Add("task_id", CodeNoOpenTask)
	case r.TaskID == "":
		wrong.Add("task_id", CodeRequired)
	case taskOwner == "":
		wrong.Add("task_id", CodeTaskNotFound)
	case taskOwner != c.ID:
		wrong.Add("task_id", CodeTaskOfAnotherCustomer)
	case !slices.ContainsFunc(c.OpenTasks(), func(t Task) bool { return t.ID == r.TaskID }):
		wrong.Add("task_id", CodeTaskClosed)
	}
}

func (r Request) checkChoices(s Solution, sc Scenario, wrong *FieldErrors) {
	switch asked := s.Asks(sc, FieldInvoiceRecipient); {
	case asked && r.InvoiceRecipient == "":
		wrong.Add("invoice_recipient", CodeRequired)
	case !asked && r.InvoiceRecipient != "":
		wrong.Add("invoice_recipient", CodeNotApplicable)
	case asked && !r.InvoiceRecipient.Valid():
		wrong.Add("invoice_recipient", CodeInvalidChoice)
	}
	switch asked := s.Asks(sc, FieldAgreementMonths); {
	case asked && r.AgreementMonths == 0:
		wrong.Add("agreement_months", CodeRequired)
	case !asked && r.AgreementMonths != 0 && r.RunningSince.IsZero():
		wrong.Add("agreement_months", CodeNotApplicable)
	case r.AgreementMonths != 0 && !ValidAgreementMonths(r.AgreementMonths):
		wrong.Add("agreement_months", CodeInvalidChoice)
	}
	_, known := s.Variant(r.Variant)
	switch asked := s.Asks(sc, FieldVariant); {
	case asked && r.Variant == "":
		wrong.Add("variant", CodeRequired)
	case !asked && r.Variant != "":
		wrong.Add("variant", CodeNotApplicable)
	case asked && !known:
		wrong.Add("variant", CodeInvalidChoice)
	}
	if r.Locale != "" && !r.Locale.Valid() {
		wrong.Add("locale", CodeInvalidChoice)
	}
}

func (r Request) checkPeriod(s Solution, sc Scenario, now time.Time, wrong *FieldErrors) {
	switch {
	case r.Period == Period{}: // the default, from the day of approval
	case !s.Asks(sc, FieldPeriod):
		wrong.Add("period", CodeNotApplicable)
	default:
		r.Period.check(DateOf(now), wrong)
	}
}

func (r Request) checkContact(s Solution, sc Scenario, wrong *FieldErrors) {
	switch asked := s.Asks(sc, FieldContact); {
	case asked && r.Contact == nil:
		wrong.Add("contact", CodeRequired)
	case !asked && r.Contact != nil:
		wrong.Add("contact", CodeNotApplicable)
	case asked:
		r.Contact.check("contact.", wrong)
	}
}

// Recipients returns the addresses that the order's invitation goes to.
func (o Order) Recipients(c Customer) (emails []string) {
	if o.Contact != nil {
		return []string{o.Contact.Email}
	}
	for _, a := range c.Administrators[:min(len(c.Administrators), MaxInvited)] {
		emails = append(emails, a.Email)
	}
	return emails
}
