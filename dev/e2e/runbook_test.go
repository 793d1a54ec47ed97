package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/runbook"
	"countersign/internal/servertest"
)

// rehearsals bring about, one after another on one site, what the runbook is
// for. To add a command: see its place, and do it, in the situation that fits.
var rehearsals = []struct {
	situation string
	rehearse  func(*rehearsal)
}{
	{"settings are wrong", settingsAreWrong},
	{"there is no schema", thereIsNoSchema},
	{"the mail service is away", mailIsAway},
	{"there is more mail than may go out", mailTakesTurns},
	{"the answers of the mail service are lost", mailAnswersAreLost},
	{"nobody works", nobodyWorks},
	{"an activation failed", anActivationFailed},
	{"an office's address is broken", anAddressIsBroken},
	{"rows of a batch are refused", rowsAreRefused},
	{"the main contact is gone", theMainContactIsGone},
	{"a run was terminated", aRunWasTerminated},
	{"the worker's code is broken", theCodeIsBroken},
	{"a build is released", aBuildIsReleased},
	{"an audit is doubted", anAuditIsDoubted},
	{"everybody shall log in again", everybodyShallLogInAgain},
	{"a mail bounced", aMailBounced},
	{"histories are sealed", historiesAreSealed},
	{"a master key shall be replaced", aKeyShallBeReplaced},
	{"nobody wants what was started", nobodyWantsIt},
	{"a backup is restored", aBackupIsRestored},
	{"a port is taken", aPortIsTaken},
}

// otherwhere are the programs that are rehearsed by the tests of what they work
// on, as far as it goes without an engine for containers or a cluster:
// dev/compose and dev/kubernetes.
var otherwhere = []string{"docker", "kubectl", "cd"}

// Every command of the runbook is run, as it is written, in the situation that
// it is for, and does what the runbook says.
func TestTheRunbook(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"jq", "redis-cli", "xargs"} {
		if _, err := exec.LookPath(program); err != nil {
			servertest.Skip(t, program)
		}
	}
	os.Getenv("COUNTERSIGN_TEST_RUNBOOK") // what it says now: another runbook is another test
	book, err := runbook.Read("../../RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	rehearsed := map[runbook.Command]bool{}
	for _, c := range book.Without(otherwhere...) {
		rehearsed[c] = false
	}
	s := openSite(t, "COUNTERSIGN_WEBHOOKS_ALLOW_PRIVATE=true", "COUNTERSIGN_OPERATORS=maja@ekstroms.example")
	s.office(t, 0).importCustomers(40)
	activated, run := 0, 0
	for _, one := range rehearsals {
		good := t.Run(one.situation, func(t *testing.T) {
			run++
			one.rehearse(&rehearsal{t: t, site: s, office: s.office(t, 0), rehearsed: rehearsed, activated: &activated})
		})
		if !good {
			return // the others find the site as it left it
		}
	}
	if run < len(rehearsals) {
		return // only some were asked for
	}
	for command, done := range rehearsed {
		if !done {
			t.Errorf("nobody rehearses %q at %q", command.Line, command.Place)
		}
	}
}

const (
	noSuchServer = "127.0.0.1:1"
	roleDoesNot  = "A role does not start"
	doesNotMove  = "An activation does not move"
)

