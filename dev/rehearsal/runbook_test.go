package rehearsal_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/runbook"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
	"countersign/internal/servertest"
)

// runbookScenarios are the situations that the runbook is for. They follow each
// other on one site. To add a command: select its place with see, and run it in the
// situation that fits.
var runbookScenarios = []struct {
	situation string
	run       func(*runbookScenario)
}{
	{"settings are wrong", settingsAreWrong},
	{"the database role is wrong", databaseRoleIsWrong},
	{"the catalogue is wrong", catalogueIsWrong},
	{"the schema is missing", schemaIsMissing},
	{"the mail service is away", mailServiceIsAway},
	{"mail is over the rate", mailIsOverTheRate},
	{"mail answers are lost", mailAnswersAreLost},
	{"no worker polls", noWorkerPolls},
	{"an activation failed", activationFailed},
	{"a webhook address fails", webhookAddressFails},
	{"rows of a batch are refused", rowsAreRefused},
	{"the main contact is missing", mainContactIsMissing},
	{"a workflow execution is terminated", executionIsTerminated},
	{"workflow executions are lost", executionsAreLost},
	{"the worker's code is broken", workerCodeIsBroken},
	{"a build is released", buildIsReleased},
	{"an audit is in doubt", auditIsInDoubt},
	{"sessions are ended", sessionsAreEnded},
	{"a mail bounces", mailBounces},
	{"histories are encrypted", historiesAreEncrypted},
	{"a master key is replaced", masterKeyIsReplaced},
	{"activations are unwanted", activationsAreUnwanted},
	{"old data is not deleted", oldDataIsNotDeleted},
	{"a person is erased", personIsErased},
	{"a backup is restored", backupIsRestored},
	{"a port is in use", portInUse},
}

// testedElsewhere are programs of the runbook that need Docker or a cluster. The
// packages dev/compose and dev/kubernetes test their commands without these.
var testedElsewhere = []string{"docker", "kubectl", "cd"}

// Every command of the runbook runs as it is written, in the situation that it is
// for, and has the effect that the runbook describes.
func TestRunbook(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	for _, program := range []string{"jq", "redis-cli", "xargs"} {
		if _, err := exec.LookPath(program); err != nil {
			servertest.Skip(t, program)
		}
	}
	book, err := runbook.Read("../../docs/operate")
	if err != nil {
		t.Fatal(err)
	}
	rehearsed := map[runbook.Command]bool{}
	for _, c := range book.Without(testedElsewhere...) {
		rehearsed[c] = false
	}
	s := harness.StartSite(t, "COUNTERSIGN_WEBHOOKS_ALLOW_PRIVATE=true", "COUNTERSIGN_OPERATORS=maja@ekstroms.example")
	s.Office(t, 0).ImportCustomers(40)
	activated, run := 0, 0
	for _, scenario := range runbookScenarios {
		passed := t.Run(scenario.situation, func(t *testing.T) {
			run++
			scenario.run(&runbookScenario{t: t, site: s, Office: s.Office(t, 0), rehearsed: rehearsed, activated: &activated})
		})
		if !passed {
			return // the other scenarios need the site as this one leaves it
		}
	}
	if run < len(runbookScenarios) {
		return // -run selected some
	}
	for command, done := range rehearsed {
		if !done {
			t.Errorf("no scenario runs %q at %q", command.Line, command.Place)
		}
	}
}

const (
	unreachableServer = "127.0.0.1:1"

	// Places of the runbook.
	roleDoesNotStart      = "A role does not start"
	activationDoesNotMove = "An activation does not move"
)

