package workflows_test

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/workflows"
)

const day = 24 * time.Hour

// clicked is when Activate was clicked: the last day of January 2027.
var clicked = time.Date(2027, 1, 31, 9, 30, 0, 0, time.UTC)

func orderFor(sc collaboration.Scenario) collaboration.Order {
	o := collaboration.Order{
		Activation: collaboration.NewActivationID("office-1", "c-1", "financial-overview"),
		OfficeID:   "office-1", CustomerID: "c-1", SolutionID: "financial-overview", Scenario: sc,
		TaskID: "t-1", InvoiceRecipient: collaboration.PaidByOffice,
		Period: collaboration.Period{Start: collaboration.OnApproval}, AgreementMonths: 12,
		Locale: collaboration.Swedish, OnEnd: collaboration.ReadOnly, RequestedBy: "emp-1", RequestedAt: clicked,
	}
	if sc == collaboration.NewCustomer {
		o.Contact = &collaboration.Contact{Name: "Anna Ny", Email: "anna@ny.example", Phone: "070-123 45 67"}
	}
	return o
}

// scene is one run of the workflow in the test environment.
type scene struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	world *world
	order collaboration.Order
}

func newScene(t *testing.T, sc collaboration.Scenario) *scene {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &scene{t: t, env: suite.NewTestWorkflowEnvironment(), world: newWorld(), order: orderFor(sc)}
	s.env.SetStartTime(clicked)
	s.env.SetCurrentHistoryLength(1)
	s.env.SetTestTimeout(30 * time.Second)
	s.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: 30 * time.Second}) // a busy machine is no deadlock
	s.env.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: collaboration.WorkflowType})
	s.env.RegisterWorkflowWithOptions(workflows.LetterWorkflow, workflow.RegisterOptions{Name: collaboration.LetterWorkflowType})
	a, _ := activities.New(s.world, s.world, s.world, s.world)
	s.env.RegisterActivity(a)
	return s
}

func (s *scene) run() { s.runFrom(collaboration.Run{Order: s.order}) }

func (s *scene) runFrom(r collaboration.Run) {
	s.env.ExecuteWorkflow(workflows.ActivationWorkflow, r)
	if !s.env.IsWorkflowCompleted() {
		s.t.Fatal("the workflow did not complete")
	}
}

func (s *scene) after(d time.Duration, f func()) { s.env.RegisterDelayedCallback(f, d) }

// reply is what a message was answered.
type reply struct {
	standing collaboration.Standing
	err      error
	answered bool
	// answering is called when the answer comes.
	answering func()
}

