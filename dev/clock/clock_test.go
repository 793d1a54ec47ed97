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
	"countersign/dev/temporalserver/temporaltest"
	"countersign/internal/eventually"
)

const (
	queue = "clock-test"
	day   = 24 * time.Hour
	year  = 365 * day
)

// Terms runs n terms of a year, each in its own execution. It returns the start of
// each term, and the end of the last.
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

// Steps sleeps for a day before and after a normal and a local activity. It returns
// its time before and after each of them.
func Steps(ctx workflow.Context) (times []time.Time, err error) {
	normal := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: eventually.Deadline})
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: eventually.Deadline})
	for _, step := range []func() workflow.Future{
		func() workflow.Future { return workflow.ExecuteActivity(normal, blockingActivity) },
		func() workflow.Future { return workflow.ExecuteLocalActivity(local, blockingActivity) },
	} {
		if err := workflow.Sleep(ctx, day); err != nil {
			return nil, err
		}
		times = append(times, workflow.Now(ctx))
		if err := step().Get(ctx, nil); err != nil {
			return nil, err
		}
		times = append(times, workflow.Now(ctx))
	}
	return times, workflow.Sleep(ctx, day)
}

const blockingActivity = "Block"

// activities block until the test releases them.
type activities struct{ started, release chan struct{} }

