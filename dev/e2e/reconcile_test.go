package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"countersign/api/problem"
	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
	"countersign/internal/store"
)

// lose deletes an execution, as an operator's mistake or a restore of Temporal would.
func lose(o *harness.Office, ids ...collaboration.ActivationID) {
	o.T.Helper()
	for _, id := range ids {
		_, err := o.Temporal().WorkflowService().DeleteWorkflowExecution(o.T.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
			Namespace: o.At.Namespace, WorkflowExecution: &common.WorkflowExecution{WorkflowId: id.WorkflowID()},
		})
		harness.NoError(o.T, err)
	}
	for _, id := range ids {
		eventually.True(o.T, "the execution of "+string(id)+" is deleted", func() bool {
			_, err := o.Temporal().DescribeWorkflowExecution(o.T.Context(), id.WorkflowID(), "")
			var missing *serviceerror.NotFound
			return errors.As(err, &missing)
		})
	}
}

// Temporal loses the executions of an activation that awaits approval, of an active one and of
// one with a notice. The operator restores them from the database, and their lives continue.
func TestOps_ReconcileRestoresLostExecutions(t *testing.T) {
	t.Parallel()
	for _, backend := range harness.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			t.Parallel()
			restoreLostExecutions(t, harness.StartStack(t, backend.Use))
		})
	}
}

func restoreLostExecutions(t *testing.T, o *harness.Office) {
	o.ImportCustomers(3)
	emails := []string{"anna@lost.example", "bertil@lost.example", "cecilia@lost.example"}
	ids, links := make([]collaboration.ActivationID, len(emails)), make([]string, len(emails))
	for i, email := range emails {
		ids[i] = o.Activate(o.RequestFor(i, email))
		o.AwaitState(ids[i], collaboration.AwaitingApproval)
		links[i] = o.Invitations(email)[0].Links[0]
	}
	awaiting, active, terminated := ids[0], ids[1], ids[2]
	for i := range 2 {
		o.Customer(emails[i+1]).Approve(links[i+1])
		o.AwaitState(ids[i+1], collaboration.Active)
	}
	o.MustChange(http.MethodPost, terminated, "/end", rest.EndRequest{When: collaboration.EndOfTerm})
	before := o.AwaitActivation(terminated, "terminated", func(a rest.ActivationView) bool { return a.Phase == collaboration.PhaseTerminated })
	expires := o.Activation(awaiting).Invitation.ExpiresAt
	for _, id := range ids {
		awaitIdle(o, id)
	}
	o.WantOps("reconcile --rate 100", 0, "The database and Temporal agree.")
	lose(o, ids...)

	// The customer is blocked: its answer is not stored, and the office cannot start again.
	customer := o.Customer(emails[0])
	var invitation rest.InvitationView
	customer.Call(http.MethodGet, harness.InvitationPath(links[0]), nil, &invitation)
	var p problem.Problem
	approval := rest.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: invitation.OfferHash, Locale: invitation.Terms.Locale}
	if r := customer.Call(http.MethodPost, harness.InvitationPath(links[0])+"/decision", approval, &p); r.StatusCode != http.StatusServiceUnavailable || p.Code != collaboration.CodeUnavailable {
		t.Errorf("an answer to a lost execution: %s, %s", r.Status, p.Code)
	}
	if r := o.Call(http.MethodPost, "/v1/activations", o.RequestFor(0, "another@lost.example"), &p); p.Code != collaboration.CodeActivationExists {
		t.Errorf("a second activation: %s, %s", r.Status, p.Code)
	}

	for range 2 { // a dry run changes nothing
		o.WantOps("reconcile --rate 100", 0, "planned "+string(awaiting), "planned "+string(active), "planned "+string(terminated), "3 planned.", "Nothing was changed")
	}
	o.WantOps("reconcile --yes "+string(awaiting), 0, "done    "+string(awaiting), "1 done.")
	o.WantOps("reconcile --yes --rate 100", 0, "done    "+string(active), "done    "+string(terminated), "2 done.")
	for _, id := range ids {
		awaitIdle(o, id)
	}
	o.WantOps("reconcile --rate 100", 0, "The database and Temporal agree.")
	if a := o.Activation(awaiting); a.State != collaboration.AwaitingApproval || a.Invitation.Generation != 1 || !a.Invitation.ExpiresAt.Equal(expires) {
		t.Errorf("restored %+v", a.Invitation)
	}

	customer.Approve(links[0])
	o.AwaitState(awaiting, collaboration.Active)
	end := before.Agreement.EndsOn.Start()
	o.FastForward(terminated, end.Add(time.Hour))
	o.AwaitState(terminated, collaboration.Ended)
	o.FastForward(active, end.Add(time.Hour))
	a := o.AwaitActivation(active, "renewed", harness.Happened(collaboration.ActionAgreementRenewed, 1))
	if a.State != collaboration.Active {
		t.Errorf("the active one is %s", a.State)
	}
	for i, id := range ids {
		o.CheckAudit(id)
		if n := len(o.Invitations(emails[i])); n != 1 {
			t.Errorf("%s received %d invitations", emails[i], n)
		}
	}
	for _, id := range ids {
		a := o.Activation(id)
		for _, action := range []string{"requested", "invitation_sent", "approved", "agreement_started"} {
			if n := strings.Count(" "+harness.Actions(a)+" ", " "+action+" "); n != 1 {
				t.Errorf("%d times %s in %s", n, action, harness.Actions(a))
			}
		}
	}
}

