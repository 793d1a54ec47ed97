package clock

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// Workflow is a workflow with a clock to move. The namespace is that of the client.
type Workflow struct {
	Client        client.Client
	Namespace, ID string
}

// FastForward moves the workflow's clock d ahead and fires every timer on the way. It
// returns when the clock has arrived or the workflow has ended. It waits as long as ctx
// allows, because time jumps only while no activity runs.
func (w Workflow) FastForward(ctx context.Context, d time.Duration) error {
	now, _, err := w.read(ctx)
	if err != nil {
		return err
	}
	// A new ID each time: for a known one, Temporal returns the earlier outcome.
	id := uuid.NewString()
	if err := w.request(ctx, id, d); err != nil {
		return fmt.Errorf("fast-forward: %w", err)
	}
	return w.await(ctx, id, now.Add(d))
}

// Now returns the time of the workflow's clock.
func (w Workflow) Now(ctx context.Context) (time.Time, error) {
	now, _, err := w.read(ctx)
	return now, err
}

func (w Workflow) request(ctx context.Context, id string, d time.Duration) error {
	_, err := w.Client.WorkflowService().UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:         w.Namespace,
		WorkflowExecution: &common.WorkflowExecution{WorkflowId: w.ID},
		WorkflowExecutionOptions: &workflow.WorkflowExecutionOptions{
			TimeSkippingConfig: &common.TimeSkippingConfig{
				Enabled:           true,
				FastForwardConfig: &common.FastForwardConfig{Id: id, Duration: durationpb.New(d)},
			},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	return err
}

func (w Workflow) await(ctx context.Context, id string, target time.Time) error {
	for {
		response, err := w.Client.WorkflowService().PollWorkflowExecutionTimeSkipping(ctx, &workflowservice.PollWorkflowExecutionTimeSkippingRequest{
			Namespace:         w.Namespace,
			WorkflowExecution: &common.WorkflowExecution{WorkflowId: w.ID},
			FastForwardId:     id,
		})
		if err != nil {
			return fmt.Errorf("wait for the fast-forward (is a worker running?): %w", err)
		}
		switch response.FastForwardPollingResult {
		case enums.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED:
			return nil
		case enums.FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT:
			continue
		}
		// An execution that continued as new at the target time does not have the ID.
		now, running, err := w.read(ctx)
		if err != nil || !running || !now.Before(target) {
			return err
		}
		return fmt.Errorf("fast-forward stopped at %s: %s", now.Format(time.RFC3339), response.FailedReason)
	}
}

// read returns the workflow's time and reports whether the workflow is running.
func (w Workflow) read(ctx context.Context) (now time.Time, running bool, err error) {
	description, err := w.Client.DescribeWorkflowExecution(ctx, w.ID, "")
	if err != nil {
		return time.Time{}, false, fmt.Errorf("describe the workflow: %w", err)
	}
	running = description.WorkflowExecutionInfo.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	if skipped := description.WorkflowExtendedInfo.GetTimeSkippingInfo(); skipped != nil {
		return skipped.CurrentTime.AsTime(), running, nil
	}
	return time.Now(), running, nil
}
