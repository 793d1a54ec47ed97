package store

// Each activation has its task's owner in a column of its own, so that an
// owner's list is read by an index however long it is. The database keeps the
// column true whoever writes: a release that does not know it, or an operator.

var (
	ownersOnPostgres = []string{
		`CREATE OR REPLACE FUNCTION activation_owner() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			NEW.owner_id := COALESCE((SELECT owner_id FROM tasks WHERE id = NEW.task_id), '');
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
		ownersOfOld,
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
		ownersOfOld,
	}
)

const (
	ownerOfActivation = `UPDATE activations SET owner_id = COALESCE((SELECT owner_id FROM tasks WHERE id = NEW.task_id), '')
		WHERE id = NEW.id;`
	// By the office as well, for which there is an index.
	ownerOfTask = `UPDATE activations SET owner_id = NEW.owner_id
		WHERE office_id = (SELECT office_id FROM customers WHERE id = NEW.customer_id) AND task_id = NEW.id AND owner_id <> NEW.owner_id;`
	// ownersOfOld is for rows from before there were owners.
	ownersOfOld = `UPDATE activations SET owner_id = (SELECT t.owner_id FROM tasks t WHERE t.id = activations.task_id)
		WHERE owner_id = '' AND EXISTS (SELECT 1 FROM tasks t WHERE t.id = activations.task_id)`
)
