package clock_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/dev/clock"
	"countersign/dev/engine"
)

const (
	queue = "clock-test"
	day   = 24 * time.Hour
	year  = 365 * day
)

// Terms runs n terms of a year each, every one in a run of its own, and
// answers with when each began.
func Terms(ctx workflow.Context, n int, began []time.Time) ([]time.Time, error) {
	began = append(began, workflow.Now(ctx))
	if err := workflow.Sleep(ctx, year); err != nil {
		return nil, err
	}
	if n > 1 {
		return nil, workflow.NewContinueAsNewError(ctx, Terms, n-1, began)
	}
	return append(began, workflow.Now(ctx)), nil
}

// Steps sleeps for a day around a normal and a local activity.
func Steps(ctx workflow.Context) (time.Time, error) {
	normal := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	_ = workflow.Sleep(ctx, day)
	if err := workflow.ExecuteActivity(normal, Step).Get(ctx, nil); err != nil {
		return time.Time{}, err
	}
	_ = workflow.Sleep(ctx, day)
	if err := workflow.ExecuteLocalActivity(local, Step).Get(ctx, nil); err != nil {
		return time.Time{}, err
	}
	_ = workflow.Sleep(ctx, day)
	return workflow.Now(ctx), nil
}

func Step(context.Context) error {
	time.Sleep(300 * time.Millisecond)
	return nil
}

// Retries calls an activity that fails twice, an hour between.
func Retries(ctx workflow.Context) (time.Time, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Hour, BackoffCoefficient: 1},
	})
	err := workflow.ExecuteActivity(ctx, FailTwice).Get(ctx, nil)
	return workflow.Now(ctx), err
}

func FailTwice(ctx context.Context) error {
	if activity.GetInfo(ctx).Attempt <= 2 {
		return errors.New("not yet")
	}
	return nil
}

func setup(t *testing.T) client.Client {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Config{NoUI: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: e.Address(),
		Logger:   log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func work(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(Terms)
	w.RegisterWorkflow(Steps)
	w.RegisterWorkflow(Retries)
	w.RegisterActivity(Step)
	w.RegisterActivity(FailTwice)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
}

func execute(t *testing.T, c client.Client, id string, workflow any, args ...any) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: queue}, workflow, args...)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// within fails a test that hangs.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func forward(t *testing.T, c client.Client, id string, d time.Duration) {
	t.Helper()
	if err := clock.FastForward(within(t, 30*time.Second), c, id, d); err != nil {
		t.Fatal(err)
	}
}

func TestOneForwardCrossesTerms(t *testing.T) {
	c := setup(t)
	work(t, c)
	began := time.Now()
	run := execute(t, c, "terms", Terms, 3, []time.Time{})
	forward(t, c, "terms", 3*year+day)

	var terms []time.Time
	if err := run.Get(within(t, 30*time.Second), &terms); err != nil {
		t.Fatal(err)
	}
	if len(terms) != 4 {
		t.Fatalf("%d points in time, want 4", len(terms))
	}
	for i, got := range terms {
		want := began.Add(time.Duration(i) * year)
		if got.Before(want.Add(-time.Second)) || got.After(want.Add(time.Minute)) {
			t.Errorf("term %d began at %s, want about %s", i, got, want)
		}
	}
	t.Logf("three years took %s", time.Since(began).Round(time.Millisecond))
}

func TestForwardAgain(t *testing.T) {
	c := setup(t)
	work(t, c)
	began := time.Now()
	execute(t, c, "again", Terms, 2, []time.Time{})
	for range 4 {
		forward(t, c, "again", 100*day)
	}
	// In the second term by now: the clock of a run is that of the one before.
	now, err := clock.Now(t.Context(), c, "again")
	if err != nil {
		t.Fatal(err)
	}
	if ahead := now.Sub(began); ahead < 400*day || ahead > 401*day {
		t.Errorf("%s ahead, want 400 days", ahead)
	}
}

func TestStepsTakeTheirRealTime(t *testing.T) {
	c := setup(t)
	work(t, c)
	began := time.Now()
	run := execute(t, c, "steps", Steps)
	forward(t, c, "steps", 4*day)
	if took := time.Since(began); took < 600*time.Millisecond {
		t.Errorf("took %s: did not wait for the activities", took)
	}
	var ended time.Time
	if err := run.Get(within(t, 10*time.Second), &ended); err != nil {
		t.Fatal(err)
	}
	if ended.Sub(began) < 3*day {
		t.Errorf("ended %s ahead, want 3 days", ended.Sub(began))
	}
}

func TestRetriesAreOnTheWay(t *testing.T) {
	c := setup(t)
	work(t, c)
	began := time.Now()
	run := execute(t, c, "retries", Retries)
	forward(t, c, "retries", day)
	var ended time.Time
	if err := run.Get(within(t, 10*time.Second), &ended); err != nil {
		t.Fatal(err)
	}
	if ahead := ended.Sub(began); ahead < 2*time.Hour || ahead > 3*time.Hour {
		t.Errorf("ended %s ahead, want two hours", ahead)
	}
}

func TestWithoutAWorkerTimeStands(t *testing.T) {
	c := setup(t)
	began := time.Now()
	run := execute(t, c, "alone", Terms, 1, []time.Time{})
	if err := clock.FastForward(within(t, time.Second), c, "alone", year+day); err == nil {
		t.Error("went on without a worker")
	}
	now, err := clock.Now(t.Context(), c, "alone")
	if err != nil {
		t.Fatal(err)
	}
	if now.Sub(began) > time.Minute {
		t.Errorf("%s ahead without a worker", now.Sub(began))
	}
	work(t, c)
	if err := run.Get(within(t, 20*time.Second), nil); err != nil {
		t.Errorf("did not go on when the worker came: %v", err)
	}
}

func TestOfTwoAtOnceTheLaterCounts(t *testing.T) {
	c := setup(t)
	run := execute(t, c, "two", Terms, 1, []time.Time{})
	first := make(chan error, 1)
	go func() { first <- clock.FastForward(within(t, 30*time.Second), c, "two", 10*day) }()
	// Nothing moves yet, there is no worker: the first one is waiting.
	awaitForward(t, c, "two")
	second := make(chan error, 1)
	go func() { second <- clock.FastForward(within(t, 30*time.Second), c, "two", year+day) }()
	if err := <-first; err == nil {
		t.Error("the first one is said to be done")
	}
	work(t, c)
	if err := <-second; err != nil {
		t.Error(err)
	}
	if err := run.Get(within(t, 10*time.Second), nil); err != nil {
		t.Error(err)
	}
}

// awaitForward returns when a fast-forward is under way.
func awaitForward(t *testing.T, c client.Client, id string) {
	t.Helper()
	ctx := within(t, 10*time.Second)
	for {
		description, err := c.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			t.Fatal(err)
		}
		if description.WorkflowExtendedInfo.GetTimeSkippingInfo().GetEffectiveConfig().GetEnabled() {
			return
		}
	}
}

func TestNoSuchWorkflow(t *testing.T) {
	if err := clock.FastForward(t.Context(), setup(t), "nobody", year); err == nil {
		t.Error("moved the clock of no workflow")
	}
}
