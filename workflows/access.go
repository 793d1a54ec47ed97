package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration/message"
)

// AccessWorkflow repeats changes of access at an external platform, with retries for a
// week. It is started before the changes are stored, and with a delay, so that no crash
// loses them.
func AccessWorkflow(ctx workflow.Context, c message.AccessChanges) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    startToCloseTimeout,
		ScheduleToCloseTimeout: notificationTimeout,
		Summary:                "access of an office's employees",
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 15 * time.Minute},
	})
	return workflow.ExecuteActivity(ctx, act.SyncAccess, c).Get(ctx, nil)
}
