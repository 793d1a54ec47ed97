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
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	about := "Event " + d.Event()
	show(ctx, "**webhook** · "+d.Webhook, waiting{
		on: "Waiting for the office's own address to answer with 2xx", until: workflow.Now(ctx).Add(tellFor),
		acts:     "the owner of the address; it is tried again by itself",
		operator: "nothing; once it is mended, " + ops("retry", id),
	}, about)
	deliver := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              collaboration.WebhookQueue,
		StartToCloseTimeout:    oneTry,
		ScheduleToCloseTimeout: tellFor,
		Summary:                "tell webhook " + d.Webhook,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 3, MaximumInterval: 4 * time.Hour},
	})
	err := workflow.ExecuteActivity(deliver, doWebhooks.DeliverWebhook, d).Get(ctx, nil)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	show(ctx, "**webhook** · "+d.Webhook, waiting{on: "Given up; noting that it was", acts: "the owner of the address, then the office replays",
		operator: "where the note fails, mend the database, then " + ops("retry", id)}, about)
	note := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: collaboration.WebhookQueue, StartToCloseTimeout: oneTry, ScheduleToCloseTimeout: provisionFor,
		Summary: "note that webhook " + d.Webhook + " was given up",
	})
	if noteErr := workflow.ExecuteActivity(note, doWebhooks.FailWebhook, d).Get(ctx, nil); noteErr != nil {
		return noteErr
	}
	return err
}