func (r *reply) Accept() {}
func (r *reply) Reject(err error) {
	r.is(err)
	var refused *temporal.ApplicationError
	if errors.As(err, &refused) && refused.HasDetails() {
		if err := refused.Details(&r.standing); err != nil {
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
	if standing, ok := v.(collaboration.Standing); ok {
		r.standing = standing
	}
}

func (r *reply) code() collaboration.Code {
	var refused *temporal.ApplicationError
	if errors.As(r.err, &refused) {
		return collaboration.Code(refused.Type())
	}
	return ""
}

func (s *scene) update(name, id string, m any) *reply {
	r := &reply{}
	s.env.UpdateWorkflow(name, id, r, m)
	return r
}

func (s *scene) decision(id string, outcome collaboration.Outcome) collaboration.Decision {
	d := collaboration.Decision{ID: id, Activation: s.order.Activation, Generation: 1, Outcome: outcome, By: "admin-1"}
	if outcome == collaboration.Approve {
		d.TermsVersion, d.TermsHash, d.Locale = "2026-11", "hash", collaboration.Swedish
	} else {
		d.Reason = collaboration.ReasonPrice
	}
	return d
}

func (s *scene) approveAfter(d time.Duration) {
	s.after(d, func() { s.update(collaboration.DecideMessage, "d-1", s.decision("d-1", collaboration.Approve)) })
}

func (s *scene) result() (standing collaboration.Standing) {
	s.t.Helper()
	if err := s.env.GetWorkflowResult(&standing); err != nil {
		s.t.Fatalf("result: %v", err)
	}
	return standing
}

func (s *scene) wantDone(want ...string) {
	s.t.Helper()
	if got := s.world.done(); !slices.Equal(got, want) {
		s.t.Errorf("done:\n got %q\nwant %q", got, want)
	}
}

// provisioned is what each scenario does before it waits; undone what giving
// up takes back.
var (
	provisioned = map[collaboration.Scenario][]string{
		collaboration.HasSolution: {"check task", "mail", "invited"},
		collaboration.OnPlatform:  {"check task", "activate solution", "mail", "invited"},
		collaboration.NewCustomer: {"check task", "activate solution", "create administrator", "mail", "invited"},
	}
	undone = map[collaboration.Scenario][]string{
		collaboration.HasSolution: {},
		collaboration.OnPlatform:  {"deactivate solution"},
		collaboration.NewCustomer: {"remove administrator", "deactivate solution"},
	}
	scenarios = []collaboration.Scenario{collaboration.HasSolution, collaboration.OnPlatform, collaboration.NewCustomer}
)

func after(lists ...[]string) []string { return slices.Concat(lists...) }

// continued reads what the run handed to the next term.
func (s *scene) continued() collaboration.Run {
	s.t.Helper()
	var again *workflow.ContinueAsNewError
	if err := s.env.GetWorkflowError(); !errors.As(err, &again) {
		s.t.Fatalf("got %v, want continue as new", err)
	}
	var r collaboration.Run
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &r); err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestApprovedActivationRunsOneTermAndRenews(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(string(sc), func(t *testing.T) {
			s := newScene(t, sc)
			s.approveAfter(3 * day)
			s.run()
			s.wantDone(after(provisioned[sc], []string{"start agreement", "renew"})...)
			r := s.continued()
			if a := r.Carried.Standing.Agreement; a.Term != 2 || a.StartsOn.String() != "2027-02-03" || a.EndsOn().String() != "2029-02-03" {
				t.Errorf("next term: %+v ending %s", a, a.EndsOn())
			}
			if got, want := s.env.Now(), time.Date(2028, 2, 2, 23, 0, 0, 0, time.UTC); got.Before(want) || got.After(want.Add(time.Minute)) {
				t.Errorf("renewed at %s, want midnight in Stockholm, %s", got, want)
			}
			if d := s.world.start.Decision; d.TermsHash != "hash" || d.By != "admin-1" || !d.At.Equal(clicked.Add(3*day)) {
				t.Errorf("decision kept: %+v", d)
			}
		})
	}
}

func TestWhatStopsAnActivationIsUndone(t *testing.T) {
	stops := []struct {
		name  string
		state collaboration.State
		by    string
		do    func(*scene)
	}{
		{"declined by update", collaboration.Declined, "admin-1", func(s *scene) {
			s.update(collaboration.DecideMessage, "d-1", s.decision("d-1", collaboration.Decline))
		}},
		{"declined by signal", collaboration.Declined, "admin-1", func(s *scene) {
			s.env.SignalWorkflow(collaboration.DecideMessage, s.decision("d-1", collaboration.Decline))
		}},
		{"withdrawn by update", collaboration.Withdrawn, "emp-2", func(s *scene) {
			s.update(collaboration.WithdrawMessage, "w-1", collaboration.Withdrawal{ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
		}},
		{"withdrawn by signal", collaboration.Withdrawn, "emp-2", func(s *scene) {
			s.env.SignalWorkflow(collaboration.WithdrawMessage, collaboration.Withdrawal{ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
		}},
		{"expired", collaboration.Expired, collaboration.ActorSystem, func(*scene) {}},
		{"cancelled", collaboration.Withdrawn, collaboration.ActorOperator, func(s *scene) { s.env.CancelWorkflow() }},
	}
	for _, sc := range scenarios {
		for _, stop := range stops {
			t.Run(string(sc)+"/"+stop.name, func(t *testing.T) {
				s := newScene(t, sc)
				s.after(2*day, func() { stop.do(s) })
				s.run()
				s.wantDone(after(provisioned[sc], undone[sc], []string{"close"})...)
				if c := s.world.closing; c.State != stop.state || c.By != stop.by || c.Code != "" {
					t.Errorf("closed as %s by %s (%s), want %s by %s", c.State, c.By, c.Code, stop.state, stop.by)
				}
				if cancelled := temporal.IsCanceledError(s.env.GetWorkflowError()); cancelled != (stop.name == "cancelled") {
					t.Errorf("run ended with %v", s.env.GetWorkflowError())
				}
				if stop.state == collaboration.Expired {
					if got := s.env.Now().Sub(clicked); got < 30*day || got > 30*day+time.Minute {
						t.Errorf("expired after %s", got)
					}
				}
			})
		}
	}
}

func TestAStepThatFailsForGoodIsUndone(t *testing.T) {
	tests := []struct {
		step string
		code collaboration.Code
		want []string
	}{
		{"check task", collaboration.CodeTaskClosed, []string{"check task", "remove administrator", "deactivate solution", "close"}},
		{"activate solution", collaboration.CodeSolutionNotFound, []string{"check task", "activate solution", "remove administrator", "deactivate solution", "close"}},
		{"create administrator", collaboration.CodeInvalidRequest, []string{"check task", "activate solution", "create administrator", "remove administrator", "deactivate solution", "close"}},
		{"mail", collaboration.CodeMailRejected, []string{"check task", "activate solution", "create administrator", "mail", "mail failed", "remove administrator", "deactivate solution", "close"}},
	}
	for _, tt := range tests {
		t.Run(tt.step, func(t *testing.T) {
			s := newScene(t, collaboration.NewCustomer)
			s.world.fail[tt.step] = always(tt.code)
			s.run()
			s.wantDone(tt.want...)
			if s.world.closing.State != collaboration.Failed || s.world.closing.Code != tt.code {
				t.Errorf("closed as %s (%s)", s.world.closing.State, s.world.closing.Code)
			}
			if s.env.GetWorkflowError() == nil {
				t.Error("the run must fail, so that an operator sees it")
			}
		})
	}
}

func TestAStepIsTriedAgainUntilItWorks(t *testing.T) {
	for _, step := range []string{"check task", "activate solution", "create administrator", "mail", "invited", "start agreement"} {
		t.Run(step, func(t *testing.T) {
			s := newScene(t, collaboration.NewCustomer)
			s.world.fail[step] = firstly(4, collaboration.CodeUnavailable)
			s.approveAfter(3 * day)
			s.run()
			s.continued()
			if got := s.world.count(step); got != 5 {
				t.Errorf("%s ran %d times, want 5", step, got)
			}
			if s.world.count("deactivate solution")+s.world.count("remove administrator")+s.world.count("close") != 0 {
				t.Error("something was undone")
			}
		})
	}
}

// The test environment stops at ten attempts; on an engine it takes a day.
func TestAStepThatNeverWorksIsGivenUp(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	s.world.fail["activate solution"] = always(collaboration.CodeUnavailable)
	s.run()
	if c := s.world.closing; c.State != collaboration.Failed || c.Code != collaboration.CodeUnavailable {
		t.Errorf("closed as %s (%s)", c.State, c.Code)
	}
	if s.world.count("deactivate solution") != 1 {
		t.Error("the solution may have been activated, and must be taken back")
	}
}

func TestWithdrawalInterruptsAStepThatIsBeingRetried(t *testing.T) {
	s := newScene(t, collaboration.NewCustomer)
	s.world.fail["mail"] = always(collaboration.CodeMailUnavailable)
	s.after(2*time.Minute, func() {
		s.update(collaboration.WithdrawMessage, "w-1", collaboration.Withdrawal{ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
	})
	s.run()
	if s.world.closing.State != collaboration.Withdrawn {
		t.Errorf("closed as %s", s.world.closing.State)
	}
	if got := s.env.Now().Sub(clicked); got > 3*time.Minute {
		t.Errorf("it took until %s after the click", got)
	}
	if s.world.count("remove administrator") != 1 || s.world.count("deactivate solution") != 1 {
		t.Errorf("not all was undone: %q", s.world.done())
	}
}

func TestOneUndoThatFailsDoesNotKeepTheOthers(t *testing.T) {
	s := newScene(t, collaboration.NewCustomer)
	s.world.fail["remove administrator"] = always(collaboration.CodeForbidden)
	s.run() // expires
	if s.world.count("deactivate solution") != 1 || s.world.count("close") != 1 {
		t.Errorf("done: %q", s.world.done())
	}
	if s.env.GetWorkflowError() == nil {
		t.Error("an undo that failed must be seen")
	}
}

func TestCancelledAtOnceChangesNothingMore(t *testing.T) {
	s := newScene(t, collaboration.NewCustomer)
	s.world.fail["check task"] = always(collaboration.CodeUnavailable)
	s.after(time.Minute, s.env.CancelWorkflow)
	s.run()
	if s.world.count("activate solution") != 0 || s.world.closing.State != collaboration.Withdrawn {
		t.Errorf("done: %q, closed as %s", s.world.done(), s.world.closing.State)
	}
}
