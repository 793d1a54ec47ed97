package workflows_test

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/eventually"
	"countersign/internal/temporalx"
	"countersign/workflows"
)

const day = 24 * time.Hour

// requestedAt is the time of the request, on the last day of January 2027.
var requestedAt = time.Date(2027, 1, 31, 9, 30, 0, 0, time.UTC)

func orderFor(sc collaboration.Scenario) collaboration.Order {
	o := collaboration.Order{
		Activation: collaboration.NewActivationID("office-1", "c-1", "financial-overview"),
		OfficeID:   "office-1", CustomerID: "c-1", SolutionID: "financial-overview", Scenario: sc,
		TaskID: "t-1", InvoiceRecipient: collaboration.PaidByOffice,
		Period: collaboration.Period{Start: collaboration.OnApproval}, AgreementMonths: 12,
		Locale: collaboration.Swedish, OnEnd: collaboration.EndPolicies{collaboration.ReadOnly, collaboration.ContinueAlone}, RequestedBy: "emp-1", RequestedAt: requestedAt,
	}
	if sc == collaboration.NewCustomer {
		o.Contact = &collaboration.Contact{Name: "Anna Ny", Email: "anna@ny.example", Phone: "070-123 45 67"}
	}
	return o
}

// scene runs an activation in the test environment. Each term has its own execution; env is
// the environment of the current one.
type scene struct {
	t       *testing.T
	env     *testsuite.TestWorkflowEnvironment
	backend *backend
	// store is the backend, or a database.
	store activities.Store
	order collaboration.Order
	// plan has the external events and their times.
	plan []*planned
	// executions counts the executions.
	executions int
	// onActivity is called when an activity starts; nil for none.
	onActivity func(*activity.Info)
}

type planned struct {
	at   time.Time
	f    func()
	done bool
}

// newEnvironment returns a test environment without the SDK's limits of one and
// three seconds, which a loaded machine exceeds.
func newEnvironment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(eventually.Deadline)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: eventually.Deadline})
	return env
}

func newScene(t *testing.T, sc collaboration.Scenario) *scene {
	t.Helper()
	return newSceneWith(t, sc, collaboration.Catalogue{})
}

// newSceneWith is newScene with a catalogue for renewals.
func newSceneWith(t *testing.T, sc collaboration.Scenario, c collaboration.Catalogue) *scene {
	t.Helper()
	s := &scene{t: t, backend: newBackend(), order: orderFor(sc)}
	s.store, s.backend.catalogue = s.backend, c
	s.newExecution(requestedAt)
	return s
}

func (s *scene) newExecution(start time.Time) {
	s.env = newEnvironment()
	s.env.SetStartTime(start)
	s.env.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: temporalx.ActivationWorkflowType})
	s.env.RegisterWorkflowWithOptions(workflows.NotificationWorkflow, workflow.RegisterOptions{Name: temporalx.NotificationWorkflowType})
	s.env.RegisterWorkflowWithOptions(workflows.DirectoryMailWorkflow, workflow.RegisterOptions{Name: temporalx.DirectoryMailWorkflowType})
	a, _ := activities.New(s.store, s.backend, s.backend, s.backend, s.backend.catalogue)
	s.env.RegisterActivity(a)
	s.listen()
}

// run runs the invitation and the first term.
func (s *scene) run() { s.runFrom(message.NewState(s.order)) }

// runFrom runs executions until the activation is closed, or its next term begins.
func (s *scene) runFrom(state message.State) {
	s.t.Helper()
	for {
		s.execute(state)
		next, ok := s.carried()
		if !ok || next.Status.Agreement != nil && next.Status.Agreement.Term > 1 && next.Closing == nil {
			return
		}
		state = next
		s.newExecution(s.env.Now())
	}
}

// runNextTerm runs the term that the last execution continued with.
func (s *scene) runNextTerm() {
	s.t.Helper()
	state := s.continued()
	s.newExecution(s.env.Now())
	s.runFrom(state)
}

