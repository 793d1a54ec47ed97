package e2e_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/engine"
)

// An operator terminated a run, against the runbook: the facts keep it live
// until the run is reset and cancelled, as the runbook says.
func TestATerminatedRunIsMendedByResetAndCancel(t *testing.T) {
	o := start(t, parts[0].use)
	id := o.activate(requests[1].request)
	o.await(id, collaboration.AwaitingApproval)
	c := o.engine()
	defer c.Close()
	if err := c.TerminateWorkflow(t.Context(), id.WorkflowID(), "", "by mistake"); err != nil {
		t.Fatal(err)
	}
	again := requests[1].request
	again.AgreementMonths = 12
	var p api.Problem
	if r := o.call(http.MethodPost, "/v1/activations", again, &p); r.StatusCode != http.StatusConflict || p.Activation != id {
		t.Errorf("a new one while the facts say live: %s, %s", r.Status, p.Activation)
	}

	var lastTask int64
	for _, e := range o.history(id, "").Events {
		if e.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			lastTask = e.EventId
		}
	}
	if _, err := c.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: engine.Namespace, WorkflowExecution: &common.WorkflowExecution{WorkflowId: id.WorkflowID()},
		WorkflowTaskFinishEventId: lastTask, RequestId: uuid.NewString(), Reason: "runbook",
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.CancelWorkflow(t.Context(), id.WorkflowID(), ""); err != nil {
		t.Fatal(err)
	}
	o.await(id, collaboration.Withdrawn)
	o.await(o.activate(requests[1].request), collaboration.AwaitingApproval)
}
