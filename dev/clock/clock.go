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

	"countersign/dev/engine"
)

// FastForward moves the clock of a workflow d ahead, firing every timer on the
// way, and returns when it got there or the workflow ended before. It waits
// for as long as ctx allows: time only moves while nothing is under way.
func FastForward(ctx context.Context, c client.Client, workflowID string, d time.Duration) error {
	now, _, err := read(ctx, c, workflowID)
	if err != nil {
		return err
	}
	// The id of an earlier fast-forward would be taken for that one's outcome.
	id := uuid.NewString()
	if err := request(ctx, c, workflowID, id, d); err != nil {
		return fmt.Errorf("fast-forward: %w", err)
	}
	return await(ctx, c, workflowID, id, now.Add(d))
}

// Now is the time it is for a workflow.
func Now(ctx context.Context, c client.Client, workflowID string) (time.Time, error) {
	now, _, err := read(ctx, c, workflowID)
	return now, err
}

func request(ctx context.Context, c client.Client, workflowID, id string, d time.Duration) error {
	_, err := c.WorkflowService().UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:         engine.Namespace,
		WorkflowExecution: &common.WorkflowExecution{WorkflowId: workflowID},
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

func await(ctx context.Context, c client.Client, workflowID, id string, target time.Time) error {
	for {
		answer, err := c.WorkflowService().PollWorkflowExecutionTimeSkipping(ctx, &workflowservice.PollWorkflowExecutionTimeSkippingRequest{
			Namespace:         engine.Namespace,
			WorkflowExecution: &common.WorkflowExecution{WorkflowId: workflowID},
			FastForwardId:     id,
		})
		if err != nil {
			return fmt.Errorf("wait for the fast-forward (is a worker running?): %w", err)
		}
		switch answer.FastForwardPollingResult {
		case enums.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED:
			return nil
		case enums.FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT:
			continue
		}
		// A run that continued as new at the very end does not know the id.
		now, running, err := read(ctx, c, workflowID)
		if err != nil || !running || !now.Before(target) {
			return err
		}
		return fmt.Errorf("fast-forward stopped at %s: %s", now.Format(time.RFC3339), answer.FailedReason)
	}
}

// read answers with the workflow's own time, and whether it is running.
func read(ctx context.Context, c client.Client, workflowID string) (now time.Time, running bool, err error) {
	description, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return time.Time{}, false, fmt.Errorf("describe the workflow: %w", err)
	}
	running = description.WorkflowExecutionInfo.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	if skipped := description.WorkflowExtendedInfo.GetTimeSkippingInfo(); skipped != nil {
		return skipped.CurrentTime.AsTime(), running, nil
	}
	return time.Now(), running, nil
}
