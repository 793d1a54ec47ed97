package harness

import (
	"net/http"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/eventually"
	"countersign/starter"
)

// MustPost sends a command, which must succeed.
func (o *Office) MustPost(id collaboration.ActivationID, message string, body any) {
	o.T.Helper()
	if r := o.Call(http.MethodPost, "/v1/activations/"+string(id)+"/"+message, body, nil); r.StatusCode != http.StatusOK {
		o.T.Fatalf("%s: %s", message, r.Status)
	}
}

// DecideDirectly sends a decision to Temporal, without the API and its login.
func (o *Office) DecideDirectly(id collaboration.ActivationID, outcome collaboration.Outcome) {
	o.T.Helper()
	c := o.Temporal()
	d := collaboration.Decision{ID: "d-1", Activation: id, Generation: o.Activation(id).Invitation.Generation, By: "admin", Outcome: outcome}
	if outcome == collaboration.Approve {
		d.Offer = ApprovedOffer()
	} else {
		d.Reason = collaboration.ReasonPrice
	}
	if _, err := starter.New(c, eventually.Deadline).SendCommand(o.T.Context(), message.Decide(d)); err != nil {
		o.T.Fatal(err)
	}
}

// Cancel cancels the workflow execution of an activation.
func (o *Office) Cancel(id collaboration.ActivationID) {
	o.T.Helper()
	c := o.Temporal()
	if err := c.CancelWorkflow(o.T.Context(), id.WorkflowID(), ""); err != nil {
		o.T.Fatal(err)
	}
}

// StartOnClosedTask starts a workflow execution that fails at its first step. The
// API rejects such a request.
func (o *Office) StartOnClosedTask(r collaboration.Request) collaboration.ActivationID {
	o.T.Helper()
	c := o.Temporal()
	order := OrderFor(r)
	order.TaskID = "t-1001-1"
	if err := starter.New(c, eventually.Deadline).Start(o.T.Context(), order); err != nil {
		o.T.Fatal(err)
	}
	return order.Activation
}

// History returns the history of an activation's execution with a run ID. The run ID
// "" selects the last execution.
func (o *Office) History(id collaboration.ActivationID, run string) *history.History {
	o.T.Helper()
	return o.HistoryOf(id.WorkflowID(), run)
}

// HistoryOf is History for any workflow.
func (o *Office) HistoryOf(workflowID, run string) *history.History {
	o.T.Helper()
	c := o.Temporal()
	h := &history.History{}
	for events := c.GetWorkflowHistory(o.T.Context(), workflowID, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			o.T.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	return h
}

// AwaitClosed waits until an execution has closed and returns its history. The
// execution closes after the database has its result.
func (o *Office) AwaitClosed(id collaboration.ActivationID, run string) *history.History {
	o.T.Helper()
	c := o.Temporal()
	ctx := eventually.Context(o.T)
	_ = c.GetWorkflow(ctx, id.WorkflowID(), run).GetWithOptions(ctx, nil, client.WorkflowRunGetOptions{DisableFollowingRuns: true}) // the caller checks the result
	return o.History(id, run)
}

// Runs returns the run IDs of an activation's executions, oldest first.
func (o *Office) Runs(id collaboration.ActivationID) []string {
	o.T.Helper()
	current, err := o.Temporal().DescribeWorkflowExecution(o.T.Context(), id.WorkflowID(), "")
	NoError(o.T, err)
	var runs []string
	for run := current.WorkflowExecutionInfo.Execution.RunId; run != ""; {
		runs = append([]string{run}, runs...)
		run = o.History(id, run).Events[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
	}
	return runs
}

// HasPendingWork reports whether an execution has a task or an activity to complete, or
// has yet to run for the first time, as after a continue-as-new.
func HasPendingWork(d *workflowservice.DescribeWorkflowExecutionResponse) bool {
	const afterFirstTask = 4 // execution started; task scheduled, started and completed
	return d.PendingWorkflowTask != nil || len(d.PendingActivities) > 0 || d.WorkflowExecutionInfo.HistoryLength < afterFirstTask
}
