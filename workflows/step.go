package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
)

// A step is first tried as a local activity: no task queue, one history event.
// One that does not finish there becomes a normal activity, which operators
// see, pause and reset. Steps are idempotent, so neither they nor the flow
// know which of the two ran. What an Update asks for is first tried as a normal
// activity, with which the history has the Update: else a crash could leave a
// customer's no half carried out, by a run that never heard of it.
const (
	quickTry = 2 * time.Second
	// oneTry bounds a single attempt; it is longer than a mail's hand-over.
	oneTry = 30 * time.Second
	// provisionFor is how long a step on the way to the invitation is retried
	// before the activation is given up and undone.
	provisionFor = 24 * time.Hour
	// settleFor is how long a step that must be done is retried.
	settleFor = 90 * 24 * time.Hour
)

// attempt runs a step on the way to the approval. It is cut short by the run's
// cancellation and by whatever else stops the activation.
func (a *activation) attempt(ctx workflow.Context, activity, input any) *stop {
	return a.attemptUnless(ctx, func() bool { return a.stopped() != nil }, activity, input)
}

// attemptUnless is cut short by what makes the step moot: a customer who has
// answered has the invitation, whatever became of the step that mails it.
func (a *activation) attemptUnless(ctx workflow.Context, moot func() bool, activity, input any) *stop {
	ctx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	err := a.step(ctx, provisionFor, moot, activity, input)
	switch {
	case moot():
		return a.stopped()
	case err != nil:
		failure := failed(err)
		return &failure
	default:
		return nil
	}
}

// settle runs a step that must be done whatever happens meanwhile.
func (a *activation) settle(ctx workflow.Context, activity any, input ...any) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return a.step(ctx, settleFor, func() bool { return false }, activity, input...)
}

// errStopped says that a step was abandoned, because what it was for is moot.
var errStopped = errors.New("stopped")

func (a *activation) step(ctx workflow.Context, within time.Duration, stopped func() bool, activity any, input ...any) error {
	err := a.try(ctx, activity, input...)
	if err == nil || isFinal(err) || stopped() {
		return err
	}
	a.showRetrying(ctx, err, within)
	if err := a.pause(ctx, askedToWait(err), stopped); err != nil {
		return err
	}
	future := a.execute(ctx, within, &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute}, activity, input...)
	if err := a.await(ctx, func() bool { return future.IsReady() || stopped() }); err != nil {
		return err
	}
	if !future.IsReady() {
		return errStopped
	}
	return future.Get(ctx, nil)
}

// await waits for something to act on.
func (a *activation) await(ctx workflow.Context, something func() bool) error {
	a.waitsFor = something
	defer func() { a.waitsFor = nil }()
	return workflow.Await(ctx, something)
}

// try runs a step once. A normal activity ends the workflow task first.
func (a *activation) try(ctx workflow.Context, activity any, input ...any) error {
	if a.mayForget(ctx) {
		a.heardAt = 0
		return a.execute(ctx, quickTry, &temporal.RetryPolicy{MaximumAttempts: 1}, activity, input...).Get(ctx, nil)
	}
	return tryQuickly(ctx, activity, input...)
}

// mayForget reports whether a crash now would make the run forget an Update that
// it has taken: unlike a Signal, which is in the history before anybody sees it, an
// Update is kept with the end of its workflow task.
func (a *activation) mayForget(ctx workflow.Context) bool {
	return a.revision >= keepsBeforeActing && a.heardAt > 0 && a.heardAt == workflow.GetInfo(ctx).GetCurrentHistoryLength()
}

// execute begins a step as a normal activity.
func (a *activation) execute(ctx workflow.Context, within time.Duration, retry *temporal.RetryPolicy, activity any, input ...any) workflow.Future {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    min(oneTry, within),
		ScheduleToCloseTimeout: within,
		Summary:                a.order.SolutionID + " · customer " + a.order.CustomerID,
		RetryPolicy:            retry,
	})
	return workflow.ExecuteActivity(ctx, activity, input...)
}

func tryQuickly(ctx workflow.Context, activity any, input ...any) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: quickTry,
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	return workflow.ExecuteLocalActivity(ctx, activity, input...).Get(ctx, nil)
}

// pause waits where the other side asked for it.
func (a *activation) pause(ctx workflow.Context, d time.Duration, stopped func() bool) error {
	if d <= 0 {
		return nil
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, d, workflow.TimerOptions{Summary: "asked to wait"})
	return a.await(ctx, func() bool { return timer.IsReady() || stopped() })
}

// isFinal reports whether trying again cannot help.
func isFinal(err error) bool {
	var application *temporal.ApplicationError
	return temporal.IsCanceledError(err) || errors.As(err, &application) && application.NonRetryable()
}

func askedToWait(err error) time.Duration {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.NextRetryDelay()
	}
	return 0
}

// codeOf is the catalogue's code of a step's error; "" for none.
func codeOf(err error) collaboration.Code {
	var application *temporal.ApplicationError
	switch {
	case err == nil || temporal.IsCanceledError(err):
		return ""
	case errors.As(err, &application) && collaboration.Code(application.Type()).Known():
		return collaboration.Code(application.Type())
	case temporal.IsTimeoutError(err):
		return collaboration.CodeUnavailable
	default:
		return collaboration.CodeInternal
	}
}
