package store

import (
	"context"
	"fmt"
	"slices"
)

// createTriggers creates the triggers that keep the audit append-only and those
// that maintain the owners of activations. A personal part is never updated, and
// is deleted only after a row that records its erasure. Every migration creates
// all triggers again: a trigger that was changed or dropped is restored, also
// after a migration that had to rebuild its table, as SQLite demands.
func (s *Store) createTriggers(ctx context.Context) error {
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

var (
	appendOnlyOnPostgres = []string{
		`SELECT pg_advisory_xact_lock(hashtext('countersign audit'))`, // one migrator at a time
		`CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$`,
		`CREATE OR REPLACE TRIGGER audit_append_only
			BEFORE DELETE OR UPDATE ON audit
			FOR EACH ROW EXECUTE FUNCTION audit_append_only()`,
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
	// REPLACE deletes rows without the triggers of DELETE, also by rowid: hence the
	// triggers of INSERT.
	appendOnlyOnSQLite = []string{
		`DROP TRIGGER IF EXISTS audit_no_update`,
		`CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
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

// Each activation has its task's owner in a column, so that an index serves the
// list of an owner's activations. Triggers maintain the column, because an import
// and an operator's own statements change owners as well.

var (
	ownersOnPostgres = []string{
		`CREATE OR REPLACE FUNCTION activation_owner() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			NEW.owner_id := (SELECT owner_id FROM tasks WHERE id = NEW.task_id AND office_id = NEW.office_id);
			RETURN NEW;
		END $$`,
		`CREATE OR REPLACE TRIGGER activation_owner_of_new BEFORE INSERT ON activations
			FOR EACH ROW EXECUTE FUNCTION activation_owner()`,
		`CREATE OR REPLACE TRIGGER activation_owner_of_another_task BEFORE UPDATE OF task_id ON activations
			FOR EACH ROW WHEN (OLD.task_id <> NEW.task_id) EXECUTE FUNCTION activation_owner()`,
		`CREATE OR REPLACE FUNCTION task_owner() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN ` + ownerOfTask + ` RETURN NULL; END $$`,
		`CREATE OR REPLACE TRIGGER task_owner AFTER INSERT OR UPDATE OF owner_id ON tasks
			FOR EACH ROW EXECUTE FUNCTION task_owner()`,
	}
	ownersOnSQLite = []string{
		`DROP TRIGGER IF EXISTS activation_owner_of_new`,
		`CREATE TRIGGER activation_owner_of_new AFTER INSERT ON activations BEGIN ` + ownerOfActivation + ` END`,
		`DROP TRIGGER IF EXISTS activation_owner_of_another_task`,
		`CREATE TRIGGER activation_owner_of_another_task AFTER UPDATE OF task_id ON activations
			WHEN OLD.task_id <> NEW.task_id BEGIN ` + ownerOfActivation + ` END`,
		`DROP TRIGGER IF EXISTS task_owner_of_new`,
		`CREATE TRIGGER task_owner_of_new AFTER INSERT ON tasks BEGIN ` + ownerOfTask + ` END`,
		`DROP TRIGGER IF EXISTS task_owner_changed`,
		`CREATE TRIGGER task_owner_changed AFTER UPDATE OF owner_id ON tasks BEGIN ` + ownerOfTask + ` END`,
	}
)

const (
	ownerOfActivation = `UPDATE activations SET owner_id = (SELECT owner_id FROM tasks WHERE id = NEW.task_id AND office_id = NEW.office_id)
		WHERE id = NEW.id;`
	// By the office as well, for which there is an index.
	ownerOfTask = `UPDATE activations SET owner_id = NEW.owner_id
		WHERE office_id = NEW.office_id AND task_id = NEW.id AND owner_id IS DISTINCT FROM NEW.owner_id;`
)
