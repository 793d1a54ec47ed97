package store_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/servertest"
)

// These are the three commands of the runbook.
const (
	dump     = "pg_dump --format=custom --exclude-table-data=data_keys --exclude-table-data=erased_data_keys --file=FILE URL"
	dumpKeys = "pg_dump --format=custom --data-only --table=data_keys --table=erased_data_keys --file=FILE URL"
	restore  = "pg_restore --no-owner --exit-on-error --single-transaction --dbname=URL FILE"
)

// TestRestore_Dump restores a dump into an empty database. The audit verifies and is
// append-only, and pending activations continue.
func TestRestore_Dump(t *testing.T) {
	t.Parallel()
	old := open(t, seededPostgres(t))
	ended, waiting := old.active(t, orderFor("c-1004")), old.invited(t, orderFor("c-1003"))
	old.renewedAndEnded(t, ended)
	old.addKey(t, dataKey("k-elin", "s", elin, "m"))
	file, keys := filepath.Join(t.TempDir(), "facts.dump"), filepath.Join(t.TempDir(), "keys.dump")
	runbook(t, dump, old.url, file)
	must(t, old.approve(ctx, approval(waiting))) // after the dump: lost
	must(t, old.EraseCustomer(ctx, office, elin, "emp-maja", noon))
	old.addKey(t, dataKey("k-late", "t", "c-1003", "m"))
	runbook(t, dumpKeys, old.url, keys)

	b := open(t, servertest.Postgres(t))
	runbook(t, restore, b.url, file)
	runbook(t, restore, b.url, keys)
	must(t, b.Migrate(ctx)) // as a newer version would
	for id, want := range map[string]bool{"k-elin": false, "k-late": true} {
		if _, there, err := b.DataKey(ctx, id); there != want || err != nil {
			t.Errorf("key %s: %v, %v", id, there, err)
		}
	}
	if r := b.record(t, ended.Activation); r.State != collaboration.Ended {
		t.Errorf("record %+v", r)
	}
	before, _ := old.exported(t, ended)
	if after, _ := b.exported(t, ended); after.LastHash != before.LastHash || len(after.Rows) != len(before.Rows) {
		t.Errorf("the audit is another one: %s, %s", after.LastHash, before.LastHash)
	}
	for _, statement := range []string{"UPDATE audit SET actor = 'somebody'", "DELETE FROM audit_private", "TRUNCATE audit CASCADE"} {
		if _, err := b.raw.Exec(statement); err == nil {
			t.Errorf("after the restore: %s", statement)
		}
	}
	if r := b.record(t, waiting.Activation); r.State != collaboration.AwaitingApproval {
		t.Errorf("record %+v", r)
	}
	must(t, b.approve(ctx, approval(waiting)))
	if got, want := b.rows(t), old.rows(t); !maps.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	b.exported(t, waiting)
}

// runbook runs a command of the runbook's page on backups.
func runbook(t *testing.T, command, url, file string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operate/backup.md")
	must(t, err)
	if !strings.Contains(string(text), command) {
		t.Errorf("the runbook does not have %s", command)
	}
	words := strings.Fields(strings.NewReplacer("URL", servertest.As(url, servertest.Owner), "FILE", file).Replace(command))
	if out, err := exec.Command(servertest.PostgresProgram(t, words[0]), words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", words[0], err, out)
	}
}
