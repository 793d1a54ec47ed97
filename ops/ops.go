package ops

import (
	"context"
	"iter"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"countersign/collaboration"
)

// Client is the part of Temporal that the jobs use.
type Client interface {
	// Find returns the IDs of the workflows that match a visibility query.
	Find(ctx context.Context, query string) iter.Seq2[string, error]
	// Describe returns the latest execution of a workflow.
	Describe(ctx context.Context, workflowID string) (Execution, error)
	// Expires queries an execution for the time at which its invitation expires.
	Expires(ctx context.Context, id collaboration.ActivationID) (time.Time, error)
	// Resend takes effect once for each execution and name.
	Resend(ctx context.Context, x Execution, name string) error
	Retry(ctx context.Context, x Execution, activityID string) error
	Cancel(ctx context.Context, x Execution) error
	Reset(ctx context.Context, x Execution) error
	// ResetToStart resets to the first workflow task.
	ResetToStart(ctx context.Context, x Execution) error
}

// Outcome is the result of a job on one execution.
type Outcome string

// The outcomes.
const (
	Stuck   Outcome = "stuck"
	Planned Outcome = "planned" // eligible, and unchanged without confirmation
	Done    Outcome = "done"
	Skipped Outcome = "skipped" // not eligible
	Failed  Outcome = "failed"  // the describing call or the action failed
)

// Result is one execution with its outcome.
type Result struct {
	Outcome Outcome `json:"outcome"`
	Name    string  `json:"name"`
	Execution
	Why string `json:"why"`
}

// Options are the parameters of one call of a job.
type Options struct {
	Selection Selection
	// Confirmed is false for a dry run.
	Confirmed bool
	// Name is the idempotency key of the job.
	Name string
	// Limit bounds the rate at which executions are described and changed.
	Limit *rate.Limiter
}

// Run applies the job to every eligible execution of a selection and reports each. It
// continues after an execution that fails.
func (j Job) Run(ctx context.Context, c Client, o Options, report func(Result) error) error {
	return o.Selection.each(ctx, c, o.Limit, func(x Execution, err error) error {
		if err != nil {
			return report(failed(x, err))
		}
		if why := j.ineligible(x); why != "" {
			return report(Result{Skipped, x.name(), x, why})
		}
		if !o.Confirmed {
			return report(Result{Planned, x.name(), x, j.describe(x)})
		}
		// An action that has started completes even if the operator stops the job.
		if err := j.act(context.WithoutCancel(ctx), c, x, o.Name); err != nil {
			return report(failed(x, err))
		}
		return report(Result{Done, x.name(), x, j.describe(x)})
	}, j.statuses...)
}

// FindStuck reports the running executions of a selection that make no progress, with
// the reasons, and those that cannot be described.
func FindStuck(ctx context.Context, c Client, o Options, t Thresholds, now time.Time, report func(Result) error) error {
	return o.Selection.each(ctx, c, o.Limit, func(x Execution, err error) error {
		if err != nil {
			return report(failed(x, err))
		}
		reasons := t.reasons(x, now)
		if len(reasons) == 0 && mayHaveExpired(x, now) {
			expires, err := c.Expires(ctx, x.Activation)
			reasons = t.reasonsAwaiting(expires, now, err)
		}
		if len(reasons) == 0 {
			return nil
		}
		return report(Result{Stuck, x.name(), x, strings.Join(reasons, "; ")})
	}, Running)
}

func failed(x Execution, err error) Result { return Result{Failed, x.name(), x, err.Error()} }
