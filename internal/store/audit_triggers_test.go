package store_test

import (
	"reflect"
	"strings"
	"testing"

	"countersign/collaboration"
)

// tampering has statements that the triggers reject, from any client of the database.
var (
	tampering = map[string]string{
		"change all":            "UPDATE audit SET actor = 'nobody'",
		"change one":            "UPDATE audit SET detail = '{}' WHERE sequence = 1",
		"change a hash":         "UPDATE audit SET hash = 'x' WHERE sequence = 1",
		"delete":                "DELETE FROM audit",
		"change what is bound":  "UPDATE audit_private SET private = '{}'",
		"change its salt":       "UPDATE audit_private SET salt = '' WHERE sequence = 3",
		"move what is bound":    "UPDATE audit_private SET sequence = sequence + 100",
		"erase, and not say so": "DELETE FROM audit_private",
	}
	tamperingOnSQLite = map[string]string{
		"replace a row": `INSERT OR REPLACE INTO audit (activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, hash, commitment)
			SELECT activation_id, sequence, office_id, 'another', action, 'nobody', happened_at, detail, hash, commitment FROM audit WHERE sequence = 1`,
		"replace a step": `REPLACE INTO audit (activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, hash, commitment)
			SELECT activation_id, 99, office_id, step_key, action, 'nobody', happened_at, detail, hash, commitment FROM audit WHERE sequence = 1`,
		"replace by rowid": `INSERT OR REPLACE INTO audit (rowid, activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, hash, commitment)
			SELECT rowid, activation_id, 99, office_id, 'another', action, 'nobody', happened_at, detail, hash, commitment FROM audit WHERE sequence = 1`,
		"replace by a change": "UPDATE OR REPLACE audit SET sequence = 1 WHERE sequence = 2",
		"replace by a move":   "UPDATE OR REPLACE audit SET rowid = 1 WHERE sequence = 2",
		"replace what is bound": `REPLACE INTO audit_private (activation_id, sequence, salt, private)
			SELECT activation_id, sequence, salt, '{}' FROM audit_private`,
		"replace it by rowid": `REPLACE INTO audit_private (rowid, activation_id, sequence, salt, private)
			SELECT rowid, activation_id, 99, salt, '{}' FROM audit_private`,
	}
	tamperingOnPostgres = map[string]string{
		"replace a row": `INSERT INTO audit SELECT * FROM audit WHERE sequence = 1
			ON CONFLICT (activation_id, sequence) DO UPDATE SET actor = 'nobody'`,
		"replace what is bound": `INSERT INTO audit_private SELECT * FROM audit_private
			ON CONFLICT (activation_id, sequence) DO UPDATE SET private = '{}'`,
		"truncate":               "TRUNCATE audit CASCADE",
		"truncate what is bound": "TRUNCATE audit_private",
		"truncate all":           "TRUNCATE activations CASCADE",
	}
)

func (b backend) tamperings() []map[string]string {
	if b.sqlite() {
		return []map[string]string{tampering, tamperingOnSQLite}
	}
	return []map[string]string{tampering, tamperingOnPostgres}
}

func TestAudit_IsAppendOnly(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) { b.wantNoTampering(t) })
}

// TestMigrate_RestoresTriggers: a migration restores triggers that were dropped or
// changed.
func TestMigrate_RestoresTriggers(t *testing.T) {
	t.Parallel()
	weakened := map[bool][]string{
		true: {
			`DROP TRIGGER audit_no_update`, `DROP TRIGGER audit_no_delete`, `DROP TRIGGER audit_private_no_update`,
			`CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN OLD.hash = 'never' BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
			`CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN OLD.hash = 'never' BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
		},
		false: {
			`DROP TRIGGER audit_private_no_update ON audit_private`,
			`CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW WHEN (OLD.hash = 'never') EXECUTE FUNCTION audit_append_only()`,
		},
	}
	onBoth(t, func(t *testing.T, b backend) {
		for _, s := range weakened[b.sqlite()] {
			_, err := b.raw.Exec(s)
			must(t, err)
		}
		must(t, b.Migrate(ctx))
		b.wantNoTampering(t)
	})
}

func (b backend) wantNoTampering(t *testing.T) {
	t.Helper()
	o := b.active(t, orderFor("c-1004"))
	before, _ := b.exported(t, o)
	for _, statements := range b.tamperings() {
		for name, s := range statements {
			if _, err := b.raw.Exec(s); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if after, _ := b.exported(t, o); !reflect.DeepEqual(before, after) {
		t.Errorf("it was\n%+v\nand is\n%+v", before, after)
	}
}

// TestAudit_DeletesOnlyErasedParts: a personal part before the row of the erasure may
// be deleted. A later one may not.
func TestAudit_DeletesOnlyErasedParts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		must(t, b.CloseActivation(ctx, closing(o, collaboration.Withdrawn)))
		must(t, b.EraseCustomer(ctx, office, "c-1004", "emp-maja", noon))
		last := b.count(t, "SELECT MAX(sequence) FROM audit WHERE activation_id = $1", string(o.Activation))
		private := "INSERT INTO audit_private (activation_id, sequence, salt, private) VALUES ($1, $2, '', '{}')"
		for _, sequence := range []int{1, last + 1} {
			_, err := b.raw.Exec(private, string(o.Activation), sequence)
			must(t, err)
		}
		if _, err := b.raw.Exec("DELETE FROM audit_private WHERE sequence = 1"); err != nil {
			t.Error(err)
		}
		if _, err := b.raw.Exec("DELETE FROM audit_private"); err == nil {
			t.Error("deleted a personal part without a row of the erasure")
		}
	})
}