func (a activities) Block(ctx context.Context) error {
	select {
	case a.started <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-a.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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

func TestMain(m *testing.M) { temporaltest.Main(m) }

// setup returns a client of the test's namespace.
func setup(t *testing.T) client.Client {
	t.Helper()
	if err := temporaltest.Server.AddNamespace(eventually.Context(t), t.Name()); err != nil {
		t.Fatal(err)
	}
	c, err := client.DialContext(eventually.Context(t), client.Options{
		HostPort: temporaltest.Server.Address(), Namespace: t.Name(),
		Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// work starts a worker, and returns the activities that block in it.
func work(t *testing.T, c client.Client) activities {
	t.Helper()
	blocking := activities{make(chan struct{}), make(chan struct{})}
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(Terms)
	w.RegisterWorkflow(Steps)
	w.RegisterWorkflow(Retries)
	w.RegisterActivity(&blocking)
	w.RegisterActivity(FailTwice)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return blocking
}

func execute(t *testing.T, c client.Client, workflow any, args ...any) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflowID, TaskQueue: queue}, workflow, args...)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// workflowID is that of the one workflow of each test.
const workflowID = "workflow"

func workflowOf(t *testing.T, c client.Client) clock.Workflow {
	return clock.Workflow{Client: c, Namespace: t.Name(), ID: workflowID}
}

func forward(t *testing.T, c client.Client, d time.Duration) {
	t.Helper()
	if err := workflowOf(t, c).FastForward(eventually.Context(t), d); err != nil {
		t.Fatal(err)
	}
}

// forwardBeside fast-forwards until it is canceled.
func forwardBeside(t *testing.T, c client.Client, d time.Duration) (done <-chan error, cancel func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(eventually.Context(t))
	result := make(chan error, 1)
	go func() { result <- workflowOf(t, c).FastForward(ctx, d) }()
	return result, cancel
}

// awaitForward returns when the workflow is being fast-forwarded.
func awaitForward(t *testing.T, c client.Client) {
	t.Helper()
	eventually.True(t, "the workflow is fast-forwarded", func() bool {
		description, err := c.DescribeWorkflowExecution(eventually.Context(t), workflowID, "")
		if err != nil {
			t.Fatal(err)
		}
		return description.WorkflowExtendedInfo.GetTimeSkippingInfo().GetEffectiveConfig().GetEnabled()
	})
}

// ahead returns how far the workflow's clock is ahead of a time.
func ahead(t *testing.T, c client.Client, of time.Time) time.Duration {
	t.Helper()
	now, err := workflowOf(t, c).Now(eventually.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	return now.Sub(of)
}

func TestFastForward_CrossesTerms(t *testing.T) {
	t.Parallel()
	c := setup(t)
	work(t, c)
	began := time.Now()
	run := execute(t, c, Terms, 3, []time.Time{})
	forward(t, c, 3*year+day)

	var terms []time.Time
	if err := run.Get(eventually.Context(t), &terms); err != nil {
		t.Fatal(err)
	}
	if len(terms) != 4 {
		t.Fatalf("%d points in time, want 4", len(terms))
	}
	for i, got := range terms {
		// A day is longer than the real time of the test and shorter than any timer that
		// could be skipped by mistake.
		want := began.Add(time.Duration(i) * year)
		if got.Before(want.Add(-time.Second)) || got.After(want.Add(day)) {
			t.Errorf("term %d began at %s, want about %s", i, got, want)
		}
	}
}

func TestFastForward_StartsAtEarlierFastForward(t *testing.T) {
	t.Parallel()
	c := setup(t)
	work(t, c)
	began := time.Now()
	execute(t, c, Terms, 2, []time.Time{})
	for range 4 {
		forward(t, c, 100*day)
	}
	// The clock is in the second term: an execution continues with the clock of the one
	// before.
	if ahead := ahead(t, c, began); ahead < 400*day || ahead > 401*day {
		t.Errorf("%s ahead, want 400 days", ahead)
	}
}

func TestFastForward_WaitsForActivities(t *testing.T) {
	t.Parallel()
	c := setup(t)
	blocking := work(t, c)
	began := time.Now()
	run := execute(t, c, Steps)
	done, cancel := forwardBeside(t, c, 4*day)
	defer cancel()
	for i, activity := range []string{"normal", "local"} {
		eventually.Receive(t, "the "+activity+" activity starts", blocking.started)
		if at, want := ahead(t, c, began), time.Duration(i+1)*day; at < want || at >= want+day {
			t.Errorf("during the %s activity the clock is %s ahead, want %s", activity, at, want)
		}
		select {
		case err := <-done:
			t.Fatalf("the fast-forward did not wait for the %s activity: %v", activity, err)
		case blocking.release <- struct{}{}:
		}
	}
	if err := eventually.Receive(t, "the fast-forward is done", done); err != nil {
		t.Fatal(err)
	}
	var times []time.Time
	if err := run.Get(eventually.Context(t), &times); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(times); i += 2 {
		if skipped := times[i+1].Sub(times[i]); skipped >= day {
			t.Errorf("%s were skipped during activity %d", skipped, i/2)
		}
	}
	if len(times) != 4 || times[3].Sub(began) < 2*day {
		t.Errorf("the workflow's times are %s, from %s", times, began)
	}
}

func TestFastForward_SkipsRetryIntervals(t *testing.T) {
	t.Parallel()
	c := setup(t)
	work(t, c)
	began := time.Now()
	run := execute(t, c, Retries)
	forward(t, c, day)
	var ended time.Time
	if err := run.Get(eventually.Context(t), &ended); err != nil {
		t.Fatal(err)
	}
	if ahead := ended.Sub(began); ahead < 2*time.Hour || ahead > 3*time.Hour {
		t.Errorf("ended %s ahead, want two hours", ahead)
	}
}

func TestFastForward_StopsWithoutWorker(t *testing.T) {
	t.Parallel()
	c := setup(t)
	began := time.Now()
	run := execute(t, c, Terms, 1, []time.Time{})
	done, cancel := forwardBeside(t, c, year+day)
	defer cancel()
	awaitForward(t, c)
	if ahead := ahead(t, c, began); ahead >= day {
		t.Errorf("%s ahead without a worker", ahead)
	}
	cancel()
	if err := eventually.Receive(t, "the fast-forward ends", done); err == nil {
		t.Error("the fast-forward was done without a worker")
	}
	work(t, c)
	if err := run.Get(eventually.Context(t), nil); err != nil {
		t.Errorf("it does not continue with a worker: %v", err)
	}
}

func TestFastForward_IsReplacedByLaterOne(t *testing.T) {
	t.Parallel()
	c := setup(t)
	run := execute(t, c, Terms, 1, []time.Time{})
	// The first one waits because there is no worker.
	first, cancelFirst := forwardBeside(t, c, 10*day)
	defer cancelFirst()
	awaitForward(t, c)
	second, cancelSecond := forwardBeside(t, c, year+day)
	defer cancelSecond()
	if err := eventually.Receive(t, "the first fast-forward ends", first); err == nil {
		t.Error("the first fast-forward reports success")
	}
	work(t, c)
	if err := eventually.Receive(t, "the second fast-forward is done", second); err != nil {
		t.Error(err)
	}
	if err := run.Get(eventually.Context(t), nil); err != nil {
		t.Error(err)
	}
}

func TestFastForward_FailsWithoutWorkflow(t *testing.T) {
	t.Parallel()
	if err := workflowOf(t, setup(t)).FastForward(eventually.Context(t), year); err == nil {
		t.Error("moved the clock of a missing workflow")
	}
}