// Temporal loses an execution that provisions, and one is terminated before a worker has it. The
// database loses an activation, and closes one that Temporal runs again from an older backup.
func TestOps_ReconcileRepairsBothDirections(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	provider := &external.UnavailableMailer{}
	stop := d.RunWorkerWith(provider)
	provider.Available.Store(true)
	awaiting, orphan, withdrawn, active := d.Invite(), d.Invite(), d.Invite(), d.Invite()
	records, err := store.Open(t.Context(), d.DatabaseURL)
	harness.NoError(t, err)
	defer records.Close()
	old := map[collaboration.ActivationID]message.State{}
	for _, id := range []collaboration.ActivationID{withdrawn, active} {
		a, err := records.Activation(t.Context(), id)
		harness.NoError(t, err)
		old[id], err = message.Restored(a, nil, nil)
		harness.NoError(t, err)
	}
	d.SignalDecision(d.Approval(active))
	d.AwaitState(active, collaboration.Active)
	d.MustChange(http.MethodPost, withdrawn, "/withdraw", nil)
	d.AwaitState(withdrawn, collaboration.Withdrawn)
	d.AwaitClosed(withdrawn, "")
	for _, id := range []collaboration.ActivationID{awaiting, orphan, active} {
		awaitIdle(d.Office, id)
	}
	harness.NoError(t, d.Restore(t.Context(), old[withdrawn], false)) // as in an older backup of Temporal
	harness.NoError(t, d.Restore(t.Context(), old[active], true))
	for _, id := range []collaboration.ActivationID{withdrawn, active} {
		d.AwaitWorkflowState(id, collaboration.AwaitingApproval)
		awaitIdle(d.Office, id)
	}
	provider.Available.Store(false)
	activating := d.MustStart(d.Order())
	d.AwaitOps("stuck --attempts 2 --rate 100", "stuck   "+string(activating)+"  activating  SendInvitation failed ")
	lose(d.Office, activating)
	forget(d, orphan)
	stop()
	provider.Available.Store(true)
	lose(d.Office, awaiting)

	d.WantOps("reconcile --rate 100", 0, "2 planned.") // the others have changed within ten minutes
	const all = "reconcile --patience 1ms --rate 100"
	d.AwaitOps(all, "5 planned.") // visibility lags
	d.WantOps(all+" --yes "+string(awaiting), 0, "1 done.")
	harness.NoError(t, d.Client.TerminateWorkflow(t.Context(), awaiting.WorkflowID(), "", "before its first workflow task"))
	d.WantOps(all+" --yes", 0,
		"done    "+string(activating)+"  activating  Temporal has no execution",
		"done    "+string(awaiting)+"  awaiting_approval  its execution was terminated",
		"done    "+string(active)+"  active  its execution lacks the last stored steps",
		"done    "+string(orphan)+"  awaiting_approval  the database does not have it; resets",
		"done    "+string(withdrawn)+"  awaiting_approval  its activation is closed in the database",
		"5 done.")

	defer d.RunWorkerWith(provider)()
	for _, id := range []collaboration.ActivationID{activating, awaiting, orphan} {
		d.AwaitState(id, collaboration.AwaitingApproval)
		d.AwaitWorkflowState(id, collaboration.AwaitingApproval)
		d.SignalDecision(d.Approval(id))
	}
	for _, id := range []collaboration.ActivationID{activating, awaiting, orphan, active} {
		d.WantStarted(id)
		d.CheckAudit(id)
		awaitIdle(d.Office, id)
	}
	if n := d.Activation(awaiting).Invitation.Generation; n != 1 {
		t.Errorf("generation %d", n)
	}
	d.AwaitOps(all, "The database and Temporal agree.")
	closed, err := d.Client.DescribeWorkflowExecution(t.Context(), withdrawn.WorkflowID(), "")
	if err != nil || closed.WorkflowExecutionInfo.Status != enums.WORKFLOW_EXECUTION_STATUS_TERMINATED {
		t.Errorf("the execution of the closed activation: %v, %v", closed.GetWorkflowExecutionInfo().GetStatus(), err)
	}
}

// forget deletes an activation from the database, as a restore of an older backup would.
func forget(d *harness.DirectClient, id collaboration.ActivationID) {
	d.T.Helper()
	db, err := harness.OpenDatabase(d.DatabaseURL)
	harness.NoError(d.T, err)
	defer db.Close()
	exec := func(statement string, arguments ...any) {
		_, err := db.ExecContext(context.WithoutCancel(d.T.Context()), statement, arguments...)
		harness.NoError(d.T, err)
	}
	for _, name := range triggers(d.T, db) {
		exec("DROP TRIGGER " + name)
	}
	for _, statement := range []string{
		"DELETE FROM audit_private WHERE activation_id = $1", "DELETE FROM audit WHERE activation_id = $1", "DELETE FROM mail_deliveries WHERE activation_id = $1",
		"DELETE FROM administrators WHERE created_by = $1", "DELETE FROM subscriptions WHERE activated_by = $1", "DELETE FROM activations WHERE id = $1",
	} {
		exec(statement, string(id))
	}
}

// triggers returns the names of the database's triggers. They protect the audit.
func triggers(t *testing.T, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'trigger'")
	harness.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		harness.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	harness.NoError(t, rows.Err())
	return names
}
