package ops

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Resend sends the command as an operator. The workflow applies a command ID once.
func (t *Temporal) Resend(ctx context.Context, x Execution, name string) error {
	if x.Activation == "" {
		return errEncrypted
	}
	_, err := t.activations.SendCommand(ctx, message.Command{
		ID: "ops-" + name, Activation: x.Activation, Kind: collaboration.CommandResend, By: collaboration.ActorOperator,
	})
	if errors.Is(err, converter.ErrEncodingIsNotSupported) { // the command was applied; its result is encrypted
		return nil
	}
	if collaboration.CodeOf(err) == collaboration.CodeOutcomeUnknown {
		return fmt.Errorf("sent, but no worker answered: repeat the job with --name %s", name)
	}
	return err
}

// Retry resets an activity: Temporal unpauses it and schedules it immediately, with a new
// retry period. A running attempt continues. An activity that completed before the call
// needs no retry.
func (t *Temporal) Retry(ctx context.Context, x Execution, activityID string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := t.client.WorkflowService().ResetActivity(ctx, &workflowservice.ResetActivityRequest{
		Namespace: t.namespace, Execution: t.execution(x), Identity: "countersign ops",
		Activity: &workflowservice.ResetActivityRequest_Id{Id: activityID},
	})
	var completed *serviceerror.NotFound
	if errors.As(err, &completed) {
		return nil
	}
	return err
}

// Cancel requests cancellation; the workflow compensates its completed steps.
func (t *Temporal) Cancel(ctx context.Context, x Execution) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return t.client.CancelWorkflow(ctx, x.ID, x.RunID)
}

// errNoCompletedTask is returned when an execution has no workflow task to reset to.
var errNoCompletedTask = errors.New("it has no completed workflow task to reset to; ops reconcile starts it again")

// Reset resets the execution to its last completed workflow task. Temporal reapplies the
// commands received since. The request ID makes it idempotent.
func (t *Temporal) Reset(ctx context.Context, x Execution) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var completed int64
	err := t.eventsBackwards(ctx, x, func(e *event) bool {
		if e.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			completed = e.EventId
		}
		return completed == 0
	})
	if err != nil {
		return err
	}
	return t.resetTo(ctx, x, completed)
}

// ResetToStart resets the first execution of an activation that Temporal still keeps to
// its first workflow task. Temporal applies all commands again, also those that came
// after a continue-as-new.
func (t *Temporal) ResetToStart(ctx context.Context, x Execution) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	x, completed, _, err := t.earliest(ctx, x)
	if err != nil {
		return err
	}
	return t.resetTo(ctx, x, completed)
}

// firstTask returns the run ID that an execution continued from, "" if none, and the
// event ID of its first completed workflow task.
func (t *Temporal) firstTask(ctx context.Context, x Execution) (previous string, completed int64, err error) {
	events := t.client.GetWorkflowHistory(ctx, x.ID, x.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return "", 0, err
		}
		if started := e.GetWorkflowExecutionStartedEventAttributes(); started != nil && started.ContinuedExecutionRunId != "" {
			previous = started.ContinuedExecutionRunId
		}
		if e.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			return previous, e.EventId, nil
		}
	}
	return previous, 0, nil
}

// resetTo resets to the completed workflow task with an event ID; 0 means that there is none.
func (t *Temporal) resetTo(ctx context.Context, x Execution, completed int64) error {
	if completed == 0 {
		return errNoCompletedTask
	}
	_, err := t.client.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: t.namespace, WorkflowExecution: t.execution(x), WorkflowTaskFinishEventId: completed,
		RequestId: fmt.Sprintf("ops-%s-%d", x.RunID, completed), Reason: "countersign ops reset",
	})
	return err
}

func (t *Temporal) execution(x Execution) *common.WorkflowExecution {
	return &common.WorkflowExecution{WorkflowId: x.ID, RunId: x.RunID}
}

type event = history.HistoryEvent

// eventsBackwards iterates over a history from its end while more returns true.
func (t *Temporal) eventsBackwards(ctx context.Context, x Execution, more func(*event) bool) error {
	request := &workflowservice.GetWorkflowExecutionHistoryReverseRequest{Namespace: t.namespace, Execution: t.execution(x), MaximumPageSize: 100}
	for {
		page, err := t.client.WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, request)
		if err != nil {
			return err
		}
		for _, e := range page.History.GetEvents() {
			if !more(e) {
				return nil
			}
		}
		if request.NextPageToken = page.NextPageToken; len(request.NextPageToken) == 0 {
			return nil
		}
	}
}
