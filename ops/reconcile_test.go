package ops_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"golang.org/x/time/rate"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
	"countersign/ops"
)

// compared is a database and a Temporal server with at most one activation. It records the
// repairs.
type compared struct {
	ops.Client
	stored    []collaboration.Activation
	batches   []collaboration.Batch
	execution *ops.Execution // nil if Temporal has none
	// onDescribe happens while the execution is read; nil for nothing.
	onDescribe func()
	hasOrder   bool
	lastEvent  time.Time
	restored   message.State
	repairs    []string
}

func (c *compared) OpenActivations(_ context.Context, _ string, after collaboration.ActivationID, _ int) (live []collaboration.ActivationID, err error) {
	for _, a := range c.stored {
		if after == "" && a.State.IsLive() {
			live = append(live, a.ID)
		}
	}
	return live, nil
}

func (c *compared) OpenBatches(_ context.Context, _, after string, _ int) ([]collaboration.Batch, error) {
	if after != "" {
		return nil, nil
	}
	return c.batches, nil
}

func (c *compared) Activation(_ context.Context, id collaboration.ActivationID) (collaboration.Activation, error) {
	for _, a := range c.stored {
		if a.ID == id {
			return a, nil
		}
	}
	return collaboration.Activation{}, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
}

func (c *compared) Events(context.Context, collaboration.ActivationID, int) ([]collaboration.Event, error) {
	return nil, nil
}

func (c *compared) Customer(context.Context, string, string) (collaboration.Customer, error) {
	return collaboration.Customer{Administrators: []collaboration.Administrator{
		{ID: "a-1", Contact: collaboration.Contact{Name: "Imported"}}, {ID: "a-2", Contact: collaboration.Contact{Name: "Created"}, CreatedBy: anID},
	}}, nil
}

func (c *compared) Find(context.Context, string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if c.execution != nil && c.execution.Status == ops.Running {
			yield(c.execution.ID, nil)
		}
	}
}

func (c *compared) Describe(_ context.Context, id string) (ops.Execution, error) {
	if c.onDescribe != nil {
		c.onDescribe()
	}
	if c.execution == nil || c.execution.ID != id {
		return ops.Execution{}, serviceerror.NewNotFound("no execution")
	}
	return *c.execution, nil
}

func (c *compared) Reset(context.Context, ops.Execution) error {
	c.repairs = append(c.repairs, "reset")
	return nil
}

func (c *compared) ResetToStart(context.Context, ops.Execution) error {
	c.repairs = append(c.repairs, "reset to the start")
	return nil
}

func (c *compared) Restore(_ context.Context, s message.State, replace bool) error {
	c.restored = s
	c.repairs = append(c.repairs, fmt.Sprintf("restore, replace %t", replace))
	return nil
}

func (c *compared) StartBatch(_ context.Context, office, id string) error {
	c.repairs = append(c.repairs, "start batch "+id+" of "+office)
	return nil
}

func (c *compared) Terminate(context.Context, ops.Execution, string) error {
	c.repairs = append(c.repairs, "terminate")
	return nil
}

func (c *compared) HasOrder(context.Context, ops.Execution) (bool, error) { return c.hasOrder, nil }
func (c *compared) LastEvent(context.Context, ops.Execution) (time.Time, error) {
	return c.lastEvent, nil
}

const (
	anID    = collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaa")
	otherID = collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb")
)

var (
	today   = time.Date(2027, time.May, 3, 10, 0, 0, 0, time.UTC)
	longAgo = today.AddDate(0, 0, -2)
)

func storedIn(state collaboration.State) collaboration.Activation {
	return collaboration.Activation{ID: anID, OfficeID: "office-1", State: state, UpdatedAt: longAgo, Scenario: collaboration.NewCustomer}
}

func activeUntil(day collaboration.Date) collaboration.Activation {
	a := storedIn(collaboration.Active)
	a.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 1, Day: 1}, Started: true, Months: 12, Term: 1, Renews: true, EndOn: day}
	return a
}