// A setting of each part is wrong.
func settingsAreWrong(r *runbookScenario) {
	r.see(roleDoesNotStart)
	r.settings = []string{"TEMPORAL_ADDRESS=" + unreachableServer}
	for _, check := range []string{"countersign check", "countersign check api", "countersign check worker"} {
		if code, output := r.try(check); code != 1 || !strings.Contains(output, "Temporal FAILED") {
			r.t.Errorf("%s without Temporal: exit code %d: %s", check, code, output)
		}
	}
	r.settings = nil
	for _, check := range []string{"countersign check", "countersign check api", "countersign check worker"} {
		r.awaits("worker ok", check)
		r.wants("Temporal ok", check)
	}

	r.see("`unavailable` and a database error")
	r.settings = []string{"COUNTERSIGN_DATABASE_URL=postgres://countersign@" + unreachableServer + "/countersign", "COUNTERSIGN_MIGRATE_DATABASE_URL=postgres://owner@" + unreachableServer + "/countersign"}
	if code, output := r.try("countersign migrate"); code != 1 || !strings.Contains(output, "unavailable") {
		r.t.Errorf("migrate without a database: exit code %d: %s", code, output)
	}
	r.see("ApiDown")
	if code, output := r.try("countersign check api"); code != 1 || !strings.Contains(output, "database FAILED") {
		r.t.Errorf("an api without a database: exit code %d: %s", code, output)
	}
	r.see("BacklogUnknown")
	if code, output := r.try("countersign check worker"); code != 1 || !strings.Contains(output, "database FAILED") {
		r.t.Errorf("a worker without a database: exit code %d: %s", code, output)
	}
	r.settings = nil
	r.wants("database ok", "countersign check worker")
	r.awaitMetric("countersign_activations_pending")
	r.see("`unavailable` and a database error")
	r.do("countersign migrate")

	for _, part := range []struct{ place, setting, name, check string }{
		{"Temporal is unavailable", "TEMPORAL_ADDRESS=" + unreachableServer, "Temporal", "countersign check api"},
		{"PostgreSQL is unavailable", "COUNTERSIGN_DATABASE_URL=postgres://countersign@" + unreachableServer + "/countersign", "database", "countersign check api"},
		{"A clock is wrong", "COUNTERSIGN_DATABASE_URL=" + servertest.ClockBehind(r.t, r.site.Database), "clock", "countersign check api"},
		{"Redis is unavailable", "COUNTERSIGN_REDIS_URL=redis://" + unreachableServer, "Redis", "countersign check api"},
		{"The mail server is unavailable", "COUNTERSIGN_SMTP_ADDRESS=" + unreachableServer, "mail (smtp)", "countersign check worker"},
	} {
		r.see(part.place)
		r.settings = []string{part.setting}
		if code, output := r.try(part.check); code != 1 || !strings.Contains(output, part.name+" FAILED") {
			r.t.Errorf("%s: exit code %d: %s", part.place, code, output)
		}
		r.settings = nil
		r.wants(part.name+" ok", part.check)
	}

	r.see("Metrics, traces and logs")
	r.settings = []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + unreachableServer}
	if code, output := r.try("countersign check"); code != 1 || !strings.Contains(output, "OTEL_EXPORTER_OTLP_ENDPOINT") {
		r.t.Errorf("without a collector: exit code %d: %s", code, output)
	}
	r.settings = nil
}

// awaitMetric waits until the first worker exports a metric.
func (r *runbookScenario) awaitMetric(name string) {
	r.t.Helper()
	eventually.OK(r.t, "the worker exports "+name, func() error {
		response, err := http.Get(r.site.Workers[0].Admin + "/metrics")
		if err != nil {
			return err
		}
		if !strings.Contains(harness.Body(r.t, response), "\n"+name) {
			return errors.New("it does not")
		}
		return nil
	})
}

// A database has no tables.
func schemaIsMissing(r *runbookScenario) {
	empty := servertest.Postgres(r.t)
	r.settings = []string{"COUNTERSIGN_DATABASE_URL=" + empty, "COUNTERSIGN_MIGRATE_DATABASE_URL=" + servertest.As(empty, servertest.Owner)}
	r.see("errors about missing tables")
	r.awaits("schema FAILED", "countersign check api")
	r.do("countersign migrate")
	r.wants("schema ok", "countersign check api")
	r.see("Stop and upgrade")
	r.do("countersign migrate") // the second time changes nothing
}

// An api logs in as the owner of the database.
func databaseRoleIsWrong(r *runbookScenario) {
	r.settings = []string{"COUNTERSIGN_DATABASE_URL=" + servertest.As(r.site.Database, servertest.Owner)}
	r.see("`database role FAILED`")
	if code, output := r.try("countersign check api"); code != 1 || !strings.Contains(output, "database role FAILED the database role owns the database") {
		r.t.Errorf("with the owner's role: exit code %d: %s", code, output)
	}
	r.settings = nil
	r.do("countersign migrate")
	r.wants("database role ok", "countersign check api")
	r.database("REVOKE SELECT ON offices FROM " + servertest.Product)
	r.see("`permission denied for table …`")
	r.do("countersign migrate")
	r.see("`database role FAILED`")
	r.wants("database role ok", "countersign check api")
}

