package e2e_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/retention"
	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/internal/store"
	"countersign/internal/temporalx"
	"countersign/workflows"
)

// interrupted stops the first deletion of batches after its first part, as a killed worker
// does.
type interrupted struct {
	activities.RetainedStore
	stopped chan int
}

func (i interrupted) DeleteOld(ctx context.Context, kind retention.Kind, before time.Time, progress func()) (int, error) {
	if kind != retention.Batches || len(i.stopped) > 0 {
		return i.RetainedStore.DeleteOld(ctx, kind, before, progress)
	}
	stopping, stop := context.WithCancel(ctx)
	n, _ := i.RetainedStore.DeleteOld(stopping, kind, before, stop)
	i.stopped <- n
	return n, errors.New("killed")
}

// One execution deletes old data, however many workers start it. A deletion that is stopped in
// the middle of a batch continues, and the execution waits for the next deletion.
func TestRetention_ContinuesAfterInterruption(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	database, err := store.Open(t.Context(), d.DatabaseURL)
	harness.NoError(t, err)
	defer database.Close()
	rows := make([]collaboration.BatchRow, 1200)
	for n := range rows {
		rows[n] = collaboration.BatchRow{Line: n + 1, Request: collaboration.Request{CustomerID: "c"}, Result: collaboration.RowPending}
	}
	for id, age := range map[string]int{"old": 91, "young": 89} {
		harness.NoError(t, database.AddBatch(t.Context(), collaboration.Batch{ID: id, OfficeID: "office-1", SolutionID: "financial-overview", CreatedBy: "emp-maja", CreatedAt: time.Now().AddDate(0, 0, -age)}, rows))
	}

	data := interrupted{database.RetainedData(), make(chan int, 1)}
	w := sdk.New(d.Client, temporalx.TaskQueue, sdk.Options{})
	w.RegisterWorkflowWithOptions(workflows.RetentionWorkflow, workflow.RegisterOptions{Name: temporalx.RetentionWorkflowType})
	w.RegisterActivity(activities.NewRetention(data, retention.Policy{retention.Batches: 90}))
	harness.NoError(t, w.Start())
	defer w.Stop()
	for range 2 {
		harness.NoError(t, d.Starter.StartRetention(t.Context()))
	}
	eventually.OK(t, "the old batch is deleted", func() error {
		_, err := database.Batch(t.Context(), "office-1", "old")
		if collaboration.CodeOf(err) != collaboration.CodeBatchNotFound {
			return errors.Join(errors.New("it is there"), err)
		}
		return nil
	})
	if n := <-data.stopped; n != 500 {
		t.Errorf("the first attempt deleted %d rows", n)
	}
	young, err := database.Batch(t.Context(), "office-1", "young")
	if err != nil || young.Counts[collaboration.RowPending] != 1200 {
		t.Errorf("the young batch: %+v, %v", young, err)
	}
	description, err := d.Client.DescribeWorkflowExecution(t.Context(), temporalx.RetentionWorkflowID, "")
	harness.NoError(t, err)
	if description.WorkflowExecutionInfo.Status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		t.Errorf("the execution is %s", description.WorkflowExecutionInfo.Status)
	}
	d.WantOps("cancel "+temporalx.RetentionWorkflowID, 0, "skipped retention")
}
