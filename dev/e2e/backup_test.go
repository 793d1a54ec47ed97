package e2e_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
)

// A copy of a stopped stack's folder is a complete backup.
func TestBackup_OfStackFolder(t *testing.T) {
	t.Parallel()
	dir, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	c := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	id := c.Office().Activate(harness.Scenarios[2].Request)
	a := c.Office().AwaitState(id, collaboration.AwaitingApproval)
	c.MustStop()
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}

	c = harness.StartChild(t, harness.ChildSpec{Dir: backup})
	o := c.Office()
	o.AwaitState(id, collaboration.AwaitingApproval)
	o.Customer(a.Invitation.Email).Approve(o.Mails(a.Invitation.Email)[0].Links[0])
	o.AwaitState(id, collaboration.Active)
	o.CheckAudit(id)
}

// The database is restored from a backup that is older than Temporal's data. The
// operator resets the workflow executions that progressed after the backup to their
// start, as the runbook says. They write the missing rows again. A step with rows in
// the backup has no second effect.
func TestBackup_DatabaseOlderThanTemporal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database, backup := filepath.Join(dir, "countersign.db"), filepath.Join(t.TempDir(), "countersign.db")
	c := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o := c.Office()
	approved := o.Activate(harness.Scenarios[2].Request)
	a := o.AwaitState(approved, collaboration.AwaitingApproval)
	c.MustStop()
	copyFile(t, database, backup)

	c = harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o = c.Office()
	o.Customer(a.Invitation.Email).Approve(o.Mails(a.Invitation.Email)[0].Links[0])
	want := o.AwaitState(approved, collaboration.Active)
	begun := o.Activate(harness.Scenarios[0].Request)
	o.AwaitState(begun, collaboration.AwaitingApproval)
	o.DecideDirectly(begun, collaboration.Approve)
	wantBegun := o.AwaitState(begun, collaboration.Active)
	o.CloseTemporal()
	c.MustStop()
	copyFile(t, database, database+".newer")
	copyFile(t, backup, database)
	restoreKeys(t, database, database+".newer")

	c = harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o = c.Office()
	if got := o.Activation(approved).State; got != collaboration.AwaitingApproval {
		t.Fatalf("the database is not the restored one: %s", got)
	}
	if got := o.Activation(begun); len(got.Events) != 0 { // the API has this state from Temporal
		t.Fatalf("the database is not the restored one: %s", harness.Actions(got))
	}
	o.WantOps("reset --from-start --yes "+string(approved)+" "+begun.WorkflowID(), 0, "2 done.")
	got := o.AwaitState(approved, collaboration.Active)
	if harness.Actions(got) != harness.Actions(want) || got.Agreement.EndsOn != want.Agreement.EndsOn {
		t.Errorf("%s until %v, want %s until %v", harness.Actions(got), got.Agreement.EndsOn, harness.Actions(want), want.Agreement.EndsOn)
	}
	o.AwaitActivation(begun, "recorded again", func(a rest.ActivationView) bool { return harness.Actions(a) == harness.Actions(wantBegun) })
	o.CheckAudit(approved)
	o.CheckAudit(begun)
}

// restoreKeys copies the customers' data keys from a newer backup. Without them
// Temporal's payloads after the older backup are unreadable.
func restoreKeys(t *testing.T, database, newer string) {
	t.Helper()
	db, err := sql.Open("sqlite", database)
	harness.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		"ATTACH '" + newer + "' AS newer",
		"DELETE FROM data_keys", "INSERT INTO data_keys SELECT * FROM newer.data_keys",
		"DELETE FROM erased_data_keys", "INSERT INTO erased_data_keys SELECT * FROM newer.erased_data_keys",
	} {
		_, err := db.Exec(statement)
		harness.NoError(t, err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} { // SQLite removes them when it closes the database
		if _, err := os.Stat(from + suffix); err == nil {
			t.Fatalf("%s is still open", from)
		}
	}
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
