package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
)

// doWebhooks names the activities; it is never called.
var doWebhooks *activities.Webhooks

// tellFor is how long a webhook that does not answer is tried.
const tellFor = 3 * 24 * time.Hour

// WebhookWorkflow tells one webhook of one event.
func WebhookWorkflow(ctx workflow.Context, d collaboration.WebhookDelivery) error {
	deliver := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              collaboration.WebhookQueue,
		StartToCloseTimeout:    oneTry,
		ScheduleToCloseTimeout: tellFor,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 3, MaximumInterval: 4 * time.Hour},
	})
	err := workflow.ExecuteActivity(deliver, doWebhooks.DeliverWebhook, d).Get(ctx, nil)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	note := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: collaboration.WebhookQueue, StartToCloseTimeout: oneTry, ScheduleToCloseTimeout: provisionFor,
	})
	if noteErr := workflow.ExecuteActivity(note, doWebhooks.FailWebhook, d).Get(ctx, nil); noteErr != nil {
		return noteErr
	}
	return err
}
