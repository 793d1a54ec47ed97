package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// localActivityTimeout limits the local activity of a provisioning step. It is a variable for
// the tests, because a loaded machine would exceed it.
var localActivityTimeout = 2 * time.Second

const (
	// startToCloseTimeout limits an attempt. It is longer than an attempt to send a mail.
	startToCloseTimeout = 30 * time.Second
	// provisionTimeout limits the time until the first invitation is sent. Afterwards the
	// activation compensates and fails.
	provisionTimeout = 24 * time.Hour
	// resendTimeout limits the retries of the mail of a later generation.
	resendTimeout = 24 * time.Hour
	// storeTimeout limits the retries of an activity that must complete.
	storeTimeout = 90 * 24 * time.Hour
)

// errInterrupted is returned for a step that did not complete, because the state no longer
// requires it, or because the execution continues as new and repeats it.
var errInterrupted = errors.New("interrupted")

// execute runs an activity that must complete. Only a continue-as-new interrupts it, and the
// next execution repeats it. Every activity is idempotent.
func (e *execution) execute(ctx workflow.Context, activity any, input ...any) error {
	return e.executeInto(ctx, nil, activity, input...)
}

// executeUntil runs an activity until it completes or the state interrupts it.
func (e *execution) executeUntil(ctx workflow.Context, timeout time.Duration, interrupted func() bool, result, activity, input any) error {
	if interrupted() {
		return errInterrupted
	}
	ctx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	return e.result(ctx, workflow.ExecuteActivity(e.activityOptions(ctx, timeout), activity, input), interrupted, result)
}

// executeInto is execute with a result.
func (e *execution) executeInto(ctx workflow.Context, result, activity any, input ...any) error {
	interrupted := func() bool { return continueAsNewSuggested(ctx) }
	if interrupted() {
		return errInterrupted
	}
	return e.result(ctx, workflow.ExecuteActivity(e.activityOptions(ctx, storeTimeout), activity, input...), interrupted, result)
}

// result waits for a future, and assigns its value to result; nil for none.
func (e *execution) result(ctx workflow.Context, future workflow.Future, interrupted func() bool, result any) error {
	e.await(ctx, func() bool { return future.IsReady() || interrupted() })
	if !future.IsReady() {
		return errInterrupted
	}
	return future.Get(ctx, result)
}

func (e *execution) activityOptions(ctx workflow.Context, timeout time.Duration) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    min(startToCloseTimeout, timeout),
		ScheduleToCloseTimeout: timeout,
		Summary:                e.Order.SolutionID + " · customer " + e.Order.CustomerID,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute},
	})
}

// executeProvisioning runs a provisioning step. The first attempt is a local activity, which
// has one history event instead of six. Retries use a normal activity until ProvisionBy;
// operators can see, pause and reset it.
//
// A worker that crashes loses the results of local activities, and the steps run again.
// Therefore every step is idempotent. Once a command was accepted, only normal activities
// run: their scheduling persists the command before they have an effect.
func (e *execution) executeProvisioning(ctx workflow.Context, interrupted func() bool, result, activity, input any) error {
	var cause error
	if len(e.Processed) == 0 {
		if cause = e.executeLocally(ctx, result, activity, input); cause == nil || temporalx.IsNonRetryable(cause) {
			return cause
		}
	}
	e.retrying = true
	defer func() { e.retrying = false }()
	if cause != nil {
		e.view.showRetrying(ctx, cause)
		retryAt := workflow.Now(ctx).Add(temporalx.RetryDelay(cause))
		if retryAt.After(e.ProvisionBy) {
			retryAt = e.ProvisionBy
		}
		e.awaitUntil(ctx, retryAt, "delay requested by the provider", interrupted)
	}
	remaining := e.ProvisionBy.Sub(workflow.Now(ctx))
	switch {
	case remaining <= 0 && cause != nil:
		return cause
	case remaining <= 0:
		return temporal.NewNonRetryableApplicationError("provisioning did not complete within a day", string(collaboration.CodeUnavailable), nil)
	}
	return e.executeUntil(ctx, remaining, interrupted, result, activity, input)
}

func (e *execution) executeLocally(ctx workflow.Context, result, activity, input any) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: localActivityTimeout,
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	return e.result(ctx, workflow.ExecuteLocalActivity(ctx, activity, input), never, result)
}
