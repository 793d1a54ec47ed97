package collaboration

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// BatchWorkflowType activates one solution for many customers.
const BatchWorkflowType = "BatchWorkflow"

// BatchMessage tells it that there are pending rows again.
const BatchMessage = "more"

// Batch is a list of customers for whom one solution is activated.
type Batch struct {
	ID         string
	OfficeID   string
	SolutionID string
	CreatedBy  string
	CreatedAt  time.Time
	// CancelledAt is when no more were to be started; zero for never.
	CancelledAt time.Time
	// Counts are the rows by their result.
	Counts map[BatchResult]int
	// States are the started activations by where they stand.
	States map[State]int
}

// BatchResult is what came of a row.
type BatchResult string

// The results of a row.
const (
	RowPending BatchResult = "pending"
	RowStarted BatchResult = "started"
	RowRefused BatchResult = "refused"
)

// BatchRow is one customer of a batch.
type BatchRow struct {
	// Line is the line of a file, or the number in a list, from 1.
	Line int
	// OrganisationNumber names the customer where its id is not given.
	OrganisationNumber OrganisationNumber
	// Request is without what is personal once it was started.
	Request Request
	Result  BatchResult
	// Activation is reserved before it is started, so that a repeat starts the
	// same one.
	Activation ActivationID
	// Code and Fields are why it was refused.
	Code   Code
	Fields []FieldError
}

// BatchChunk is a part of a batch's rows, by count.
type BatchChunk struct {
	Batch string `json:"batch"`
	Rows  int    `json:"rows"`
}

// The columns of a file of customers to activate a solution for, in any order.
// One of the first two is needed.
const (
	columnCustomer = "customer_id"
	columnPeriod   = "period" // a start rule, or the first of a month
	contactPrefix  = "contact_"
)

var batchColumns = []string{
	columnCustomer, columnNumber, "variant", "task_id", "invoice_recipient", columnPeriod, "agreement_months", "locale",
	contactPrefix + "name", contactPrefix + "email", contactPrefix + "phone",
}

// ParseBatch reads a file of customers to activate a solution for, as
// ParseCustomers does. Whether a row can be activated is not asked here.
func ParseBatch(r io.Reader, solutionID string) (rows []BatchRow, bad []RowError, err error) {
	t, err := newTable(r, batchColumns, nil)
	if err != nil {
		return nil, nil, err
	}
	p := batchParser{table: t, solution: solutionID}
	if p.header() && !p.each(p.row) {
		p.rows = nil
	}
	if len(p.bad) == 0 && len(p.rows) == 0 {
		p.line = 1
		p.wrong("", CodeRequired)
	}
	return p.rows, FirstRowErrors(p.bad), nil
}

type batchParser struct {
	*table
	solution string
	rows     []BatchRow
}

func (p *batchParser) row(value map[string]string) {
	before := len(p.bad)
	row := BatchRow{Line: p.line, Result: RowPending, Request: Request{
		CustomerID: value[columnCustomer], SolutionID: p.solution, Variant: value["variant"], TaskID: value["task_id"],
		InvoiceRecipient: InvoiceRecipient(value["invoice_recipient"]), Locale: Locale(value["locale"]),
	}}
	p.whose(&row, value[columnNumber])
	p.terms(&row.Request, value)
	if c := (Contact{value[contactPrefix+"name"], value[contactPrefix+"email"], value[contactPrefix+"phone"]}); c != (Contact{}) {
		row.Request.Contact = &c
	}
	if len(p.bad) == before {
		p.rows = append(p.rows, row)
	}
}

func (p *batchParser) whose(row *BatchRow, number string) {
	switch {
	case number == "" && row.Request.CustomerID == "":
		p.wrong(columnCustomer, CodeRequired)
	case number != "":
		var err error
		if row.OrganisationNumber, err = ParseOrganisationNumber(number); err != nil {
			p.wrong(columnNumber, CodeInvalidFormat)
		}
	}
}

func (p *batchParser) terms(r *Request, value map[string]string) {
	if s := value[columnPeriod]; s != "" && strings.Trim(s, "0123456789-") == "" {
		r.Period.Start = ChosenMonth
		if err := r.Period.Month.UnmarshalText([]byte(s)); err != nil {
			p.wrong(columnPeriod, CodeInvalidFormat)
		}
	} else if s != "" {
		r.Period.Start = StartRule(s)
	}
	if s := value["agreement_months"]; s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			p.wrong("agreement_months", CodeInvalidFormat)
		}
		r.AgreementMonths = n
	}
}

// WithTask is the request on the customer's only open task, where it names none.
func (r Request) WithTask(c Customer) Request {
	if open := c.OpenTasks(); r.TaskID == "" && len(open) == 1 {
		r.TaskID = open[0].ID
	}
	return r
}
