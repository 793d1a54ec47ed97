package e2e_test

import (
	"net/http"
	"testing"

	"countersign/api"
	"countersign/collaboration"
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

	o.wantOps("cancel "+string(id)+" --yes", 0, "it is over")
	o.wantOps("reset "+string(id)+" --yes", 0, "1 done.")
	o.wantOps("cancel "+string(id)+" --yes", 0, "1 done.")
	o.await(id, collaboration.Withdrawn)
	o.await(o.activate(requests[1].request), collaboration.AwaitingApproval)
}
