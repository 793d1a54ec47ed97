package ops

import (
	"context"
	"iter"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"countersign/collaboration"
)

// Engine is what the jobs need of the engine.
type Engine interface {
	// Find gives the ids of the workflows that a visibility query finds.
	Find(ctx context.Context, query string) iter.Seq2[string, error]
	// Look is the workflow's latest run.
	Look(ctx context.Context, workflowID string) (Run, error)
	// Expires asks a run until when its invitation is open.
	Expires(ctx context.Context, id collaboration.ActivationID) (time.Time, error)
	// Resend is done once for each run and name.
	Resend(ctx context.Context, r Run, name string) error
	Retry(ctx context.Context, r Run, activityID string) error
	Cancel(ctx context.Context, r Run) error
	Reset(ctx context.Context, r Run) error
	// ResetToStart is Reset to the run's first workflow task.
	ResetToStart(ctx context.Context, r Run) error
}

// Outcome is what came of one run.
type Outcome string

// The outcomes.
const (
	Stuck   Outcome = "stuck"
	Would   Outcome = "would" // it fits, and nothing was done
	Done    Outcome = "done"
	Skipped Outcome = "skipped" // there is nothing to do
	Failed  Outcome = "failed"  // it could not be looked at, or not be done
)

// Result is one run, and what came of it.
type Result struct {
	Outcome Outcome `json:"outcome"`
	Name    string  `json:"name"`
	Run
	Why string `json:"why"`
}

// Order is one call of a job.
type Order struct {
	Selection Selection
	// Sure is whether it shall be done, and not only shown.
	Sure bool
	// Name makes a repeat of the same job harmless.
	Name string
	// Limit is how many runs a second are looked at, and acted on.
	Limit *rate.Limiter
}

// Do does a job to every run of a selection that it fits, and reports each. A
// run that fails does not keep the others.
func (j Job) Do(ctx context.Context, e Engine, o Order, report func(Result) error) error {
	return o.Selection.each(ctx, e, o.Limit, func(r Run, err error) error {
		if err != nil {
			return report(failed(r, err))
		}
		if why := j.unfit(r); why != "" {
			return report(Result{Skipped, r.name(), r, why})
		}
		if !o.Sure {
			return report(Result{Would, r.name(), r, j.what(r)})
		}
		// What was begun is finished, whoever stops the job.
		if err := j.act(context.WithoutCancel(ctx), e, r, o.Name); err != nil {
			return report(failed(r, err))
		}
		return report(Result{Done, r.name(), r, j.what(r)})
	}, j.statuses...)
}

// FindStuck reports the running runs of a selection that do not get on, and
// why; also those that cannot be looked at.
func FindStuck(ctx context.Context, e Engine, o Order, p Patience, now time.Time, report func(Result) error) error {
	return o.Selection.each(ctx, e, o.Limit, func(r Run, err error) error {
		if err != nil {
			return report(failed(r, err))
		}
		reasons := p.why(r, now)
		if len(reasons) == 0 && mayHaveExpired(r, now) {
			expires, err := e.Expires(ctx, r.Activation)
			reasons = p.whyAwaiting(expires, now, err)
		}
		if len(reasons) == 0 {
			return nil
		}
		return report(Result{Stuck, r.name(), r, strings.Join(reasons, "; ")})
	}, Running)
}

func failed(r Run, err error) Result { return Result{Failed, r.name(), r, err.Error()} }
