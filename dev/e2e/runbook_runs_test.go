package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/dev/stack"
	"countersign/internal/servertest"
)

// withoutWorkers does something while nobody works.
func (s *site) withoutWorkers(do func()) {
	s.t.Helper()
	for _, w := range s.workers {
		w.stop(workerStops)
	}
	do()
	for _, w := range s.workers {
		w.start()
	}
}

// nobodyWorks is on an engine where nobody ever did: it remembers for two
// minutes who is gone.
func nobodyWorks(r *rehearsal) {
	o := start(r.t, func(_ *testing.T, options *stack.Options) { options.NoWorker = true })
	engine := "TEMPORAL_ADDRESS=" + o.at.Engine
	r.settings = []string{engine}
	const check = "countersign check api"
	r.see("NobodyPolls")
	r.awaits("worker WRONG none polls activations, mail, webhooks", check)
	worker := r.site.process("worker")
	worker.environment = append(append(worker.environment, r.site.workers[0].environment...), engine)
	worker.admin = worker.serve("COUNTERSIGN_ADMIN_LISTEN")
	r.t.Cleanup(worker.clear)
	worker.start()
	r.awaits("worker ok", check)
}

func aRunWasTerminated(r *rehearsal) {
	unwanted, _ := r.invite()
	overdue, _ := r.invite()
	r.terminate(unwanted)
	r.terminate(overdue)
	const reset = "countersign ops reset ID --yes"
	r.see(doesNotMove)
	r.wants("done ", reset, "ID", string(unwanted))
	r.wants("done ", "countersign ops cancel ID --yes", "ID", string(unwanted))
	r.awaits("State withdrawn", "countersign status ID", "ID", string(unwanted))

	r.see("InvitationsOverdue")
	r.wants(string(overdue), "countersign list --state awaiting_approval")
	r.wants("done ", reset, "ID", string(overdue))
	r.forward(overdue, time.Now().Add(collaboration.InvitationLifetime+time.Hour))
	r.awaits(string(overdue), "countersign list --state expired")
}

func (r *rehearsal) terminate(id collaboration.ActivationID) {
	r.t.Helper()
	c := r.engine()
	defer c.Close()
	if err := c.TerminateWorkflow(r.t.Context(), id.WorkflowID(), "", "by mistake"); err != nil {
		r.t.Fatal(err)
	}
}

// A worker with broken code comes to runs that wait.
func theCodeIsBroken(r *rehearsal) {
	began := time.Now().UTC().Add(-time.Second).Format(time.RFC3339)
	one, _ := r.invite()
	other, _ := r.invite()
	third, _ := r.invite()
	const stuck, all = "countersign ops stuck", `countersign ops reset --query "StartTime > 'TIME'"`
	r.site.withoutWorkers(func() {
		c := r.engine()
		defer c.Close()
		broken := sdk.New(c.Client, collaboration.TaskQueue, sdk.Options{})
		broken.RegisterWorkflowWithOptions(func(workflow.Context, collaboration.Run) error { panic("broken") }, workflow.RegisterOptions{Name: collaboration.WorkflowType})
		if err := broken.Start(); err != nil {
			r.t.Fatal(err)
		}
		r.answer(c, one)
		r.answer(c, other)
		r.answer(c, third)
		r.see("WorkflowNotDeterministic")
		r.awaits("3 stuck.", stuck)
		r.see("*Workflow Task Failed* again")
		r.awaits("its workflow task fails", stuck)
		r.see("after going back")
		r.awaits("its workflow task fails", stuck) // TestAReleaseAndTheWayBack really goes back
		broken.Stop()
		r.do("countersign ops reset ID --from-start --yes", "ID", string(third))
		r.see("*Workflow Task Failed* again")
		r.do("countersign ops reset ID --yes", "ID", string(one))
		r.see("many runs with *Workflow Task Failed*")
		r.awaits("would "+string(other), all, "TIME", began)
		r.awaits("done "+string(other), all, "TIME'\"", began+"'\" --yes")
	})
	r.await(one, collaboration.Active)
	r.await(other, collaboration.Active)
	r.await(third, collaboration.Active)
	r.see("*Workflow Task Failed* again")
	r.awaits("No run is concerned.", "countersign ops stuck ID", "ID", string(one))
	for _, place := range []string{"many runs with *Workflow Task Failed*", "after going back", "WorkflowNotDeterministic"} {
		r.see(place)
		r.awaits("No run is concerned.", stuck)
	}
}

