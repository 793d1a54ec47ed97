package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// doBatches names the activities; it is never called.
var doBatches *activities.Batches

const (
	// batchChunk is how many rows one activity starts, and batchPause the delay after it,
	// which leaves capacity for interactive requests.
	batchChunk = 20
	batchPause = time.Second
	// chunksPerExecution limits the length of a history.
	chunksPerExecution = 100
)

// BatchWorkflow starts the activations of a batch until no row is pending. The rows and their
// results are in the database, so the workflow has no state. A Signal wakes it for new
// pending rows.
func BatchWorkflow(ctx workflow.Context, id string) error {
	more := workflow.GetSignalChannel(ctx, temporalx.BatchSignal)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    5 * time.Minute,
		HeartbeatTimeout:       15 * time.Second, // each row has a heartbeat, so a lost worker is detected soon
		ScheduleToCloseTimeout: storeTimeout,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                "the next rows of batch " + id,
	})
	started := 0
	for range chunksPerExecution {
		showBatch(ctx, id, started)
		var rows int
		if err := workflow.ExecuteActivity(ctx, doBatches.StartRows, message.BatchInput{Batch: id, Rows: batchChunk}).Get(ctx, &rows); err != nil {
			return err
		}
		if rows == 0 && !more.ReceiveAsync(nil) {
			return nil
		}
		started += rows
		pause := workflow.NewTimerWithOptions(ctx, batchPause, workflow.TimerOptions{Summary: "capacity for interactive requests"})
		if err := pause.Get(ctx, nil); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, BatchWorkflow, id)
}

func showBatch(ctx workflow.Context, id string, started int) {
	setCurrentDetails(ctx, "**batch** · "+id, currentDetails{waitingFor: "Starting the activations of its pending rows", actor: "none",
		operator: "nothing; if a step fails, fix it, then " + ops("retry", workflow.GetInfo(ctx).WorkflowExecution.ID)},
		fmt.Sprintf("%d rows in this execution; the database has their results", started))
}
