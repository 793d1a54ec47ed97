package rehearsal_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/dev/stack"
	"countersign/internal/servertest"
	"countersign/internal/temporalx"
)

// withoutWorkers calls do while no worker runs.
func withoutWorkers(s *harness.Site, do func()) {
	s.T.Helper()
	for _, w := range s.Workers {
		w.Stop()
	}
	do()
	for _, w := range s.Workers {
		w.Start()
	}
}

// No worker polls. This uses a namespace that never had a worker, because Temporal
// lists a poller for two minutes after its last poll.
func noWorkerPolls(r *runbookScenario) {
	o := harness.StartStack(r.t, func(_ *testing.T, options *stack.Options) { options.NoWorker = true })
	temporal := []string{"TEMPORAL_ADDRESS=" + o.At.Temporal, "TEMPORAL_NAMESPACE=" + o.At.Namespace}
	r.settings = temporal
	const check = "countersign check api"
	r.see("NoPollers")
	r.awaits("worker FAILED no worker polls activations, mail, webhooks", check)
	worker := r.site.Process("worker")
	worker.Environment = append(append(worker.Environment, r.site.Workers[0].Environment...), temporal...)
	worker.Admin = worker.Listen("COUNTERSIGN_ADMIN_LISTEN")
	r.t.Cleanup(worker.Cleanup)
	worker.Start()
	r.awaits("worker ok", check)
}

// Two workflow executions are terminated by mistake.
func executionIsTerminated(r *runbookScenario) {
	unwanted, _ := r.invite()
	overdue, _ := r.invite()
	r.terminate(unwanted)
	r.terminate(overdue)
	const reset = "countersign ops reset ID --yes"
	r.see(activationDoesNotMove)
	r.wants("done ", reset, "ID", string(unwanted))
	r.wants("done ", "countersign ops cancel ID --yes", "ID", string(unwanted))
	r.awaits("State withdrawn", "countersign status ID", "ID", string(unwanted))

	r.see("InvitationsOverdue")
	r.wants(string(overdue), "countersign list --state awaiting_approval")
	r.wants("done ", reset, "ID", string(overdue))
	r.FastForward(overdue, time.Now().Add(collaboration.InvitationLifetime+time.Hour))
	r.awaits(string(overdue), "countersign list --state expired")
}

func (r *runbookScenario) terminate(id collaboration.ActivationID) {
	r.t.Helper()
	c := r.Temporal()
	if err := c.TerminateWorkflow(r.t.Context(), id.WorkflowID(), "", "by mistake"); err != nil {
		r.t.Fatal(err)
	}
}