// The task of an activation belongs to another customer.
func activationFailed(r *runbookScenario) {
	*r.activated++
	refused := r.RequestFor(*r.activated-1, "failed"+harness.ClientDomain)
	id := string(r.StartOnClosedTask(refused))
	r.AwaitState(collaboration.ActivationID(id), collaboration.Failed)
	r.see("state `failed`")
	r.wants("(task_of_another_customer)", "countersign status ID", "ID", id)
	r.see("ActivationsFail")
	r.wants(id, "countersign list --state failed")
	r.wants("(task_of_another_customer)", "countersign status ID", "ID", id)
	r.AwaitState(r.Activate(refused), collaboration.AwaitingApproval)
}

// An audit does not verify because its file was reformatted.
func auditIsInDoubt(r *runbookScenario) {
	id, _ := r.invite()
	dir := r.t.TempDir()
	export := []string{"ID", string(id), "FILE", dir + "/audit.json"}
	file := export[2:]
	r.see("An audit does not verify")
	r.do("countersign audit ID > FILE", export...)
	r.wants("Verified", "countersign verify FILE", file...)
	r.see("`it is not in the form that an export has`")
	sorted := r.do("jq -S . FILE", file...)
	if err := os.WriteFile(file[1], []byte(sorted), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if code, output := r.try("countersign verify FILE", file...); code != 1 || !strings.Contains(output, "it is not in the form that an export has") {
		r.t.Errorf("sorted: exit code %d: %s", code, output)
	}
	r.do("countersign audit ID > FILE", export...)
	r.wants("Verified", "countersign verify FILE", file...)
	auditIsRewritten(r, id, file[1])

	customer := r.Activation(id).CustomerID
	r.Cancel(id)
	r.AwaitState(id, collaboration.Withdrawn)
	r.see("Backup and restore")
	r.wants("Erased", "countersign erase CUSTOMER --yes", "CUSTOMER", customer)
}

// startWorker starts another worker, of a build.
func (r *runbookScenario) startWorker(build string) *harness.Process {
	r.t.Helper()
	worker := r.site.Process("worker")
	worker.Environment = append(append(worker.Environment, r.site.Workers[0].Environment...), "COUNTERSIGN_BUILD="+build)
	worker.Admin = worker.Listen("COUNTERSIGN_ADMIN_LISTEN")
	r.t.Cleanup(worker.Cleanup)
	worker.Start()
	return worker
}

// The site's own workers have no build, and get every workflow execution in the end.
// TestRelease_AndRollback has executions with a change in their history.
func buildIsReleased(r *runbookScenario) {
	const release, back = "countersign release", "countersign release --build OLD"
	pending, _ := r.invite()
	r.settings = []string{"COUNTERSIGN_BUILD=1.0.0"}
	old := r.startWorker("1.0.0")
	r.see("`no worker of 1.1.0 polls")
	r.wants("released.", release) // by its worker or by this command
	r.see("no progress although workers poll")
	r.wants("worker ok polls every task queue (build 1.0.0)", "countersign check api")
	r.wants("1.0.0 is already released.", release)
	r.invite()

	r.settings = []string{"COUNTERSIGN_BUILD=1.1.0"}
	r.startWorker("1.1.0")
	r.see("Releases and rollback")
	r.wants("1.1.0 receives 10 % of all workflow executions, 1.0.0 the others.", "countersign release --percent 10")
	r.wants("1.1.0 is released. Previously: 1.0.0, and 1.1.0 for 10 % of all workflow executions.", release)
	r.invite()
	r.wants("1.0.0 is released. Previously: 1.1.0.", back, "OLD", "1.0.0")
	r.see("WorkflowNotDeterministic")
	r.wants("1.0.0 is already released.", back, "OLD", "1.0.0")
	r.awaits("No matching workflow executions.", "countersign ops stuck")
	r.see("after a rollback, `ops stuck`")
	r.wants("done ", "countersign ops reset ID --from-start --yes", "ID", string(pending))
	r.AwaitState(pending, collaboration.AwaitingApproval)
	r.awaits("No matching workflow executions.", "countersign ops stuck")

	r.see("Releases and rollback")
	r.wants("unversioned is released. Previously: 1.0.0.", "countersign release --unversioned")
	old.Stop()
	r.invite()
}
