package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/collaboration/message"
	"countersign/internal/table"
	"countersign/workflows"

	"go.temporal.io/sdk/workflow"
)

// list is the store of a batch, and the starter of its activations.
type list struct {
	rows    []collaboration.BatchRow
	running map[collaboration.ActivationID]int
	// startErr returns the error of the nth start from 1, and finishErr that of the nth
	// stored result.
	starts, finishes    int
	startErr, finishErr func(n int) error
	// mails counts the mails to each address, nil without a limit.
	mails    map[string]int
	maxMails int
}

func (l *list) PendingBatch(_ context.Context, id string, limit int) (b collaboration.Batch, pending []collaboration.BatchRow, err error) {
	for _, r := range l.rows {
		if r.Result == collaboration.RowPending && len(pending) < limit {
			pending = append(pending, r)
		}
	}
	return collaboration.Batch{ID: id, OfficeID: "office-1", SolutionID: "financial-overview", CreatedBy: "emp-1"}, pending, nil
}

func (l *list) ReserveBatchRow(_ context.Context, _ string, line int, id collaboration.ActivationID) (collaboration.ActivationID, error) {
	if l.rows[line-1].Activation == "" {
		l.rows[line-1].Activation = id
	}
	return l.rows[line-1].Activation, nil
}

func (l *list) FinishBatchRow(_ context.Context, _ string, r collaboration.BatchRow) error {
	l.finishes++
	if l.finishErr != nil {
		if err := l.finishErr(l.finishes); err != nil {
			return err
		}
	}
	l.rows[r.Line-1] = r
	return nil
}