// Two workflow executions are deleted by mistake.
func executionsAreLost(r *runbookScenario) {
	one, email := r.invite()
	other, _ := r.invite()
	for _, id := range []collaboration.ActivationID{one, other} {
		_, err := r.Temporal().WorkflowService().DeleteWorkflowExecution(r.t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
			Namespace: r.At.Namespace, WorkflowExecution: &common.WorkflowExecution{WorkflowId: id.WorkflowID()},
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	const all, agree = "countersign ops reconcile", "The database and Temporal agree."
	r.see("`activation_exists`, and no such execution")
	r.awaits("done "+string(one), "countersign ops reconcile ID --yes", "ID", string(one))
	r.awaits(agree, "countersign ops reconcile ID", "ID", string(one))
	r.see("`activation_exists` and `unavailable`")
	r.awaits("planned "+string(other), all)
	r.awaits("done "+string(other), all, "reconcile", "reconcile --yes")
	r.see("Many executions at once")
	r.awaits(agree, all)
	r.awaits(agree, all)
	r.Customer(email).Approve(r.link(email))
	r.AwaitState(one, collaboration.Active)
}

// A worker with broken code gets workflow executions that wait.
func workerCodeIsBroken(r *runbookScenario) {
	began := time.Now().UTC().Add(-time.Second).Format(time.RFC3339)
	one, _ := r.invite()
	other, _ := r.invite()
	third, _ := r.invite()
	const stuck, all = "countersign ops stuck", `countersign ops reset --query "StartTime > 'TIME'"`
	withoutWorkers(r.site, func() {
		c := r.Temporal()
		broken := sdk.New(c, temporalx.TaskQueue, sdk.Options{})
		broken.RegisterWorkflowWithOptions(func(workflow.Context, message.State) error { panic("broken") }, workflow.RegisterOptions{Name: temporalx.ActivationWorkflowType})
		if err := broken.Start(); err != nil {
			r.t.Fatal(err)
		}
		r.answer(c, one)
		r.answer(c, other)
		r.answer(c, third)
		r.see("WorkflowNotDeterministic")
		r.awaits("3 stuck.", stuck)
		r.see("*Workflow Task Failed* repeatedly")
		r.awaits("its workflow task fails", stuck)
		r.see("after a rollback")
		r.awaits("its workflow task fails", stuck) // TestRelease_AndRollback has a rollback
		broken.Stop()
		r.do("countersign ops reset ID --from-start --yes", "ID", string(third))
		r.see("*Workflow Task Failed* repeatedly")
		r.do("countersign ops reset ID --yes", "ID", string(one))
		r.see("many executions with *Workflow Task Failed*")
		r.awaits("planned "+string(other), all, "TIME", began)
		r.awaits("done "+string(other), all, "TIME'\"", began+"'\" --yes")
	})
	r.AwaitState(one, collaboration.Active)
	r.AwaitState(other, collaboration.Active)
	r.AwaitState(third, collaboration.Active)
	r.see("*Workflow Task Failed* repeatedly")
	r.awaits("No matching workflow executions.", "countersign ops stuck ID", "ID", string(one))
	r.see("an execution with a history that") // TestOps_FindExecutionNearItsLimit has a long history
	r.awaits("No matching workflow executions.", "countersign ops stuck ID", "ID", string(one))
	for _, place := range []string{"many executions with *Workflow Task Failed*", "after a rollback", "WorkflowNotDeterministic"} {
		r.see(place)
		r.awaits("No matching workflow executions.", stuck)
	}
}

// answer sends an approval as a Signal, as another system does.
func (r *runbookScenario) answer(c client.Client, id collaboration.ActivationID) {
	r.t.Helper()
	err := c.SignalWorkflow(r.t.Context(), id.WorkflowID(), "", message.Signal, message.Decide(collaboration.Decision{
		ID: "approval", Activation: id, Generation: 1, By: "admin", Outcome: collaboration.Approve,
		Offer: harness.ApprovedOffer(),
	}))
	if err != nil {
		r.t.Fatal(err)
	}
}

// An operator cancels pending activations.
func activationsAreUnwanted(r *runbookScenario) {
	id, _ := r.invite()
	const cancel = "countersign ops cancel --office OFFICE --state activating,awaiting_approval"
	r.see("unwanted activations")
	r.awaits("planned "+string(id), cancel, "OFFICE", "office-1")
	r.awaits("done "+string(id), cancel, "OFFICE", "office-1", "awaiting_approval", "awaiting_approval --yes")
	r.awaits(string(id), "countersign list --state withdrawn")
}

// A database dump is older than Temporal's data: one activation was approved and
// another one started after it.
func backupIsRestored(r *runbookScenario) {
	approved, email := r.invite()
	file, database, empty := filepath.Join(r.t.TempDir(), "database.dump"), r.site.Database, servertest.Postgres(r.t)
	redis := servertest.Redis(r.t)
	r.see("Backup and restore")
	r.do("pg_dump --format=custom --exclude-table-data=data_keys --exclude-table-data=erased_data_keys --file=FILE URL", "FILE", file, "URL", "'"+servertest.As(database, servertest.Owner)+"'")
	r.Customer(email).Approve(r.link(email))
	r.AwaitState(approved, collaboration.Active)
	started, _ := r.invite()

	r.site.Redis.Stop() // the log needs an error
	if got := harness.Status(r.At.API+"/overview", &http.Cookie{Name: "countersign", Value: "of a session"}); got != http.StatusServiceUnavailable {
		r.t.Errorf("without Redis a page with a session answers %d", got)
	}
	stopAll(r.site)
	r.wantLog(approved)
	r.see("Backup and restore")
	keys := file + ".keys"
	r.do("pg_dump --format=custom --data-only --table=data_keys --table=erased_data_keys --file=FILE URL", "FILE", keys, "URL", "'"+servertest.As(database, servertest.Owner)+"'")
	for _, dump := range []string{file, keys} {
		r.do("pg_restore --no-owner --exit-on-error --single-transaction --dbname=URL FILE", "FILE", dump, "URL", "'"+servertest.As(empty, servertest.Owner)+"'")
	}
	for _, p := range r.site.Processes() {
		p.Set("COUNTERSIGN_DATABASE_URL", empty)
		p.Set("COUNTERSIGN_MIGRATE_DATABASE_URL", servertest.As(empty, servertest.Owner))
		p.Set("COUNTERSIGN_REDIS_URL", "redis://"+redis)
	}
	r.see("Backup and restore")
	r.do("countersign migrate")
	for _, p := range []*harness.Process{r.site.Workers[0], r.site.Workers[1], r.site.APIs[0], r.site.APIs[1]} {
		p.Start()
	}

	r.see("Backup and restore")
	for _, id := range []collaboration.ActivationID{approved, started} {
		r.awaits("planned "+string(id), "countersign ops reconcile", "reconcile", "reconcile --patience 1ms")
	}
	const reset = "countersign ops reset ID --from-start --yes"
	r.see("the history or `State` in the Web UI is ahead")
	r.wants("State awaiting_approval", "countersign status ID", "ID", string(approved))
	r.do(reset, "ID", string(approved))
	r.awaits("State active", "countersign status ID", "ID", string(approved))
	r.do("countersign audit ID", "ID", string(approved))
	r.CheckAudit(approved)
	const list = "countersign list"
	r.see("an `activation-…` execution that `countersign list` does not show")
	if output := r.do(list); strings.Contains(output, string(started)) {
		r.t.Errorf("the database is not the restored one: %s", output)
	}
	r.do(reset, "ID", string(started))
	r.awaits(string(started), list)
}

func stopAll(s *harness.Site) {
	s.T.Helper()
	for _, p := range s.Processes() {
		p.Stop()
	}
}

// wantLog finds lines about an activation, and errors, in the logs of processes that
// have stopped.
func (r *runbookScenario) wantLog(id collaboration.ActivationID) {
	r.t.Helper()
	file := filepath.Join(r.t.TempDir(), "log")
	var all []byte
	for _, p := range r.site.Processes() {
		all = append(all, p.Output.String()...)
	}
	if err := os.WriteFile(file, all, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.see("Metrics, traces and logs")
	r.wants(string(id), `jq 'select(.activation == "ID")'`, "ID", string(id), ")'", ")' "+file)
	r.see("RequestsFail")
	r.wants(`"level": "ERROR"`, `jq 'select(.level == "ERROR")'`, ")'", ")' "+file)
}
