package migrations

import (
	"context"
	"fmt"

	"countersign/internal/store/sqldb"
)

// createTriggers creates every trigger and grants every right again, in one transaction: a
// trigger that was changed or dropped is restored, also after a migration that had to
// rebuild its table, as SQLite demands.
func createTriggers(ctx context.Context, d *sqldb.DB, role string) error {
	t, err := d.Begin(ctx)
	if err != nil {
		return err
	}
	defer t.Rollback()
	for _, statement := range triggerStatements(d.IsSQLite()) {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("triggers: %w", err)
		}
	}
	if role != "" && !d.IsSQLite() {
		if err := grant(ctx, t, role); err != nil {
			return err
		}
	}
	return t.Commit()
}

func triggerStatements(isSQLite bool) (statements []string) {
	if isSQLite {
		for _, t := range sqliteTriggers {
			statements = append(statements, "DROP TRIGGER IF EXISTS "+t.name, t.onSQLite())
		}
		return statements
	}
	statements = append(statements, `SELECT pg_advisory_xact_lock(hashtext('countersign audit'))`) // one process at a time
	// pg_temp last: otherwise a temporary table of the caller could replace the audit.
	statements = append(statements, `SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', TRUE)`)
	for name, body := range postgresFunctions {
		statements = append(statements, "CREATE OR REPLACE FUNCTION "+name+"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN "+body+" END $$")
	}
	for _, t := range postgresTriggers {
		statements = append(statements, t.onPostgres())
	}
	return statements
}

// trigger runs a body before or after a change of a table. On PostgreSQL the body is the
// name of a function.
type trigger struct{ name, event, when, body string }

func (t trigger) onSQLite() string {
	return "CREATE TRIGGER " + t.name + " " + t.event + t.condition() + " BEGIN " + t.body + "; END"
}

func (t trigger) onPostgres() string {
	return "CREATE OR REPLACE TRIGGER " + t.name + " " + t.event + t.condition() + " EXECUTE FUNCTION " + t.body + "()"
}

func (t trigger) condition() string {
	if t.when == "" {
		return ""
	}
	return " WHEN (" + t.when + ")"
}

// The audit is append-only. A personal part is never updated, and is deleted only after a
// row that records its erasure. On SQLite, REPLACE deletes rows without the triggers of
// DELETE, also by rowid: hence the triggers of INSERT.
const (
	appendOnly      = "the audit is append-only"
	termsAppendOnly = "the approved terms are append-only"
	notRecorded     = "the audit is append-only, and does not say that this was erased"
	isErased        = `EXISTS (SELECT 1 FROM audit
		WHERE activation_id = OLD.activation_id AND sequence > OLD.sequence AND action = 'personal_data_erased')`
)

// An activation has its task's owner in a column, so that an index serves the list of an
// owner's activations. Triggers maintain the column, because an import and an operator's
// own statements change owners as well.
const (
	ownerOfTask = `(SELECT owner_id FROM tasks WHERE id = NEW.task_id AND office_id = NEW.office_id)`
	hasNewTask  = `OLD.task_id <> NEW.task_id`
	// The office is in the condition because it is in the index.
	setOwners = `UPDATE activations SET owner_id = NEW.owner_id
		WHERE office_id = NEW.office_id AND task_id = NEW.id AND owner_id IS DISTINCT FROM NEW.owner_id`
)

var postgresFunctions = map[string]string{
	"audit_append_only":    `RAISE EXCEPTION '` + appendOnly + `';`,
	"terms_append_only":    `RAISE EXCEPTION '` + termsAppendOnly + `';`,
	"audit_private_erased": `IF ` + isErased + ` THEN RETURN OLD; END IF; RAISE EXCEPTION '` + notRecorded + `';`,
	"activation_owner":     `NEW.owner_id := ` + ownerOfTask + `; RETURN NEW;`,
	"task_owner":           setOwners + `; RETURN NULL;`,
}

var postgresTriggers = []trigger{
	{"audit_append_only", "BEFORE DELETE OR UPDATE ON audit FOR EACH ROW", "", "audit_append_only"},
	{"audit_no_truncate", "BEFORE TRUNCATE ON audit FOR EACH STATEMENT", "", "audit_append_only"},
	{"audit_private_no_update", "BEFORE UPDATE ON audit_private FOR EACH ROW", "", "audit_append_only"},
	{"audit_private_no_truncate", "BEFORE TRUNCATE ON audit_private FOR EACH STATEMENT", "", "audit_append_only"},
	{"audit_private_erased", "BEFORE DELETE ON audit_private FOR EACH ROW", "", "audit_private_erased"},
	{"terms_append_only", "BEFORE DELETE OR UPDATE ON terms FOR EACH ROW", "", "terms_append_only"},
	{"terms_no_truncate", "BEFORE TRUNCATE ON terms FOR EACH STATEMENT", "", "terms_append_only"},
	{"activation_owner_of_new", "BEFORE INSERT ON activations FOR EACH ROW", "", "activation_owner"},
	{"activation_owner_of_another_task", "BEFORE UPDATE OF task_id ON activations FOR EACH ROW", hasNewTask, "activation_owner"},
	{"task_owner", "AFTER INSERT OR UPDATE OF owner_id ON tasks FOR EACH ROW", "", "task_owner"},
}

const (
	abort      = `SELECT RAISE(ABORT, '` + appendOnly + `')`
	abortTerms = `SELECT RAISE(ABORT, '` + termsAppendOnly + `')`
	setOwner   = `UPDATE activations SET owner_id = ` + ownerOfTask + ` WHERE id = NEW.id`
)

var sqliteTriggers = []trigger{
	{"audit_no_update", "BEFORE UPDATE ON audit", "", abort},
	{"audit_no_delete", "BEFORE DELETE ON audit", "", abort},
	{"audit_no_replace", "BEFORE INSERT ON audit", `EXISTS (SELECT 1 FROM audit WHERE rowid = NEW.rowid
		OR activation_id = NEW.activation_id AND (sequence = NEW.sequence OR step_key = NEW.step_key))`, abort},
	{"audit_private_no_update", "BEFORE UPDATE ON audit_private", "", abort},
	{"audit_private_no_replace", "BEFORE INSERT ON audit_private", `EXISTS (SELECT 1 FROM audit_private WHERE rowid = NEW.rowid
		OR activation_id = NEW.activation_id AND sequence = NEW.sequence)`, abort},
	{"audit_private_erased", "BEFORE DELETE ON audit_private", "NOT " + isErased, `SELECT RAISE(ABORT, '` + notRecorded + `')`},
	{"terms_no_update", "BEFORE UPDATE ON terms", "", abortTerms},
	{"terms_no_delete", "BEFORE DELETE ON terms", "", abortTerms},
	{"terms_no_replace", "BEFORE INSERT ON terms", `EXISTS (SELECT 1 FROM terms WHERE rowid = NEW.rowid OR hash = NEW.hash)`, abortTerms},
	{"activation_owner_of_new", "AFTER INSERT ON activations", "", setOwner},
	{"activation_owner_of_another_task", "AFTER UPDATE OF task_id ON activations", hasNewTask, setOwner},
	{"task_owner_of_new", "AFTER INSERT ON tasks", "", setOwners},
	{"task_owner_changed", "AFTER UPDATE OF owner_id ON tasks", "", setOwners},
}
