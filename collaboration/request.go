package collaboration

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Request is what an employee asks for when clicking Activate.
type Request struct {
	CustomerID string `json:"customer_id"`
	SolutionID string `json:"solution_id"`
	// Variant is one of the solution's, where the form asks.
	Variant          string           `json:"variant,omitempty"`
	TaskID           string           `json:"task_id"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient,omitempty"`
	Period           Period           `json:"period,omitzero"`
	// AgreementMonths is 3 or 12, and 0 where the form does not ask.
	AgreementMonths int      `json:"agreement_months,omitempty"`
	Contact         *Contact `json:"contact,omitempty"`
	// Locale is the language of the invitation; Swedish where left out.
	Locale Locale `json:"locale,omitempty"`
}

// Contact is the person at a new customer who becomes its administrator.
type Contact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
}

// Order is a request that was found good, with its defaults filled in: what
// the workflow starts from. It is a snapshot, so that a later change of the
// catalogue never changes an activation that is under way.
type Order struct {
	Activation ActivationID `json:"activation"`
	OfficeID   string       `json:"office_id"`
	CustomerID string       `json:"customer_id"`
	SolutionID string       `json:"solution_id"`
	Scenario   Scenario     `json:"scenario"`
	// Variant is empty where the solution has none.
	Variant string `json:"variant,omitempty"`
	// KeptUntil is when the agreement that the customer keeps renews: nothing
	// new is paid until then. Zero where it keeps none.
	KeptUntil        Date             `json:"kept_until,omitzero"`
	TaskID           string           `json:"task_id"`
	InvoiceRecipient InvoiceRecipient `json:"invoice_recipient"`
	Period           Period           `json:"period"`
	AgreementMonths  int              `json:"agreement_months"`
	Contact          *Contact         `json:"contact,omitempty"`
	Locale           Locale           `json:"locale"`
	OnEnd            EndPolicy        `json:"on_end"`
	RequestedBy      string           `json:"requested_by"`
	RequestedAt      time.Time        `json:"requested_at"`
}

// NewOrder checks a request against the customer and the solution, and
// completes it. Its error names every wrong field.
//
// taskOwner is the customer that the request's task belongs to, "" where the
// office has no such task: it tells a foreign task from a missing one.
func NewOrder(r Request, c Customer, s Solution, taskOwner string, now time.Time) (Order, error) {
	sc := c.Scenario(s.ID)
	if r.Contact != nil {
		trimmed := r.Contact.trim()
		r.Contact = &trimmed
	}
	var wrong fieldErrors
	if _, ok := c.MainContact(); !ok && !sc.CreatesAdministrator() {
		wrong.add("customer_id", CodeAdministratorMissing)
	}
	r.checkTask(c, taskOwner, &wrong)
	r.checkChoices(s, sc, &wrong)
	r.checkPeriod(s, sc, now, &wrong)
	r.checkContact(s, sc, &wrong)
	if err := wrong.err(); err != nil {
		return Order{}, err
	}
	return r.complete(c, s, sc, now), nil
}

// complete fills in what may be left out, or is not asked.
func (r Request) complete(c Customer, s Solution, sc Scenario, now time.Time) Order {
	variant, kept := r.Variant, Date{}
	if had, ok := c.Subscription(s.ID); ok && s.KeepsAgreement {
		variant, kept = had.Variant, had.RenewsOn
	}
	return Order{
		Variant: variant, KeptUntil: kept,
		OfficeID: c.OfficeID, CustomerID: c.ID, SolutionID: s.ID, Scenario: sc, TaskID: r.TaskID,
		InvoiceRecipient: cmp.Or(r.InvoiceRecipient, s.Payer(sc)),
		Period:           Period{Start: cmp.Or(r.Period.Start, OnApproval), Month: r.Period.Month},
		AgreementMonths:  cmp.Or(r.AgreementMonths, s.DefaultAgreementMonths),
		Contact:          r.Contact,
		Locale:           cmp.Or(r.Locale, Swedish),
		OnEnd:            s.OnEnd, RequestedAt: now.UTC(),
	}
}

func (r Request) checkTask(c Customer, taskOwner string, wrong *fieldErrors) {
	switch {
	case r.TaskID == "" && len(c.OpenTasks()) == 0:
		wrong.add("task_id", CodeNoOpenTask)
	case r.TaskID == "":
		wrong.add("task_id", CodeRequired)
	case taskOwner == "":
		wrong.add("task_id", CodeTaskNotFound)
	case taskOwner != c.ID:
		wrong.add("task_id", CodeTaskOfAnotherCustomer)
	case !slices.ContainsFunc(c.OpenTasks(), func(t Task) bool { return t.ID == r.TaskID }):
		wrong.add("task_id", CodeTaskClosed)
	}
}

