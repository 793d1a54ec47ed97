package ops

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
)

// Resend asks as an operator. The run takes a message of one id once.
func (t *Temporal) Resend(ctx context.Context, r Run, name string) error {
	if r.Activation == "" {
		return errEncrypted
	}
	_, err := t.activations.Resend(ctx, collaboration.Resend{ID: "ops-" + name, Activation: r.Activation, By: collaboration.ActorOperator})
	if errors.Is(err, converter.ErrEncodingIsNotSupported) { // it is done; only the answer is encrypted
		return nil
	}
	if collaboration.CodeOf(err) == collaboration.CodeOutcomeUnknown {
		return fmt.Errorf("left for the worker, which did not answer: repeat it with --name %s", name)
	}
	return err
}

// Retry resets an activity, which also unpauses it: it is tried at once, with
// all its time. One that is being tried goes on.
func (t *Temporal) Retry(ctx context.Context, r Run, activityID string) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	_, err := t.engine.WorkflowService().ResetActivity(ctx, &workflowservice.ResetActivityRequest{
		Namespace: t.namespace, Execution: t.execution(r), Identity: "countersign ops",
		Activity: &workflowservice.ResetActivityRequest_Id{Id: activityID},
	})
	return err
}

// Cancel asks the run to stop; it undoes what it did.
func (t *Temporal) Cancel(ctx context.Context, r Run) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return t.engine.CancelWorkflow(ctx, r.ID, r.RunID)
}

// errNothingGood says that no workflow task of a run was ever completed.
var errNothingGood = errors.New("it has no good workflow task to go back to")

// Reset begins a new run from the last workflow task that was completed, with
// the messages that came since. The request's id makes a repeat nothing.
func (t *Temporal) Reset(ctx context.Context, r Run) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var good int64
	err := t.backwards(ctx, r, func(e *event) bool {
		if e.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			good = e.EventId
		}
		return good == 0
	})
	if err != nil {
		return err
	}
	return t.resetTo(ctx, r, good)
}

// ResetToStart begins a new run from the first workflow task, with all messages.
func (t *Temporal) ResetToStart(ctx context.Context, r Run) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	events := t.engine.GetWorkflowHistory(ctx, r.ID, r.RunID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return err
		}
		if e.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			return t.resetTo(ctx, r, e.EventId)
		}
	}
	return errNothingGood
}

// resetTo resets to a workflow task that was completed; 0 for none.
func (t *Temporal) resetTo(ctx context.Context, r Run, good int64) error {
	if good == 0 {
		return errNothingGood
	}
	_, err := t.engine.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: t.namespace, WorkflowExecution: t.execution(r), WorkflowTaskFinishEventId: good,
		RequestId: fmt.Sprintf("ops-%s-%d", r.RunID, good), Reason: "countersign ops reset",
	})
	return err
}

func (t *Temporal) execution(r Run) *common.WorkflowExecution {
	return &common.WorkflowExecution{WorkflowId: r.ID, RunId: r.RunID}
}

type event = history.HistoryEvent

// backwards goes through a run's history from its end, while it is told to.
func (t *Temporal) backwards(ctx context.Context, r Run, more func(*event) bool) error {
	request := &workflowservice.GetWorkflowExecutionHistoryReverseRequest{Namespace: t.namespace, Execution: t.execution(r), MaximumPageSize: 100}
	for {
		page, err := t.engine.WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, request)
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
