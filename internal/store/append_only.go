package store

import (
	"context"
	"fmt"
	"slices"
)

// protect has the database itself refuse to change or take away what the audit
// says. Of a row without a hash, only that may be set. What is personal may be
// taken away after a row that says so, and is never changed. It also keeps the
// owners of activations.
func (s *Store) protect(ctx context.Context) error {
	t, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	for _, statement := range slices.Concat(s.dialect.appendOnly, s.dialect.owners) {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("triggers: %w", err)
		}
	}
	return t.Commit()
}

// Each statement makes anew what an older release may have made otherwise.
var (
	appendOnlyOnPostgres = []string{
		`SELECT pg_advisory_xact_lock(hashtext('countersign audit'))`, // one migrator at a time
		`CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$`,
		`CREATE OR REPLACE TRIGGER audit_append_only
			BEFORE DELETE OR UPDATE OF activation_id, sequence, step_key, action, actor, happened_at, detail, commitment ON audit
			FOR EACH ROW EXECUTE FUNCTION audit_append_only()`,
		`CREATE OR REPLACE TRIGGER audit_sealed BEFORE UPDATE ON audit
			FOR EACH ROW WHEN (OLD.hash <> '') EXECUTE FUNCTION audit_append_only()`,
		`CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
			FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`,
		`CREATE OR REPLACE TRIGGER audit_private_no_update BEFORE UPDATE ON audit_private
			FOR EACH ROW EXECUTE FUNCTION audit_append_only()`,
		`CREATE OR REPLACE TRIGGER audit_private_no_truncate BEFORE TRUNCATE ON audit_private
			FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`,
		`CREATE OR REPLACE FUNCTION audit_private_erased() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF EXISTS (SELECT 1 FROM audit
				WHERE activation_id = OLD.activation_id AND sequence > OLD.sequence AND action = 'personal_data_erased')
			THEN RETURN OLD; END IF;
			RAISE EXCEPTION 'the audit is append-only, and does not say that this was erased';
		END $$`,
		`CREATE OR REPLACE TRIGGER audit_private_erased BEFORE DELETE ON audit_private
			FOR EACH ROW EXECUTE FUNCTION audit_private_erased()`,
	}
	// REPLACE deletes without asking the triggers of DELETE: hence those of
	// INSERT, and what is said of rowid.
	appendOnlyOnSQLite = []string{
		`DROP TRIGGER IF EXISTS audit_no_update`,
		`CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN OLD.hash <> '' OR NEW.rowid <> OLD.rowid
			BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
		`DROP TRIGGER IF EXISTS audit_no_change`,
		`CREATE TRIGGER audit_no_change
			BEFORE UPDATE OF activation_id, sequence, step_key, action, actor, happened_at, detail, commitment ON audit
			BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
		`DROP TRIGGER IF EXISTS audit_no_delete`,
		`CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
			BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
		`DROP TRIGGER IF EXISTS audit_no_replace`,
		`CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
			WHEN EXISTS (SELECT 1 FROM audit WHERE rowid = NEW.rowid
				OR activation_id = NEW.activation_id AND (sequence = NEW.sequence OR step_key = NEW.step_key))
			BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
		`DROP TRIGGER IF EXISTS audit_private_no_update`,
		`CREATE TRIGGER audit_private_no_update BEFORE UPDATE ON audit_private
			BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
		`DROP TRIGGER IF EXISTS audit_private_no_replace`,
		`CREATE TRIGGER audit_private_no_replace BEFORE INSERT ON audit_private
			WHEN EXISTS (SELECT 1 FROM audit_private WHERE rowid = NEW.rowid
				OR activation_id = NEW.activation_id AND sequence = NEW.sequence)
			BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
		`DROP TRIGGER IF EXISTS audit_private_erased`,
		`CREATE TRIGGER audit_private_erased BEFORE DELETE ON audit_private
			WHEN NOT EXISTS (SELECT 1 FROM audit
				WHERE activation_id = OLD.activation_id AND sequence > OLD.sequence AND action = 'personal_data_erased')
			BEGIN SELECT RAISE(ABORT, 'the audit is append-only, and does not say that this was erased'); END`,
	}
)
