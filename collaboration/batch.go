package collaboration

import (
	"strconv"
	"strings"
	"time"
)

// Batch is a list of customers to activate one solution for.
type Batch struct {
	ID         string
	OfficeID   string
	SolutionID string
	CreatedBy  string
	CreatedAt  time.Time
	// CancelledAt is the time of its cancellation, after which no row is started.
	CancelledAt time.Time
	// Counts are the rows by their result.
	Counts map[BatchResult]int
	// Phases are the started activations by their phase.
	Phases map[Phase]int
}

// BatchResult is the result of a row.
type BatchResult string

// The results of a row.
const (
	RowPending BatchResult = "pending"
	RowStarted BatchResult = "started"
	RowRefused BatchResult = "refused"
)

// BatchRow is one customer of a batch.
type BatchRow struct {
	// Line is the line of the file, or the index in the list, from 1.
	Line int
	// OrganisationNumber identifies the customer if the request has no customer id.
	OrganisationNumber OrganisationNumber
	// Request has no personal data once the row was started.
	Request Request
	Result  BatchResult
	// Activation is reserved before the row is started, so that a retry starts the
	// same activation.
	Activation ActivationID
	// Code and Fields are the reason of a refusal.
	Code   Code
	Fields []FieldError
}

// The columns of a batch file, besides those of a Request. A row needs the customer's
// id or its organisation number.
const (
	columnCustomer = "customer_id"
	columnPeriod   = "period" // a start rule, or the first of a month
	columnSince    = "running_since"
	// contactPrefix precedes the fields of a Contact.
	contactPrefix = "contact_"
)

// BatchColumns returns the columns of a batch file. A missing column is the same as an
// empty one.
func BatchColumns() []string {
	return append([]string{
		columnCustomer, columnNumber, "variant", "task_id", "invoice_recipient", columnPeriod, "agreement_months", "locale", columnSince,
	}, ContactNames(contactPrefix)...)
}

// NewBatchRow returns the pending row of a line's values by column, and every field
// that cannot be read. NewOrder checks the request when the batch starts the row.
func NewBatchRow(line int, solutionID string, values map[string]string) (BatchRow, []FieldError) {
	row := BatchRow{Line: line, Result: RowPending, Request: Request{
		CustomerID: values[columnCustomer], SolutionID: solutionID, Variant: values["variant"], TaskID: values["task_id"],
		InvoiceRecipient: InvoiceRecipient(values["invoice_recipient"]), Locale: Locale(values["locale"]),
	}}
	var wrong FieldErrors
	row.readCustomer(values[columnNumber], &wrong)
	row.Request.readTerms(values, &wrong)
	if c := ReadContact(contactPrefix, func(name string) string { return values[name] }); c != (Contact{}) {
		row.Request.Contact = &c
	}
	return row, wrong
}

func (r *BatchRow) readCustomer(number string, wrong *FieldErrors) {
	switch {
	case number == "" && r.Request.CustomerID == "":
		wrong.Add(columnCustomer, CodeRequired)
	case number != "":
		var err error
		if r.OrganisationNumber, err = ParseOrganisationNumber(number); err != nil {
			wrong.Add(columnNumber, CodeInvalidFormat)
		}
	}
}

func (r *Request) readTerms(values map[string]string, wrong *FieldErrors) {
	if s := values[columnPeriod]; s != "" && strings.Trim(s, "0123456789-") == "" {
		r.Period.Start = ChosenMonth
		if err := r.Period.Month.UnmarshalText([]byte(s)); err != nil {
			wrong.Add(columnPeriod, CodeInvalidFormat)
		}
	} else if s != "" {
		r.Period.Start = StartRule(s)
	}
	if s := values["agreement_months"]; s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			wrong.Add("agreement_months", CodeInvalidFormat)
		}
		r.AgreementMonths = n
	}
	if s := values[columnSince]; s != "" {
		if err := r.RunningSince.UnmarshalText([]byte(s)); err != nil {
			wrong.Add(columnSince, CodeInvalidFormat)
		}
	}
}

// WithTask returns the request for the customer's only open task, if it has no task id.
func (r Request) WithTask(c Customer) Request {
	if open := c.OpenTasks(); r.TaskID == "" && len(open) == 1 {
		r.TaskID = open[0].ID
	}
	return r
}