// answer leaves an approval for a run, as another system would.
func (r *rehearsal) answer(c client.Client, id collaboration.ActivationID) {
	r.t.Helper()
	err := c.SignalWorkflow(r.t.Context(), id.WorkflowID(), "", collaboration.DecideMessage, collaboration.Decision{
		ID: "approval", Activation: id, Generation: 1, By: "admin", Outcome: collaboration.Approve,
		TermsVersion: "1", TermsHash: "hash", Locale: collaboration.Swedish,
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func nobodyWantsIt(r *rehearsal) {
	id, _ := r.invite()
	const cancel = "countersign ops cancel --office OFFICE --state activating,awaiting_approval"
	r.see("activations that nobody wants")
	r.awaits("would "+string(id), cancel, "OFFICE", "office-1")
	r.awaits("done "+string(id), cancel, "OFFICE", "office-1", "awaiting_approval", "awaiting_approval --yes")
	r.awaits(string(id), "countersign list --state withdrawn")

	// Temporal's command line is not run here; what it would delete, the engine says.
	r.see("Stopping and upgrading")
	line := r.written(`temporal workflow delete --query "ExecutionStatus != 'Running' AND StartTime < 'TIME'"`, "TIME", time.Now().UTC().Format(time.RFC3339))
	_, query, _ := strings.Cut(strings.TrimSuffix(line, `"`), `--query "`)
	c := r.engine()
	defer c.Close()
	n, err := c.CountWorkflow(r.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil || n.Count == 0 {
		r.t.Errorf("%s: %v, %v", query, n, err)
	}
}

// A dump of the facts is older than the engine: one activation was approved
// since, and another one began.
func aBackupIsRestored(r *rehearsal) {
	approved, email := r.invite()
	file, database, empty := filepath.Join(r.t.TempDir(), "facts.dump"), r.site.database, servertest.Postgres(r.t)
	redis := servertest.Redis(r.t)
	r.see("Backup and restore")
	r.do("pg_dump --format=custom --exclude-table-data=data_keys --exclude-table-data=erased_data_keys --file=FILE URL", "FILE", file, "URL", "'"+database+"'")
	r.customer(email).approve(r.link(email))
	r.await(approved, collaboration.Active)
	begun, _ := r.invite()

	r.site.redis.Stop() // and something goes wrong
	if got := status(r.at.API + "/login"); got != http.StatusServiceUnavailable {
		r.t.Errorf("without Redis the login answers %d", got)
	}
	r.site.stopAll()
	r.wantLog(approved)
	r.see("Backup and restore")
	keys := file + ".keys"
	r.do("pg_dump --format=custom --data-only --table=data_keys --table=erased_data_keys --file=FILE URL", "FILE", keys, "URL", "'"+database+"'")
	for _, dump := range []string{file, keys} {
		r.do("pg_restore --no-owner --exit-on-error --single-transaction --dbname=URL FILE", "FILE", dump, "URL", "'"+empty+"'")
	}
	for _, p := range r.site.processes() {
		p.set("COUNTERSIGN_DATABASE_URL", empty)
		p.set("COUNTERSIGN_REDIS_URL", "redis://"+redis)
	}
	r.see("Backup and restore")
	r.do("countersign migrate")
	for _, p := range []*process{r.site.workers[0], r.site.workers[1], r.site.apis[0], r.site.apis[1]} {
		p.start()
	}

	const reset = "countersign ops reset ID --from-start --yes"
	r.see("a run's history or `State` in the Web UI is ahead")
	r.wants("State awaiting_approval", "countersign status ID", "ID", string(approved))
	r.do(reset, "ID", string(approved))
	r.awaits("State active", "countersign status ID", "ID", string(approved))
	r.do("countersign audit ID", "ID", string(approved))
	r.checkAudit(approved)
	const list = "countersign list"
	r.see("an `activation-…` run that `countersign list` does not have")
	if said := r.do(list); strings.Contains(said, string(begun)) {
		r.t.Errorf("the facts are not the old ones: %s", said)
	}
	r.do(reset, "ID", string(begun))
	r.awaits(string(begun), list)
}

func (s *site) stopAll() {
	s.t.Helper()
	for _, p := range s.processes() {
		p.stop(max(apiStops, workerStops))
	}
}

// wantLog finds in the logs of processes that have stopped what is about an
// activation, and what went wrong.
func (r *rehearsal) wantLog(id collaboration.ActivationID) {
	r.t.Helper()
	file := filepath.Join(r.t.TempDir(), "log")
	var all []byte
	for _, p := range r.site.processes() {
		all = append(all, p.said.String()...)
	}
	if err := os.WriteFile(file, all, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.see("Where the numbers are")
	r.wants(string(id), `jq 'select(.activation == "ID")'`, "ID", string(id), ")'", ")' "+file)
	r.see("RequestsFail")
	r.wants(`"level": "ERROR"`, `jq 'select(.level == "ERROR")'`, ")'", ")' "+file)
}
