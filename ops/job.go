package ops

import (
	"context"
	"fmt"

	"countersign/collaboration"
)

// Job is one thing to do to each run that it fits.
type Job struct {
	Name string
	// unfit says why there is nothing to do to a run; "" where there is.
	unfit func(Run) string
	// what is done, in words.
	what     func(Run) string
	act      func(context.Context, Engine, Run, string) error
	statuses []Status
}

// Jobs are all there are, besides finding the stuck ones.
var (
	Resend = Job{
		Name:     "resend",
		statuses: []Status{Running},
		unfit: func(r Run) string {
			if r.Type == collaboration.WorkflowType && r.State == collaboration.AwaitingApproval {
				return whereClosed(r)
			}
			return "no invitation is open"
		},
		what: func(Run) string { return "a new invitation; older links stop working" },
		act:  func(ctx context.Context, e Engine, r Run, name string) error { return e.Resend(ctx, r, name) },
	}
	Retry = Job{
		Name:     "retry",
		statuses: []Status{Running},
		unfit: func(r Run) string {
			if len(waitingToRetry(r)) == 0 {
				return "no activity failed or is paused"
			}
			return whereClosed(r)
		},
		what: func(r Run) string {
			var names []string
			for _, a := range waitingToRetry(r) {
				names = append(names, a.Type)
			}
			return fmt.Sprint("now: ", names)
		},
		act: func(ctx context.Context, e Engine, r Run, _ string) error {
			for _, a := range waitingToRetry(r) {
				if err := e.Retry(ctx, r, a.ID); err != nil {
					return err
				}
			}
			return nil
		},
	}
	Cancel = Job{
		Name:     "cancel",
		statuses: []Status{Running},
		unfit: func(r Run) string {
			if r.CancelAsked {
				return "it was cancelled before"
			}
			return whereClosed(r)
		},
		what: func(r Run) string {
			switch {
			case r.State == collaboration.Active:
				return "its collaboration ends at once"
			case r.Type == collaboration.WorkflowType:
				return "it is withdrawn, and what it made is undone"
			default:
				return "it stops"
			}
		},
		act: func(ctx context.Context, e Engine, r Run, _ string) error { return e.Cancel(ctx, r) },
	}
	Reset = Job{
		Name:     "reset",
		statuses: []Status{Running, Terminated, TimedOut},
		unfit: func(r Run) string {
			if r.fails() || r.Status == Terminated || r.Status == TimedOut {
				return ""
			}
			return "its workflow task does not fail, and nobody terminated it"
		},
		what: func(Run) string { return "from its last good workflow task; it may repeat steps" },
		act:  func(ctx context.Context, e Engine, r Run, _ string) error { return e.Reset(ctx, r) },
	}
	// ResetToStart fits every run, also one that is over: only whoever names it
	// knows that the facts have lost what it did.
	ResetToStart = Job{
		Name:  Reset.Name,
		unfit: func(Run) string { return "" },
		what: func(Run) string {
			return "from its start; it goes through its steps again, with the answers it was given"
		},
		act: func(ctx context.Context, e Engine, r Run, _ string) error { return e.ResetToStart(ctx, r) },
	}
)

func whereClosed(r Run) string {
	if r.Status != Running {
		return "it is over"
	}
	return ""
}

// waitingToRetry are the activities that failed before, or are paused.
func waitingToRetry(r Run) (waiting []Activity) {
	for _, a := range r.Activities {
		if a.Paused || a.Attempt > 1 {
			waiting = append(waiting, a)
		}
	}
	return waiting
}