// execute runs one execution.
func (s *scene) execute(state message.State) {
	s.t.Helper()
	s.executions++
	start := s.env.Now()
	for _, p := range s.plan {
		if !p.done {
			s.env.RegisterDelayedCallback(func() { p.done = true; p.f() }, max(p.at.Sub(start), 0))
		}
	}
	s.env.ExecuteWorkflow(workflows.ActivationWorkflow, state)
	if !s.env.IsWorkflowCompleted() {
		s.t.Fatal("the workflow did not complete")
	}
}

// after plans an event, relative to the start of the first execution.
func (s *scene) after(d time.Duration, f func()) {
	s.plan = append(s.plan, &planned{at: s.env.Now().Add(d), f: f})
}

// reply is the answer to an Update.
type reply struct {
	status   message.Status
	err      error
	answered bool
	// answering is called with the answer.
	answering func()
}

func (r *reply) Accept() {}
func (r *reply) Reject(err error) {
	r.is(err)
	var rejected *temporal.ApplicationError
	if errors.As(err, &rejected) && rejected.HasDetails() {
		if err := rejected.Details(&r.status); err != nil {
			r.err = err
		}
	}
}
func (r *reply) is(err error) {
	r.err, r.answered = err, true
	if r.answering != nil {
		r.answering()
	}
}
func (r *reply) Complete(v any, err error) {
	r.is(err)
	if status, ok := v.(message.Status); ok {
		r.status = status
	}
}

func (r *reply) code() collaboration.Code {
	var rejected *temporal.ApplicationError
	if errors.As(r.err, &rejected) {
		return collaboration.Code(rejected.Type())
	}
	return ""
}

func (s *scene) update(id string, c message.Command) *reply {
	r := &reply{}
	s.updateInto(r, id, c)
	return r
}

func (s *scene) updateInto(r *reply, id string, c message.Command) {
	s.env.UpdateWorkflow(string(c.Kind), id, r, c)
}

func (s *scene) signal(c message.Command) { s.env.SignalWorkflow(message.Signal, c) }

func (s *scene) decision(id string, outcome collaboration.Outcome) message.Command {
	d := collaboration.Decision{ID: id, Activation: s.order.Activation, Generation: 1, Outcome: outcome, By: "admin-1"}
	if outcome == collaboration.Approve {
		d.Offer = &collaboration.Offer{TermsVersion: "2026-11", TermsHash: "hash", Locale: collaboration.Swedish}
	} else {
		d.Reason = collaboration.ReasonPrice
	}
	return message.Decide(d)
}

func (s *scene) approveAfter(d time.Duration) {
	s.after(d, func() { s.update("d-1", s.decision("d-1", collaboration.Approve)) })
}

func (s *scene) result() (status message.Status) {
	s.t.Helper()
	if err := s.env.GetWorkflowResult(&status); err != nil {
		s.t.Fatalf("result: %v", err)
	}
	return status
}

func (s *scene) wantDone(want ...string) {
	s.t.Helper()
	if got := s.backend.done(); !slices.Equal(got, want) {
		s.t.Errorf("done:\n got %q\nwant %q", got, want)
	}
}

// provisioned has the calls of each scenario up to the invitation, and compensated those of
// its compensations.
var (
	provisioned = map[collaboration.Scenario][]string{
		collaboration.HasSolution: {"check task", "mail", "invited"},
		collaboration.OnPlatform:  {"check task", "activate solution", "mail", "invited"},
		collaboration.NewCustomer: {"check task", "activate solution", "create administrator", "mail", "invited"},
	}
	compensated = map[collaboration.Scenario][]string{
		collaboration.HasSolution: {},
		collaboration.OnPlatform:  {"deactivate solution"},
		collaboration.NewCustomer: {"remove administrator", "deactivate solution"},
	}
	scenarios = []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer}
)