func (l *list) Customer(_ context.Context, office, id string) (collaboration.Customer, error) {
	if id == "unknown" {
		return collaboration.Customer{}, &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	c := collaboration.Customer{ID: id, OfficeID: office, Tasks: []collaboration.Task{{ID: "t-" + id, CustomerID: id, Open: id != "closed"}}}
	if id != "new" {
		c.Administrators = []collaboration.Administrator{{ID: "a", MainContact: true}}
	}
	return c, nil
}

func (l *list) CustomerByNumber(_ context.Context, _ string, n collaboration.OrganisationNumber) (string, error) {
	return "c-" + string(n), nil
}

func (l *list) IsEmployeeAddress(_ context.Context, _, email string) (bool, error) {
	return email == "nils@byran.example", nil
}

func (l *list) OfficeDefaults(context.Context, string) (collaboration.OfficeDefaults, error) {
	return collaboration.OfficeDefaults{}, nil
}

func (l *list) TaskOwner(_ context.Context, _, task string) (string, error) { return task[2:], nil }

// TakeMail refuses more mails to an address than the limit.
func (l *list) TakeMail(_ context.Context, to, _ string) (wait time.Duration) {
	if l.mails == nil {
		return 0
	}
	if l.mails[to]++; l.mails[to] > l.maxMails {
		return time.Minute
	}
	return 0
}

func (l *list) Start(_ context.Context, o collaboration.Order) error {
	l.starts++
	if l.startErr != nil {
		if err := l.startErr(l.starts); err != nil {
			return err
		}
	}
	l.running[o.Activation]++
	return nil
}

func (l *list) Status(_ context.Context, id collaboration.ActivationID) (message.Status, error) {
	if l.running[id] == 0 {
		return message.Status{}, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return message.Status{Activation: id}, nil
}

func newList(customers ...string) *list {
	l := &list{running: map[collaboration.ActivationID]int{}}
	for i, c := range customers {
		r := collaboration.BatchRow{Line: i + 1, Result: collaboration.RowPending, Request: collaboration.Request{CustomerID: c, InvoiceRecipient: collaboration.PaidByOffice}}
		if c == "" {
			r.OrganisationNumber = "5592412117"
		}
		l.rows = append(l.rows, r)
	}
	return l
}

func (l *list) run(t *testing.T) {
	t.Helper()
	if err := l.execute(); err != nil {
		t.Errorf("the batch ended with %v", err)
	}
}

// execute runs one execution.
func (l *list) execute() error {
	env := newEnvironment()
	env.RegisterActivity(activities.NewBatches(l, l, l, catalogue.Embedded))
	env.ExecuteWorkflow(workflows.BatchWorkflow, "b-1")
	return env.GetWorkflowError()
}

// A batch obeys the mail limit of each recipient. The refused rows can be retried.
func TestBatch_ObeysMailLimit(t *testing.T) {
	t.Parallel()
	l := newList("c-1", "c-2", "c-3", "new")
	l.rows[3].Request.Contact = &collaboration.Contact{Name: "Linda", Email: "linda@kund.example", Phone: "+46701234567"}
	l.mails, l.maxMails = map[string]int{}, 2
	l.run(t)
	var got []string
	for _, r := range l.rows {
		got = append(got, string(r.Result)+" "+string(r.Code))
	}
	if want := []string{"started ", "started ", "refused rate_limited", "started "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if l.starts != 3 {
		t.Errorf("%d activations started", l.starts)
	}
}

// A large batch continues as new, which limits the length of its history.
func TestBatch_ContinuesAsNew(t *testing.T) {
	t.Parallel()
	l := newList(slices.Repeat([]string{"c-1"}, 2100)...)
	var again *workflow.ContinueAsNewError
	if err := l.execute(); !errors.As(err, &again) {
		t.Fatalf("the first execution ended with %v, want continue as new", err)
	}
	if l.starts != 2000 {
		t.Errorf("the first execution started %d rows", l.starts)
	}
	l.run(t)
	if l.starts != 2100 {
		t.Errorf("%d rows were started", l.starts)
	}
}

func TestBatch_EachRowHasResult(t *testing.T) {
	t.Parallel()
	l := newList("c-1", "unknown", "closed", "", "c-2")
	l.rows[4].Request.InvoiceRecipient = "me"
	l.run(t)
	want := []string{"started ", "refused customer_not_found", "refused invalid_request", "started ", "refused invalid_request"}
	for i, r := range l.rows {
		if got := string(r.Result) + " " + string(r.Code); got != want[i] {
			t.Errorf("row %d: %s, want %s", i+1, got, want[i])
		}
	}
	if f := l.rows[2].Fields; len(f) != 1 || f[0].Field != "task_id" || f[0].Code != collaboration.CodeNoOpenTask {
		t.Errorf("fields %+v", f)
	}
}

// A row is rejected if its contact has the address of an employee.
func TestBatch_ContactIsNoEmployee(t *testing.T) {
	t.Parallel()
	l := newList("new", "new")
	for i, email := range []string{"linda@har.example", "nils@byran.example"} {
		l.rows[i].Request.Contact = &collaboration.Contact{Name: "Linda", Email: email, Phone: "070-123 45 67"}
	}
	l.run(t)
	if l.rows[0].Result != collaboration.RowStarted {
		t.Errorf("row 1: %+v", l.rows[0])
	}
	want := collaboration.FieldError{Field: "contact.email", Code: collaboration.CodeEmployeeAddress}
	if r := l.rows[1]; r.Result != collaboration.RowRefused || len(r.Fields) != 1 || r.Fields[0] != want {
		t.Errorf("row 2: %+v", r)
	}
}

// A row with an impossible address is rejected with its field, from a list and from a file.
// The other rows are started.
func TestBatch_RejectsImpossibleAddress(t *testing.T) {
	t.Parallel()
	addresses := []string{"linda@kund.example", "anna@kund.example?subject=x", "anna@kund!.", "kund!.", strings.Repeat("a", 65) + "@kund.example", "bo@kund.example"}
	listed, file := newList(slices.Repeat([]string{"new"}, len(addresses))...), "customer_id,invoice_recipient,contact_name,contact_email,contact_phone\n"
	for i, address := range addresses {
		listed.rows[i].Request.Contact = &collaboration.Contact{Name: "Linda", Email: address, Phone: "070-123 45 67"}
		file += "new,office,Linda," + address + ",070-123 45 67\n"
	}
	rows, wrong, err := table.ReadBatch(strings.NewReader(file), "financial-overview")
	if err != nil || len(wrong) > 0 {
		t.Fatal(wrong, err)
	}
	for i := range rows {
		rows[i].Line = i + 1 // its index in the fake store
	}
	for name, l := range map[string]*list{"list": listed, "file": {rows: rows, running: map[collaboration.ActivationID]int{}}} {
		l.run(t)
		for i, row := range l.rows {
			want := collaboration.BatchRow{Result: collaboration.RowStarted}
			if i != 0 && i != len(addresses)-1 {
				want = collaboration.BatchRow{Result: collaboration.RowRefused, Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "contact.email", Code: collaboration.CodeInvalidFormat}}}
			}
			if row.Result != want.Result || row.Code != want.Code || !slices.Equal(row.Fields, want.Fields) {
				t.Errorf("%s, %s: %s %s %+v", name, addresses[i], row.Result, row.Code, row.Fields)
			}
		}
		if l.starts != 2 {
			t.Errorf("%s: %d activations started", name, l.starts)
		}
	}
}

func TestBatch_StartsAllChunks(t *testing.T) {
	t.Parallel()
	var customers []string
	for n := range 95 {
		customers = append(customers, fmt.Sprintf("c-%d", n))
	}
	l := newList(customers...)
	l.run(t)
	if len(l.running) != 95 || l.starts != 95 {
		t.Errorf("%d running after %d starts", len(l.running), l.starts)
	}
}

// Each row is started once, as one activation, also after failures.
func TestBatch_RetriesStartEachRowOnce(t *testing.T) {
	t.Parallel()
	every := func(n int) func(int) error {
		return func(i int) error {
			if i%n == 0 {
				return &collaboration.Error{Code: collaboration.CodeUnavailable}
			}
			return nil
		}
	}
	for name, break_ := range map[string]func(*list){
		"starting fails":             func(l *list) { l.startErr = every(3) },
		"storing the result fails":   func(l *list) { l.finishErr = every(3) },
		"both fail":                  func(l *list) { l.startErr, l.finishErr = every(4), every(3) },
		"result of every start lost": func(l *list) { l.finishErr = every(2) },
	} {
		l := newList("c-1", "c-2", "c-3", "c-4", "c-5", "c-6")
		break_(l)
		l.run(t)
		if len(l.running) != 6 {
			t.Errorf("%s: %d activations", name, len(l.running))
		}
		for id, n := range l.running {
			if n != 1 {
				t.Errorf("%s: %s was started %d times", name, id, n)
			}
		}
		for _, r := range l.rows {
			if r.Result != collaboration.RowStarted || l.running[r.Activation] != 1 {
				t.Errorf("%s: row %+v", name, r)
			}
		}
	}
}

// The result of a row has the ID of the conflicting activation.
func TestBatch_RefusesCustomerWithLiveActivation(t *testing.T) {
	t.Parallel()
	l := newList("c-1")
	l.startErr = func(int) error {
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: "other"}
	}
	l.run(t)
	if r := l.rows[0]; r.Result != collaboration.RowRefused || r.Code != collaboration.CodeActivationExists || r.Activation != "other" {
		t.Errorf("row %+v", r)
	}
}

// An earlier attempt started the row's activation, but its answer was lost.
func TestBatch_AcceptsOwnEarlierStart(t *testing.T) {
	t.Parallel()
	l := newList("c-1")
	l.startErr = func(int) error {
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: l.rows[0].Activation}
	}
	l.run(t)
	if r := l.rows[0]; r.Result != collaboration.RowStarted || r.Activation == "" {
		t.Errorf("row %+v", r)
	}
}
