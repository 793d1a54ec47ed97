package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// doWebhooks names the activities; it is never called.
var doWebhooks *activities.Webhooks

// deliveryTimeout limits the retries of a delivery.
const deliveryTimeout = 3 * 24 * time.Hour

// WebhookWorkflow delivers one event to one webhook.
func WebhookWorkflow(ctx workflow.Context, d collaboration.WebhookDelivery) error {
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	about := "Event " + d.Event()
	setCurrentDetails(ctx, "**webhook** · "+d.Webhook, currentDetails{
		waitingFor: "Waiting for the office's endpoint to answer with 2xx", until: workflow.Now(ctx).Add(deliveryTimeout),
		actor:    "the owner of the endpoint; the delivery is retried",
		operator: "nothing; once the endpoint is fixed, " + ops("retry", id),
	}, about)
	deliver := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              temporalx.WebhookTaskQueue,
		StartToCloseTimeout:    startToCloseTimeout,
		ScheduleToCloseTimeout: deliveryTimeout,
		Summary:                "deliver to webhook " + d.Webhook,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 3, MaximumInterval: 4 * time.Hour},
	})
	err := workflow.ExecuteActivity(deliver, doWebhooks.DeliverWebhook, d).Get(ctx, nil)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	setCurrentDetails(ctx, "**webhook** · "+d.Webhook, currentDetails{waitingFor: "Storing that the delivery was given up", actor: "the owner of the endpoint; then the office replays the event",
		operator: "if that fails, fix the database, then " + ops("retry", id)}, about)
	note := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: temporalx.WebhookTaskQueue, StartToCloseTimeout: startToCloseTimeout, ScheduleToCloseTimeout: provisionTimeout,
		Summary: "store that webhook " + d.Webhook + " was given up",
	})
	if noteErr := workflow.ExecuteActivity(note, doWebhooks.FailWebhook, d).Get(ctx, nil); noteErr != nil {
		return noteErr
	}
	return err
}