func settingsAreWrong(r *rehearsal) {
	r.see(roleDoesNot)
	r.settings = []string{"TEMPORAL_ADDRESS=" + noSuchServer}
	for _, check := range []string{"countersign check", "countersign check api", "countersign check worker"} {
		if code, said := r.try(check); code != 1 || !strings.Contains(said, "Temporal WRONG") {
			r.t.Errorf("%s without an engine: exit code %d: %s", check, code, said)
		}
	}
	r.settings = nil
	for _, check := range []string{"countersign check", "countersign check api", "countersign check worker"} {
		r.awaits("worker ok", check)
		r.wants("Temporal ok", check)
	}

	r.see("`unavailable` and the database's words")
	r.settings = []string{"COUNTERSIGN_DATABASE_URL=postgres://countersign@" + noSuchServer + "/facts"}
	if code, said := r.try("countersign migrate"); code != 1 || !strings.Contains(said, "unavailable") {
		r.t.Errorf("migrate without a database: exit code %d: %s", code, said)
	}
	r.see("BacklogUnknown")
	if code, said := r.try("countersign check worker"); code != 1 || !strings.Contains(said, "database WRONG") {
		r.t.Errorf("a worker without a database: exit code %d: %s", code, said)
	}
	r.settings = nil
	r.wants("database ok", "countersign check worker")
	if r.awaitMetric("countersign_activations_pending") == 0 {
		r.t.Error("nothing tells what waits")
	}
	r.see("`unavailable` and the database's words")
	r.do("countersign migrate")

	for _, part := range []struct{ place, setting, name, check string }{
		{"Temporal is away", "TEMPORAL_ADDRESS=" + noSuchServer, "Temporal", "countersign check api"},
		{"PostgreSQL is away", "COUNTERSIGN_DATABASE_URL=postgres://countersign@" + noSuchServer + "/facts", "database", "countersign check api"},
		{"A clock is wrong", "COUNTERSIGN_DATABASE_URL=" + servertest.ClockBehind(r.t, r.site.database), "clock", "countersign check api"},
		{"Redis is away", "COUNTERSIGN_REDIS_URL=redis://" + noSuchServer, "Redis", "countersign check api"},
		{"The mail server is away", "COUNTERSIGN_SMTP_ADDRESS=" + noSuchServer, "mail (smtp)", "countersign check worker"},
	} {
		r.see(part.place)
		r.settings = []string{part.setting}
		if code, said := r.try(part.check); code != 1 || !strings.Contains(said, part.name+" WRONG") {
			r.t.Errorf("%s: exit code %d: %s", part.place, code, said)
		}
		r.settings = nil
		r.wants(part.name+" ok", part.check)
	}

	r.see("Where the numbers are")
	r.settings = []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + noSuchServer}
	if code, said := r.try("countersign check"); code != 1 || !strings.Contains(said, "OTEL_EXPORTER_OTLP_ENDPOINT") {
		r.t.Errorf("without a collector: exit code %d: %s", code, said)
	}
	r.settings = nil
}

// awaitMetric waits until a worker tells of something, and counts its series.
func (r *rehearsal) awaitMetric(name string) (series int) {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); series == 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		response, err := http.Get(r.site.workers[0].admin + "/metrics")
		if err != nil {
			r.t.Fatal(err)
		}
		series = strings.Count(text(r.t, response), "\n"+name)
	}
	return series
}

func thereIsNoSchema(r *rehearsal) {
	r.settings = []string{"COUNTERSIGN_DATABASE_URL=" + servertest.Postgres(r.t)}
	r.see("errors about missing tables")
	r.awaits("schema WRONG", "countersign check api")
	r.do("countersign migrate")
	r.wants("schema ok", "countersign check api")
	r.see("Stopping and upgrading")
	r.do("countersign migrate") // again, which changes nothing
}

func anActivationFailed(r *rehearsal) {
	*r.activated++
	refused := r.requestFor(*r.activated-1, "failed"+atClient)
	id := string(r.startOnAClosedTask(refused))
	r.await(collaboration.ActivationID(id), collaboration.Failed)
	r.see("state `failed`")
	r.wants("(task_of_another_customer)", "countersign status ID", "ID", id)
	r.see("ActivationsFail")
	r.wants(id, "countersign list --state failed")
	r.wants("(task_of_another_customer)", "countersign status ID", "ID", id)
	r.await(r.activate(refused), collaboration.AwaitingApproval)
}

func anAuditIsDoubted(r *rehearsal) {
	id, _ := r.invite()
	dir := r.t.TempDir()
	export := []string{"ID", string(id), "FILE", dir + "/audit.json"}
	file := export[2:]
	r.see("An audit does not verify")
	r.do("countersign audit ID > FILE", export...)
	r.wants("Verified", "countersign verify FILE", file...)
	r.see("`it says more than an export")
	sorted := r.do("jq -S . FILE", file...)
	if err := os.WriteFile(file[1], []byte(sorted), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if code, said := r.try("countersign verify FILE", file...); code != 1 || !strings.Contains(said, "it says more than an export, or says it otherwise") {
		r.t.Errorf("sorted: exit code %d: %s", code, said)
	}
	r.do("countersign audit ID > FILE", export...)
	r.wants("Verified", "countersign verify FILE", file...)

	customer := r.activation(id).CustomerID
	r.cancel(id)
	r.await(id, collaboration.Withdrawn)
	r.see("Stopping and upgrading")
	r.wants("Erased", "countersign erase CUSTOMER --yes", "CUSTOMER", customer)
}
