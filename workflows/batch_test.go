package workflows_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/workflows"
)

// list is a batch and the engine that its activations start on.
type list struct {
	rows    []collaboration.BatchRow
	running map[collaboration.ActivationID]int
	// startErr is what the nth start comes to, from 1; finishErr the nth record.
	starts, finishes    int
	startErr, finishErr func(n int) error
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
	if id == "nobody" {
		return collaboration.Customer{}, &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return collaboration.Customer{ID: id, OfficeID: office, Tasks: []collaboration.Task{{ID: "t-" + id, CustomerID: id, Open: id != "closed"}},
		Administrators: []collaboration.Administrator{{ID: "a", MainContact: true}}}, nil
}

func (l *list) CustomerByNumber(_ context.Context, _ string, n collaboration.OrganisationNumber) (string, error) {
	return "c-" + string(n), nil
}

func (l *list) TaskOwner(_ context.Context, _, task string) (string, error) { return task[2:], nil }

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

func (l *list) Standing(_ context.Context, id collaboration.ActivationID) (collaboration.Standing, error) {
	if l.running[id] == 0 {
		return collaboration.Standing{}, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return collaboration.Standing{Activation: id}, nil
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

func (l *list) run(t *testing.T) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(activities.NewBatches(l, l, collaboration.DefaultCatalogue))
	env.ExecuteWorkflow(workflows.BatchWorkflow, "b-1")
	if err := env.GetWorkflowError(); err != nil {
		t.Errorf("the batch ended with %v", err)
	}
	return env
}

func TestEveryRowOfABatchHasItsResult(t *testing.T) {
	l := newList("c-1", "nobody", "closed", "", "c-2")
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

func TestALongBatch(t *testing.T) {
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

// Whatever fails in between, each row is started once, as one activation.
func TestAnInterruptedBatchStartsNothingTwice(t *testing.T) {
	every := func(n int) func(int) error {
		return func(i int) error {
			if i%n == 0 {
				return &collaboration.Error{Code: collaboration.CodeUnavailable}
			}
			return nil
		}
	}
	for name, break_ := range map[string]func(*list){
		"starting fails":           func(l *list) { l.startErr = every(3) },
		"recording it fails":       func(l *list) { l.finishErr = every(3) },
		"both fail":                func(l *list) { l.startErr, l.finishErr = every(4), every(3) },
		"started, and not told so": func(l *list) { l.finishErr = every(2) },
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

// Another activation is live: the row says which.
func TestACustomerWithALiveActivationIsRefused(t *testing.T) {
	l := newList("c-1")
	l.startErr = func(int) error {
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: "other"}
	}
	l.run(t)
	if r := l.rows[0]; r.Result != collaboration.RowRefused || r.Code != collaboration.CodeActivationExists || r.Activation != "other" {
		t.Errorf("row %+v", r)
	}
}

// The engine knows the row's own activation, from an attempt whose answer was
// lost: it was started.
func TestARowsOwnActivationIsNotInItsWay(t *testing.T) {
	l := newList("c-1")
	l.startErr = func(int) error {
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: l.rows[0].Activation}
	}
	l.run(t)
	if r := l.rows[0]; r.Result != collaboration.RowStarted || r.Activation == "" {
		t.Errorf("row %+v", r)
	}
}