func after(lists ...[]string) []string { return slices.Concat(lists...) }

// continued returns the state of the next term.
func (s *scene) continued() message.State {
	s.t.Helper()
	state, ok := s.carried()
	if !ok {
		s.t.Fatalf("got %v, want continue as new", s.env.GetWorkflowError())
	}
	return state
}

// carried returns the state that the execution continued as new with; ok is false if it did
// not.
func (s *scene) carried() (state message.State, ok bool) {
	s.t.Helper()
	var again *workflow.ContinueAsNewError
	if !errors.As(s.env.GetWorkflowError(), &again) {
		return state, false
	}
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &state); err != nil {
		s.t.Fatal(err)
	}
	return state, true
}

func TestActivation_RunsOneTermAndRenews(t *testing.T) {
	t.Parallel()
	for _, sc := range scenarios {
		t.Run(string(sc), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, sc)
			s.approveAfter(3 * day)
			s.run()
			s.wantDone(after(provisioned[sc], []string{"approve", "start agreement", "renew"})...)
			r := s.continued()
			if a := r.Status.Agreement; a.Term != 2 || a.StartsOn.String() != "2027-02-03" || a.EndsOn().String() != "2029-02-03" {
				t.Errorf("next term: %+v ending %s", a, a.EndsOn())
			}
			if got, want := s.env.Now(), time.Date(2028, 2, 2, 23, 0, 0, 0, time.UTC); got.Before(want) || got.After(want.Add(time.Minute)) {
				t.Errorf("renewed at %s, want midnight in Stockholm, %s", got, want)
			}
			if d := s.backend.approval.Decision; d.Offer == nil || d.Offer.TermsHash != "hash" || d.By != "admin-1" || !d.At.Equal(requestedAt.Add(3*day)) {
				t.Errorf("stored decision: %+v", d)
			}
		})
	}
}

func TestCompensation_AfterEachOutcome(t *testing.T) {
	t.Parallel()
	stops := []struct {
		name  string
		state collaboration.State
		by    string
		do    func(*scene)
	}{
		{"declined by update", collaboration.Declined, "admin-1", func(s *scene) {
			s.update("d-1", s.decision("d-1", collaboration.Decline))
		}},
		{"declined by signal", collaboration.Declined, "admin-1", func(s *scene) {
			s.signal(s.decision("d-1", collaboration.Decline))
		}},
		{"withdrawn by update", collaboration.Withdrawn, "emp-2", func(s *scene) {
			s.update("w-1", message.Command{Kind: collaboration.CommandWithdraw, ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
		}},
		{"withdrawn by signal", collaboration.Withdrawn, "emp-2", func(s *scene) {
			s.signal(message.Command{Kind: collaboration.CommandWithdraw, ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
		}},
		{"expired", collaboration.Expired, collaboration.ActorSystem, func(*scene) {}},
		{"cancelled", collaboration.Withdrawn, collaboration.ActorOperator, func(s *scene) { s.env.CancelWorkflow() }},
	}
	for _, sc := range scenarios {
		for _, stop := range stops {
			t.Run(string(sc)+"/"+stop.name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, sc)
				s.after(2*day, func() { stop.do(s) })
				s.run()
				s.wantDone(after(provisioned[sc], compensated[sc], []string{"close"})...)
				if c := s.backend.closing; c.State != stop.state || c.By != stop.by || c.Code != "" {
					t.Errorf("closed as %s by %s (%s), want %s by %s", c.State, c.By, c.Code, stop.state, stop.by)
				}
				if cancelled := temporal.IsCanceledError(s.env.GetWorkflowError()); cancelled != (stop.name == "cancelled") {
					t.Errorf("the execution ended with %v", s.env.GetWorkflowError())
				}
				if stop.state == collaboration.Expired {
					if got := s.env.Now().Sub(requestedAt); got < 30*day || got > 30*day+time.Minute {
						t.Errorf("expired after %s", got)
					}
				}
			})
		}
	}
}

func TestCompensation_AfterNonRetryableFailure(t *testing.T) {
	t.Parallel()
	tests := []struct {
		step string
		code collaboration.Code
		want []string
	}{
		{"check task", collaboration.CodeTaskClosed, []string{"check task", "remove administrator", "deactivate solution", "close"}},
		{"activate solution", collaboration.CodeSolutionNotFound, []string{"check task", "activate solution", "remove administrator", "deactivate solution", "close"}},
		{"create administrator", collaboration.CodeInvalidRequest, []string{"check task", "activate solution", "create administrator", "remove administrator", "deactivate solution", "close"}},
	}
	for _, tt := range tests {
		t.Run(tt.step, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			s.backend.fail[tt.step] = always(tt.code)
			s.run()
			s.wantDone(tt.want...)
			if s.backend.closing.State != collaboration.Failed || s.backend.closing.Code != tt.code {
				t.Errorf("closed as %s (%s)", s.backend.closing.State, s.backend.closing.Code)
			}
			if s.env.GetWorkflowError() == nil {
				t.Error("the execution must fail, so that operators are alerted")
			}
		})
	}
}

func TestSteps_AreRetried(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"check task", "activate solution", "create administrator", "mail", "invited", "approve", "start agreement"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			s.backend.fail[step] = firstly(4, collaboration.CodeUnavailable)
			s.approveAfter(3 * day)
			s.run()
			s.continued()
			if got := s.backend.count(step); got != 5 {
				t.Errorf("%s ran %d times, want 5", step, got)
			}
			if s.backend.count("deactivate solution")+s.backend.count("remove administrator")+s.backend.count("close") != 0 {
				t.Errorf("compensated: %q", s.backend.done())
			}
		})
	}
}

