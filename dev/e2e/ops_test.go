package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/api/problem"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
	"countersign/internal/temporalx"
)

// pendingActivity returns the ID of an execution's only pending activity.
func pendingActivity(d *harness.DirectClient, id collaboration.ActivationID) string {
	d.T.Helper()
	description, err := d.Client.DescribeWorkflowExecution(d.T.Context(), id.WorkflowID(), "")
	if err != nil || len(description.PendingActivities) != 1 {
		d.T.Fatalf("%v, pending activities %v, want one", err, description.GetPendingActivities())
	}
	return description.PendingActivities[0].ActivityId
}

// Three activations cannot send their invitations. An operator finds them, cancels
// one, and retries the others at once when mail works again, including one with a
// paused activity.
func TestOps_FindRetryAndCancelStuckExecutions(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	provider := &external.UnavailableMailer{}
	defer d.RunWorkerWith(provider)()
	waiting, paused, cancelled := d.MustStart(d.Order()), d.MustStart(d.Order()), d.MustStart(d.Order())
	all := []collaboration.ActivationID{waiting, paused, cancelled}
	for _, id := range all {
		d.AwaitOps("stuck --attempts 3 --office office-1 --rate 100", "stuck   "+string(id)+"  activating  SendInvitation failed ")
	}
	d.WantOps("stuck", 1, "3 stuck.", ": mail_unavailable")
	d.WantOps("stuck --office office-2", 0, "No matching workflow executions.")
	if got := details(d, waiting); !strings.Contains(got, "failed with `mail_unavailable`") || !strings.Contains(got, "`countersign ops retry "+string(waiting)+"`") {
		t.Errorf("the execution's details are %q", got)
	}

	d.WantOps("cancel "+string(cancelled), 0, "planned "+string(cancelled), "Nothing was changed")
	d.WantOps("cancel "+string(cancelled)+" --yes", 0, "done    "+string(cancelled))
	a := d.AwaitState(cancelled, collaboration.Withdrawn)
	if got := harness.Actions(a); !strings.HasSuffix(got, "administrator_removed solution_deactivated closed") {
		t.Errorf("actions of the cancelled activation: %s", got)
	}

	_, err := d.Client.WorkflowService().PauseActivity(t.Context(), &workflowservice.PauseActivityRequest{
		Namespace: d.At.Namespace, Execution: &common.WorkflowExecution{WorkflowId: paused.WorkflowID()},
		Activity: &workflowservice.PauseActivityRequest_Id{Id: pendingActivity(d, paused)},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.AwaitOps("stuck "+string(paused), "SendInvitation is paused")
	d.WantOps("retry --office office-1", 0, "planned "+string(paused)+"  activating  retries now: [SendInvitation]", "2 planned.")
	d.WantOps("retry "+string(waiting)+" --yes", 0, "1 done.") // fails again, and restarts the count of attempts
	provider.Available.Store(true)
	d.AwaitOps("retry --office office-1 --yes", "done    "+string(paused))
	for _, id := range []collaboration.ActivationID{waiting, paused} {
		d.AwaitState(id, collaboration.AwaitingApproval)
	}
	d.AwaitOps("stuck", "No matching workflow executions.")
	if attempt := attemptOf(d, paused); attempt != 1 {
		t.Errorf("attempt %d sent the mail, want 1: a retry by an operator restarts the count", attempt)
	}

	wantDescribed(d, paused.WorkflowID(), "Waiting for the customer to approve", "any of its administrators")

	sent := provider.Sent.Load()
	for range 2 { // the second has the ID of the first and no effect
		d.WantOps("resend "+string(waiting)+" --yes --name after-outage", 0, "done    "+string(waiting))
	}
	eventually.True(t, "the invitation is sent again", func() bool { return d.Activation(waiting).Invitation.Generation >= 2 })
	d.AwaitState(waiting, collaboration.AwaitingApproval)
	if g, n := d.Activation(waiting).Invitation.Generation, provider.Sent.Load()-sent; g != 2 || n != 1 {
		t.Errorf("generation %d and %d mails, want 2 and 1", g, n)
	}
}

// While no worker runs, Signals make a history longer, until Temporal accepts no more. The
// operator sees it before; with a worker the execution handles all of them.
func TestOps_FindExecutionNearItsLimit(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	stop := d.RunWorkerWith(&external.RecordingMailer{})
	id := d.MustStart(d.Order())
	d.AwaitState(id, collaboration.AwaitingApproval)
	stop()
	before := len(d.History(id, "").Events)
	for n := range 30 {
		harness.NoError(t, d.Client.SignalWorkflow(t.Context(), id.WorkflowID(), "", message.Signal,
			message.Command{ID: fmt.Sprint(n), Activation: id, Kind: collaboration.CommandReport, Report: &message.Report{Generation: 9}}))
	}
	d.AwaitOps(fmt.Sprintf("stuck --events %d %s", before+30, id), " events and grows until it accepts no more commands")
	d.WantOps("stuck "+string(id), 0, "No matching workflow executions.")
}

// attemptOf returns the attempt in which an execution's last activity succeeded.
func attemptOf(d *harness.DirectClient, id collaboration.ActivationID) (attempt int32) {
	d.T.Helper()
	for _, e := range d.History(id, "").Events {
		if started := e.GetActivityTaskStartedEventAttributes(); started != nil {
			attempt = started.Attempt
		}
	}
	return attempt
}

// A worker with broken code handles a command of a waiting execution. The operator
// finds the failing workflow task and resets the execution after the fix. The command
// takes effect.
func TestOps_ResetAfterBrokenCode(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	stop := d.RunWorkerWith(&external.SlowMailer{Started: make(chan struct{}, 9)})
	id, other := d.MustStart(d.Order()), d.MustStart(d.Order())
	for _, i := range []collaboration.ActivationID{id, other} {
		d.AwaitWorkflowState(i, collaboration.AwaitingApproval)
	}
	stop()
	broken := sdk.New(d.Client, temporalx.TaskQueue, sdk.Options{})
	broken.RegisterWorkflowWithOptions(func(workflow.Context, message.State) error { panic("broken") }, workflow.RegisterOptions{Name: temporalx.ActivationWorkflowType})
	if err := broken.Start(); err != nil {
		t.Fatal(err)
	}
	d.SignalDecision(d.Approval(id))
	d.AwaitOps("stuck --state awaiting_approval", "its workflow task fails: ")
	broken.Stop()
	d.WantOps("reset --office office-1", 0, "planned "+string(id), "skipped "+string(other))
	d.WantOps("reset --office office-1 --yes", 0, "done    "+string(id), "1 done. 1 skipped.")
	defer d.RunWorkerWith(&external.SlowMailer{Started: make(chan struct{}, 9)})()
	d.WantStarted(id)
	reset := 0
	for _, run := range d.Runs(id) {
		for _, e := range d.History(id, run).Events {
			if f := e.GetWorkflowTaskFailedEventAttributes(); f != nil && f.Cause == enums.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW {
				reset++
			}
		}
	}
	if reset != 1 {
		t.Errorf("the execution was reset %d times, want 1", reset)
	}
}

// An operator terminated an execution, against the runbook. The activation is live in
// the database until the operator resets and cancels the execution, as the runbook
// says.
func TestOps_RepairTerminatedExecution(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	id := o.Activate(harness.Scenarios[1].Request)
	awaitIdle(o, id) // the customer has two administrators, and each is mailed in the first workflow task
	c := o.Temporal()
	if err := c.TerminateWorkflow(t.Context(), id.WorkflowID(), "", "by mistake"); err != nil {
		t.Fatal(err)
	}
	again := harness.Scenarios[1].Request
	again.AgreementMonths = 12
	var p problem.Problem
	if r := o.Call(http.MethodPost, "/v1/activations", again, &p); r.StatusCode != http.StatusConflict || p.Activation != id {
		t.Errorf("a request while the database has a live activation: %s, %s", r.Status, p.Activation)
	}

	o.WantOps("cancel "+string(id)+" --yes", 0, "it is closed")
	o.WantOps("reset "+string(id)+" --yes", 0, "1 done.")
	o.WantOps("cancel "+string(id)+" --yes", 0, "1 done.")
	o.AwaitState(id, collaboration.Withdrawn)
	o.AwaitState(o.Activate(harness.Scenarios[1].Request), collaboration.AwaitingApproval)
}
