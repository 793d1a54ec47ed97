package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
)

// doBatches names the activities; it is never called.
var doBatches *activities.Batches

const (
	// batchChunk is how many rows one step starts, and batchPause the rest
	// after it: a batch of thousands leaves room for people.
	batchChunk = 20
	batchPause = time.Second
	// chunksPerRun bounds a history.
	chunksPerRun = 100
)

// BatchWorkflow starts the activations of a batch, until no row is pending. The
// rows and what came of them are facts; it remembers nothing. A signal says that
// there are pending rows again.
func BatchWorkflow(ctx workflow.Context, id string) error {
	more := workflow.GetSignalChannel(ctx, collaboration.BatchMessage)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    5 * time.Minute,
		HeartbeatTimeout:       15 * time.Second, // one for each row: a dead worker is noticed soon
		ScheduleToCloseTimeout: settleFor,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                "the next rows of batch " + id,
	})
	started := 0
	for range chunksPerRun {
		showBatch(ctx, id, started)
		var rows int
		if err := workflow.ExecuteActivity(ctx, doBatches.StartRows, collaboration.BatchChunk{Batch: id, Rows: batchChunk}).Get(ctx, &rows); err != nil {
			return err
		}
		if rows == 0 && !more.ReceiveAsync(nil) {
			return nil
		}
		started += rows
		pause := workflow.NewTimerWithOptions(ctx, batchPause, workflow.TimerOptions{Summary: "room for people before the next rows"})
		if err := pause.Get(ctx, nil); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, BatchWorkflow, id)
}

func showBatch(ctx workflow.Context, id string, started int) {
	show(ctx, "**batch** · "+id, waiting{on: "Starting the activations of its pending rows", acts: "nobody",
		operator: "nothing; where a step fails, mend it, then " + ops("retry", workflow.GetInfo(ctx).WorkflowExecution.ID)},
		fmt.Sprintf("%d rows so far in this run; the rows themselves say what came of them", started))
}