func executionIn(state collaboration.State, change ...func(*ops.Execution)) *ops.Execution {
	x := &ops.Execution{ID: anID.WorkflowID(), RunID: "run", Type: temporalx.ActivationWorkflowType, Activation: anID, State: state, Phase: collaboration.Phase(state), Status: ops.Running, StartedAt: longAgo}
	for _, c := range change {
		c(x)
	}
	return x
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	of := func(id collaboration.ActivationID) func(*ops.Execution) {
		return func(x *ops.Execution) { x.Activation = id }
	}
	closed := func(s ops.Status) func(*ops.Execution) { return func(x *ops.Execution) { x.Status = s } }
	working := func(x *ops.Execution) { x.Task = &ops.Task{Attempt: 1} }
	retrying := func(x *ops.Execution) { x.Activities = []ops.Activity{{Type: "CheckTask"}} }
	young := func(x *ops.Execution) { x.StartedAt = today.Add(-time.Minute) }
	until := func(a collaboration.Activation) func(*ops.Execution) {
		return func(x *ops.Execution) { x.Phase, x.AgreementEnds = a.Phase(), a.Agreement.Ends() }
	}
	just := func(a collaboration.Activation) collaboration.Activation {
		a.UpdatedAt = today.Add(-time.Minute)
		return a
	}
	awaiting, active, ending := storedIn(collaboration.AwaitingApproval), activeUntil(collaboration.Date{}), activeUntil(collaboration.Date{Year: 2027, Month: 8, Day: 1})
	noticed, shorter := activeUntil(collaboration.Date{}), activeUntil(collaboration.Date{Year: 2027, Month: 7, Day: 1})
	noticed.Agreement.Renews = false
	for name, tt := range map[string]struct {
		stored    []collaboration.Activation
		batches   []collaboration.Batch
		execution *ops.Execution
		hasOrder  bool
		lastEvent time.Time
		want      string
		failed    bool // it needs a person
	}{
		"nothing":                        {},
		"equal":                          {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.AwaitingApproval)},
		"equal, active":                  {stored: []collaboration.Activation{active}, execution: executionIn(collaboration.Active, until(active))},
		"lost":                           {stored: []collaboration.Activation{awaiting}, want: "restore, replace false"},
		"lost just now":                  {stored: []collaboration.Activation{just(awaiting)}, want: "restore, replace false"},
		"an earlier one of the two":      {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.Declined, of(otherID), closed("Completed")), want: "restore, replace false"},
		"another one runs":               {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.AwaitingApproval, of(otherID)), hasOrder: true, failed: true},
		"terminated":                     {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.AwaitingApproval, closed(ops.Terminated)), want: "reset"},
		"timed out":                      {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.AwaitingApproval, closed(ops.TimedOut)), want: "reset"},
		"completed, outcome lost":        {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.Declined, closed("Completed")), want: "reset to the start"},
		"failed":                         {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.Declined, closed("Failed")), want: "reset to the start"},
		"the execution is behind":        {stored: []collaboration.Activation{active}, execution: executionIn(collaboration.AwaitingApproval), want: "restore, replace true"},
		"behind, and works":              {stored: []collaboration.Activation{active}, execution: executionIn(collaboration.AwaitingApproval, working)},
		"behind, and retries":            {stored: []collaboration.Activation{active}, execution: executionIn(collaboration.AwaitingApproval, retrying)},
		"behind, stored just now":        {stored: []collaboration.Activation{just(active)}, execution: executionIn(collaboration.AwaitingApproval)},
		"behind, started just now":       {stored: []collaboration.Activation{active}, execution: executionIn(collaboration.AwaitingApproval, young)},
		"the database is behind":         {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.Active, until(active)), want: "reset to the start"},
		"the execution lacks the end":    {stored: []collaboration.Activation{ending}, execution: executionIn(collaboration.Active, until(active)), lastEvent: longAgo.Add(-time.Hour), want: "restore, replace true"},
		"the execution lacks the notice": {stored: []collaboration.Activation{noticed}, execution: executionIn(collaboration.Active, until(active)), lastEvent: longAgo.Add(-time.Hour), want: "restore, replace true"},
		"the execution has another end":  {stored: []collaboration.Activation{ending}, execution: executionIn(collaboration.Active, until(shorter)), lastEvent: longAgo.Add(-time.Hour), want: "restore, replace true"},
		"the database lacks the end":     {stored: []collaboration.Activation{active}, execution: executionIn(collaboration.Active, until(ending)), lastEvent: longAgo.Add(time.Hour), want: "reset to the start"},
		"encrypted":                      {stored: []collaboration.Activation{awaiting}, execution: executionIn(collaboration.AwaitingApproval, of("")), failed: true},
		"not stored":                     {execution: executionIn(collaboration.AwaitingApproval), hasOrder: true, want: "reset to the start"},
		"not stored, no order":           {execution: executionIn(collaboration.Active), want: "terminate"},
		"not stored yet":                 {execution: executionIn(collaboration.Activating, young), hasOrder: true},
		"not stored, no worker":          {execution: executionIn(collaboration.Activating, working), hasOrder: true},
		"not stored, encrypted":          {execution: executionIn(collaboration.Activating, of("")), failed: true},
		"closed in the database":         {stored: []collaboration.Activation{storedIn(collaboration.Withdrawn)}, execution: executionIn(collaboration.AwaitingApproval), want: "terminate"},
		"closed just now":                {stored: []collaboration.Activation{just(storedIn(collaboration.Withdrawn))}, execution: executionIn(collaboration.AwaitingApproval)},
		"batch without execution":        {batches: []collaboration.Batch{{ID: "b-1", OfficeID: "office-1", CreatedAt: longAgo}}, want: "start batch b-1 of office-1"},
		"new batch":                      {batches: []collaboration.Batch{{ID: "b-1", OfficeID: "office-1", CreatedAt: today}}},
		"batch that runs":                {batches: []collaboration.Batch{{ID: "b-1", OfficeID: "office-1", CreatedAt: longAgo}}, execution: &ops.Execution{ID: "batch-b-1", Status: ops.Running, Task: &ops.Task{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, confirmed := range []bool{false, true} {
				c := &compared{stored: tt.stored, batches: tt.batches, execution: tt.execution, hasOrder: tt.hasOrder, lastEvent: tt.lastEvent}
				outcomes := c.reconcile(t, confirmed)
				var want []string
				var outcome []ops.Outcome
				switch {
				case tt.failed:
					outcome = []ops.Outcome{ops.Failed}
				case tt.want != "" && confirmed:
					want, outcome = []string{tt.want}, []ops.Outcome{ops.Done}
				case tt.want != "":
					outcome = []ops.Outcome{ops.Planned}
				}
				if !slices.Equal(c.repairs, want) || !slices.Equal(outcomes, outcome) {
					t.Errorf("confirmed %t: repairs %q, outcomes %q; want %q, %q", confirmed, c.repairs, outcomes, want, outcome)
				}
			}
		})
	}
}

