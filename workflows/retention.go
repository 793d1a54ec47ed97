package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/internal/temporalx"
)

// doRetention names the activity; it is never called.
var doRetention *activities.Retention

// retentionInterval is the time between two deletions of old data. The keys of an hour are
// the most that the database has beyond their time.
const retentionInterval = time.Hour

// RetentionWorkflow deletes old data for as long as the system runs: one deletion in each
// execution, which continues as new. The worker's settings have the times.
func RetentionWorkflow(ctx workflow.Context) error {
	about := "Idempotency keys, batches, mail deliveries, address changes and the personal data of closed activations"
	show := func(d currentDetails) { setCurrentDetails(ctx, "**retention**", d, about) }
	show(currentDetails{waitingFor: "Deleting old data", actor: "none",
		operator: "nothing; if the deletion fails, fix the database, then " + ops("retry", temporalx.RetentionWorkflowID)})
	delete := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Hour,
		HeartbeatTimeout:    time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 10 * time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute},
		Summary:             "delete old data",
	})
	err := workflow.ExecuteActivity(delete, doRetention.DeleteOldData).Get(ctx, nil)
	if temporal.IsCanceledError(err) {
		return err
	}
	if err != nil { // not a reason to stop: the next deletion may succeed
		workflow.GetLogger(ctx).Error("old data was not deleted", "error", err)
	}
	next := workflow.Now(ctx).Add(retentionInterval)
	show(currentDetails{waitingFor: "The next deletion of old data", until: next, actor: "none", operator: "nothing"})
	pause := workflow.NewTimerWithOptions(ctx, retentionInterval, workflow.TimerOptions{Summary: "the next deletion"})
	if err := pause.Get(ctx, nil); err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, RetentionWorkflow)
}
