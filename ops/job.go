package ops

import (
	"context"
	"fmt"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// Job is one action on each eligible workflow execution.
type Job struct {
	Name string
	// ineligible returns why the job skips an execution; "" if it does not.
	ineligible func(Execution) string
	// describe returns the job's effect on an execution, for the operator.
	describe func(Execution) string
	act      func(context.Context, Client, Execution, string) error
	statuses []Status
}

// The jobs.
var (
	Resend = Job{
		Name:     "resend",
		statuses: []Status{Running},
		ineligible: func(x Execution) string {
			if x.Type == temporalx.ActivationWorkflowType && x.State == collaboration.AwaitingApproval {
				return closedReason(x)
			}
			return "it has no open invitation"
		},
		describe: func(Execution) string { return "sends a new invitation; older links stop working" },
		act: func(ctx context.Context, c Client, x Execution, name string) error {
			return c.Resend(ctx, x, name)
		},
	}
	Retry = Job{
		Name:     "retry",
		statuses: []Status{Running},
		ineligible: func(x Execution) string {
			if len(retryableActivities(x)) == 0 {
				return "no activity failed or is paused"
			}
			return closedReason(x)
		},
		describe: func(x Execution) string {
			var names []string
			for _, a := range retryableActivities(x) {
				names = append(names, a.Type)
			}
			return fmt.Sprint("retries now: ", names)
		},
		act: func(ctx context.Context, c Client, x Execution, _ string) error {
			for _, a := range retryableActivities(x) {
				if err := c.Retry(ctx, x, a.ID); err != nil {
					return err
				}
			}
			return nil
		},
	}
	Cancel = Job{
		Name:     "cancel",
		statuses: []Status{Running},
		ineligible: func(x Execution) string {
			if x.Type == temporalx.RetentionWorkflowType {
				return "it deletes old data of all offices"
			}
			if x.CancelRequested {
				return "its cancellation was already requested"
			}
			return closedReason(x)
		},
		describe: func(x Execution) string {
			switch {
			case x.State == collaboration.Active:
				return "ends the collaboration immediately"
			case x.Type == temporalx.ActivationWorkflowType:
				return "withdraws the invitation and compensates its steps"
			default:
				return "stops the execution"
			}
		},
		act: func(ctx context.Context, c Client, x Execution, _ string) error { return c.Cancel(ctx, x) },
	}
	Reset = Job{
		Name:     "reset",
		statuses: []Status{Running, Terminated, TimedOut},
		ineligible: func(x Execution) string {
			if x.hasFailingTask() || x.Status == Terminated || x.Status == TimedOut {
				return ""
			}
			return "its workflow task does not fail, and it was not terminated"
		},
		describe: func(Execution) string { return "resets to the last completed workflow task; steps may repeat" },
		act:      func(ctx context.Context, c Client, x Execution, _ string) error { return c.Reset(ctx, x) },
	}
	// ResetToStart has no eligibility check and also resets closed executions. Only the
	// operator knows which of them the database has lost.
	ResetToStart = Job{
		Name:       Reset.Name,
		ineligible: func(Execution) string { return "" },
		describe: func(Execution) string {
			return "resets to the start; all steps and commands run again"
		},
		act: func(ctx context.Context, c Client, x Execution, _ string) error { return c.ResetToStart(ctx, x) },
	}
)

func closedReason(x Execution) string {
	if x.Status != Running {
		return "it is closed"
	}
	return ""
}

// retryableActivities returns the activities that failed before or are paused.
func retryableActivities(x Execution) (retryable []Activity) {
	for _, a := range x.Activities {
		if a.Paused || a.Attempt > 1 {
			retryable = append(retryable, a)
		}
	}
	return retryable
}