func (c *compared) reconcile(t *testing.T, confirmed bool) (outcomes []ops.Outcome) {
	t.Helper()
	o := ops.Options{Confirmed: confirmed, Limit: rate.NewLimiter(rate.Inf, 1)}
	err := ops.Reconcile(t.Context(), c, c, o, 10*time.Minute, today, func(r ops.Result) error {
		outcomes = append(outcomes, r.Outcome)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// An activation closes while it is compared: its execution has stored the outcome before.
func TestReconcile_SkipsActivationThatCloses(t *testing.T) {
	t.Parallel()
	c := &compared{stored: []collaboration.Activation{storedIn(collaboration.AwaitingApproval)}, execution: executionIn(collaboration.Declined)}
	c.execution.Status = "Completed"
	c.onDescribe = func() { c.stored[0].State = collaboration.Declined }
	if outcomes := c.reconcile(t, true); len(outcomes)+len(c.repairs) != 0 {
		t.Errorf("%q, %q", outcomes, c.repairs)
	}
}

// The contact of the order is that of the administrator that the activation created. Without
// one the activation closes as failed.
func TestReconcile_RestoresContact(t *testing.T) {
	t.Parallel()
	c := &compared{stored: []collaboration.Activation{storedIn(collaboration.Activating)}}
	c.reconcile(t, true)
	if contact := c.restored.Order.Contact; contact == nil || contact.Name != "Created" || c.restored.Status.State != collaboration.Activating {
		t.Errorf("restored %+v with %+v", c.restored.Status, contact)
	}
	lost, err := message.Restored(storedIn(collaboration.Activating), nil, nil)
	if err != nil || lost.Status.State != collaboration.Failed || lost.Closing.Code != collaboration.CodeUnavailable {
		t.Errorf("without a contact: %+v, %v", lost.Status, err)
	}
}