// The test environment stops after ten attempts; a Temporal server stops after a day.
func TestProvisioning_FailsAfterRetries(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["activate solution"] = always(collaboration.CodeUnavailable)
	s.run()
	if c := s.backend.closing; c.State != collaboration.Failed || c.Code != collaboration.CodeUnavailable {
		t.Errorf("closed as %s (%s)", c.State, c.Code)
	}
	if s.backend.count("deactivate solution") != 1 {
		t.Error("the solution may have been activated, and must be compensated")
	}
}

func TestWithdraw_InterruptsRetries(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	s.backend.fail["mail"] = always(collaboration.CodeMailUnavailable)
	s.after(2*time.Minute, func() {
		s.update("w-1", message.Command{Kind: collaboration.CommandWithdraw, ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
	})
	s.run()
	if s.backend.closing.State != collaboration.Withdrawn {
		t.Errorf("closed as %s", s.backend.closing.State)
	}
	if got := s.env.Now().Sub(requestedAt); got > 3*time.Minute {
		t.Errorf("it took %s", got)
	}
	if s.backend.count("remove administrator") != 1 || s.backend.count("deactivate solution") != 1 {
		t.Errorf("not everything was compensated: %q", s.backend.done())
	}
}

func TestCompensation_ContinuesAfterFailure(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	s.backend.fail["remove administrator"] = always(collaboration.CodeForbidden)
	s.run() // expires
	if s.backend.count("deactivate solution") != 1 || s.backend.count("close") != 1 {
		t.Errorf("done: %q", s.backend.done())
	}
	if s.env.GetWorkflowError() == nil {
		t.Error("the execution must fail after a failed compensation")
	}
}

func TestCancel_DuringProvisioning(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	s.backend.fail["check task"] = always(collaboration.CodeUnavailable)
	s.after(time.Minute, func() { s.env.CancelWorkflow() })
	s.run()
	if s.backend.count("activate solution") != 0 || s.backend.closing.State != collaboration.Withdrawn {
		t.Errorf("done: %q, closed as %s", s.backend.done(), s.backend.closing.State)
	}
}