func (r Request) checkChoices(s Solution, sc Scenario, wrong *fieldErrors) {
	switch asked := s.Asks(sc, FieldInvoiceRecipient); {
	case asked && r.InvoiceRecipient == "":
		wrong.add("invoice_recipient", CodeRequired)
	case !asked && r.InvoiceRecipient != "":
		wrong.add("invoice_recipient", CodeNotApplicable)
	case asked && !r.InvoiceRecipient.Valid():
		wrong.add("invoice_recipient", CodeInvalidChoice)
	}
	switch asked := s.Asks(sc, FieldAgreementMonths); {
	case asked && r.AgreementMonths == 0:
		wrong.add("agreement_months", CodeRequired)
	case !asked && r.AgreementMonths != 0:
		wrong.add("agreement_months", CodeNotApplicable)
	case asked && !ValidAgreementMonths(r.AgreementMonths):
		wrong.add("agreement_months", CodeInvalidChoice)
	}
	_, known := s.Variant(r.Variant)
	switch asked := s.Asks(sc, FieldVariant); {
	case asked && r.Variant == "":
		wrong.add("variant", CodeRequired)
	case !asked && r.Variant != "":
		wrong.add("variant", CodeNotApplicable)
	case asked && !known:
		wrong.add("variant", CodeInvalidChoice)
	}
	if r.Locale != "" && !r.Locale.Valid() {
		wrong.add("locale", CodeInvalidChoice)
	}
}

func (r Request) checkPeriod(s Solution, sc Scenario, now time.Time, wrong *fieldErrors) {
	switch {
	case r.Period == Period{}: // the default, from the day of approval
	case !s.Asks(sc, FieldPeriod):
		wrong.add("period", CodeNotApplicable)
	default:
		r.Period.check(DateOf(now), wrong)
	}
}

func (r Request) checkContact(s Solution, sc Scenario, wrong *fieldErrors) {
	switch asked := s.Asks(sc, FieldContact); {
	case asked && r.Contact == nil:
		wrong.add("contact", CodeRequired)
	case !asked && r.Contact != nil:
		wrong.add("contact", CodeNotApplicable)
	case asked:
		r.Contact.check("contact.", wrong)
	}
}

// Check names every wrong field of a contact; prefix stands before each name.
func (c Contact) Check(prefix string) []FieldError {
	var wrong fieldErrors
	c.trim().check(prefix, &wrong)
	return wrong
}

func (c Contact) trim() Contact {
	return Contact{strings.TrimSpace(c.Name), strings.TrimSpace(c.Email), strings.TrimSpace(c.Phone)}
}

// Longest values of a contact, in characters; 254 is the longest address SMTP
// can carry (RFC 5321), in bytes, which an address's characters are.
const (
	maxName  = 100
	maxEmail = 254
	maxPhone = 20
)

func (c Contact) check(prefix string, wrong *fieldErrors) {
	check := func(field, value string, longest int, valid func(string) bool) {
		switch {
		case value == "":
			wrong.add(prefix+field, CodeRequired)
		case utf8.RuneCountInString(value) > longest:
			wrong.add(prefix+field, CodeTooLong)
		case !valid(value):
			wrong.add(prefix+field, CodeInvalidFormat)
		}
	}
	check("name", c.Name, maxName, validName)
	check("email", c.Email, maxEmail, ValidEmail)
	check("phone", c.Phone, maxPhone, validPhone)
}

// validName refuses control characters, which have no place in a name and
// would break a mail header.
func validName(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError })
}

// ValidEmail accepts a bare address with a dot in its domain, and nothing
// that could carry a second recipient or a header. It is ASCII: few providers
// send to others, and they say so only when the mail is under way.
func ValidEmail(s string) bool {
	foreign := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(s) > maxEmail || strings.ContainsFunc(s, foreign) || strings.ContainsAny(s, "<>,;\"") {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	domain := s[strings.LastIndex(s, "@")+1:]
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasPrefix(domain, "[")
}

// validPhone accepts digits with the usual signs between them, seven digits
// at least: "070-123 45 67", "+46 70 123 45 67".
func validPhone(s string) bool {
	digits := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, r == ' ', r == '-', r == '(', r == ')', r == '/':
		default:
			return false
		}
	}
	return digits >= 7 && digits <= 15
}
