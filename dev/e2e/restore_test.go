package e2e_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// The folder of a stack that has stopped is its backup, whole.
func TestTheFolderIsTheBackup(t *testing.T) {
	dir, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	c := startChild(t, childOrder{Dir: dir})
	id := c.office().activate(requests[2].request)
	a := c.office().await(id, collaboration.AwaitingApproval)
	c.mustStop()
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}

	c = startChild(t, childOrder{Dir: backup})
	o := c.office()
	o.await(id, collaboration.AwaitingApproval)
	o.customer(a.Invitation.Email).approve(o.mails(a.Invitation.Email)[0].Links[0])
	o.await(id, collaboration.Active)
	o.checkAudit(id)
}

// Facts that are older than the engine: runs that went on meanwhile are reset to
// their start, as the runbook says, and record again what is
// missing. What the facts do have is not done twice.
func TestFactsOlderThanTheEngineAreRecordedAgain(t *testing.T) {
	dir := t.TempDir()
	facts, kept := filepath.Join(dir, "facts.db"), filepath.Join(t.TempDir(), "facts.db")
	c := startChild(t, childOrder{Dir: dir})
	o := c.office()
	approved := o.activate(requests[2].request)
	a := o.await(approved, collaboration.AwaitingApproval)
	c.mustStop()
	copyFile(t, facts, kept)

	c = startChild(t, childOrder{Dir: dir})
	o = c.office()
	o.customer(a.Invitation.Email).approve(o.mails(a.Invitation.Email)[0].Links[0])
	want := o.await(approved, collaboration.Active)
	begun := o.activate(requests[0].request)
	o.await(begun, collaboration.AwaitingApproval)
	o.decide(begun, collaboration.Approve)
	wantBegun := o.await(begun, collaboration.Active)
	c.mustStop()
	copyFile(t, facts, facts+".newer")
	copyFile(t, kept, facts)
	restoreKeys(t, facts, facts+".newer")

	c = startChild(t, childOrder{Dir: dir})
	o = c.office()
	if got := o.activation(approved).State; got != collaboration.AwaitingApproval {
		t.Fatalf("the facts are not the old ones: %s", got)
	}
	if got := o.activation(begun); len(got.Events) != 0 { // the engine tells of it
		t.Fatalf("the facts are not the old ones: %s", actions(got))
	}
	o.wantOps("reset --from-start --yes "+string(approved)+" "+begun.WorkflowID(), 0, "2 done.")
	got := o.await(approved, collaboration.Active)
	if actions(got) != actions(want) || got.Agreement.EndsOn != want.Agreement.EndsOn {
		t.Errorf("%s until %v, want %s until %v", actions(got), got.Agreement.EndsOn, actions(want), want.Agreement.EndsOn)
	}
	o.awaitThat(begun, "is recorded", func(a api.ActivationView) bool { return actions(a) == actions(wantBegun) })
	o.checkAudit(approved)
	o.checkAudit(begun)
}

// restoreKeys takes the customers' keys from a newer backup.
func restoreKeys(t *testing.T, facts, newer string) {
	t.Helper()
	db, err := sql.Open("sqlite", facts)
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		"ATTACH '" + newer + "' AS newer",
		"DELETE FROM data_keys", "INSERT INTO data_keys SELECT * FROM newer.data_keys",
		"DELETE FROM erased_data_keys", "INSERT INTO erased_data_keys SELECT * FROM newer.erased_data_keys",
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
}

func (c *child) mustStop() {
	c.t.Helper()
	if err := c.stop(); err != nil {
		c.t.Fatalf("the stack %v", err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{"-wal", "-shm"} { // of what is written over
		if _, err := os.Stat(from + rest); err == nil {
			t.Fatalf("%s was not closed", from)
		}
	}
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkAudit verifies what anyone can export.
func (o *office) checkAudit(id collaboration.ActivationID) {
	o.t.Helper()
	var file json.RawMessage
	o.call(http.MethodGet, "/v1/activations/"+string(id)+"/audit", nil, &file)
	if _, err := collaboration.VerifyAudit(bytes.NewReader(file)); err != nil {
		o.t.Error(err)
	}
}
