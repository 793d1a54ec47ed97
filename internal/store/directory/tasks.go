package directory

import (
	"context"
	"database/sql"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Participants returns the employees that work on each task of a customer beside its owner.
func (d Directory) Participants(ctx context.Context, customerID string) (map[string][]string, error) {
	rows, err := d.read.ParticipantsOfCustomer(ctx, customerID)
	all := map[string][]string{}
	for _, r := range rows {
		all[r.TaskID] = append(all[r.TaskID], r.EmployeeID)
	}
	return all, sqldb.Failure(err)
}

// AddTask adds a task to a customer, and returns its id.
func (d Directory) AddTask(ctx context.Context, by By, customerID string, t directory.Task, versions []int) (id string, err error) {
	err = d.change(ctx, by, func(x *edit) error {
		if _, err := x.customer(ctx, customerID, versions); err != nil {
			return err
		}
		id, err = x.addTask(ctx, customerID, t, "")
		return err
	})
	return id, err
}

// EditTask replaces what the office says about a task. A task of a live activation cannot
// be closed.
func (d Directory) EditTask(ctx context.Context, by By, customerID, id string, t directory.Task, versions []int) error {
	return d.change(ctx, by, func(x *edit) error {
		if _, err := x.customer(ctx, customerID, versions); err != nil {
			return err
		}
		row, err := x.TaskOfOffice(ctx, db.TaskOfOfficeParams{ID: id, OfficeID: x.OfficeID})
		if err == nil && row.CustomerID != customerID {
			err = sql.ErrNoRows
		}
		if err != nil {
			return notFound(err, collaboration.CodeNotFound)
		}
		return x.editTask(ctx, row, t, "")
	})
}

// addTask adds a task. prefix precedes the names of invalid fields.
func (x *edit) addTask(ctx context.Context, customerID string, t directory.Task, prefix string) (string, error) {
	if err := x.checkPeople(ctx, t, prefix); err != nil {
		return "", err
	}
	if err := x.requireUniqueTask(ctx, customerID, "", t, prefix); err != nil {
		return "", err
	}
	id := sqldb.NewID()
	err := x.AddNewTask(ctx, db.AddNewTaskParams{ID: id, OfficeID: x.OfficeID, CustomerID: customerID, OwnerID: t.OwnerID, Name: t.Name, IsOpen: t.Open, Reference: text(t.Reference)})
	if err != nil {
		return "", err
	}
	if err := x.addParticipants(ctx, id, t); err != nil {
		return "", err
	}
	return id, x.recordCustomer(ctx, "task_added", customerID, id, map[string]any{"owner": t.OwnerID})
}

func (x *edit) editTask(ctx context.Context, row db.Task, t directory.Task, prefix string) error {
	people, err := x.Queries.Participants(ctx, row.ID)
	if err != nil {
		return err
	}
	changed := changedFields(
		field{"name", row.Name != t.Name}, field{"owner", row.OwnerID != t.OwnerID}, field{"participants", !slices.Equal(people, team(t))},
		field{"open", row.IsOpen != t.Open}, field{"reference", row.Reference != text(t.Reference)},
	)
	if len(changed) == 0 {
		return nil
	}
	if row.OwnerID != t.OwnerID || !slices.Equal(people, team(t)) {
		if err := x.checkPeople(ctx, t, prefix); err != nil {
			return err
		}
	}
	if err := x.requireUniqueTask(ctx, row.CustomerID, row.ID, t, prefix); err != nil {
		return err
	}
	if row.IsOpen && !t.Open {
		if err := x.requireUnused(ctx, row.ID); err != nil {
			return err
		}
	}
	row.Name, row.OwnerID, row.IsOpen, row.Reference = t.Name, t.OwnerID, t.Open, text(t.Reference)
	if err := x.saveTask(ctx, row); err != nil {
		return err
	}
	if err := x.addParticipants(ctx, row.ID, t); err != nil {
		return err
	}
	if err := x.SyncAccess(ctx, row.ID, x.ID, x.Now); err != nil {
		return err
	}
	return x.recordCustomer(ctx, "task_edited", row.CustomerID, row.ID, map[string]any{"fields": changed, "owner": row.OwnerID, "open": row.IsOpen})
}

func (x *edit) saveTask(ctx context.Context, row db.Task) error {
	return x.SaveTask(ctx, db.SaveTaskParams{ID: row.ID, Name: row.Name, OwnerID: row.OwnerID, IsOpen: row.IsOpen, Reference: row.Reference})
}

// team returns the owner and the participants of a task, in the order of the database.
func team(t directory.Task) []string {
	all := append([]string{t.OwnerID}, t.Participants...)
	slices.Sort(all)
	return slices.Compact(all)
}

func (x *edit) addParticipants(ctx context.Context, taskID string, t directory.Task) error {
	if err := x.RemoveParticipants(ctx, taskID); err != nil {
		return err
	}
	for _, employee := range t.Participants {
		if employee == t.OwnerID {
			continue
		}
		if err := x.AddParticipant(ctx, db.AddParticipantParams{TaskID: taskID, EmployeeID: employee, OfficeID: x.OfficeID}); err != nil {
			return err
		}
	}
	return nil
}

// checkPeople returns an error that names the fields with unknown or deactivated employees.
func (x *edit) checkPeople(ctx context.Context, t directory.Task, prefix string) error {
	var wrong collaboration.FieldErrors
	check := func(name, id string) error {
		err := x.requireActiveEmployee(ctx, prefix+name, id)
		if collaboration.CodeOf(err) == collaboration.CodeInvalidRequest {
			wrong.Add(prefix+name, collaboration.CodeInvalidChoice)
			return nil
		}
		return err
	}
	if err := check("owner_id", t.OwnerID); err != nil {
		return err
	}
	for _, id := range t.Participants {
		if err := check("participants", id); err != nil {
			return err
		}
	}
	return wrong.Err()
}

// requireUniqueTask rejects the name of another open task of the customer, and the
// reference of any other task.
func (x *edit) requireUniqueTask(ctx context.Context, customerID, id string, t directory.Task, prefix string) error {
	all, err := x.TasksOfCustomer(ctx, customerID)
	if err != nil {
		return err
	}
	var wrong collaboration.FieldErrors
	for _, other := range all {
		switch {
		case other.ID == id:
		case t.Reference != "" && other.Reference == text(t.Reference):
			wrong.Add(prefix+"reference", collaboration.CodeDuplicate)
		case t.Open && other.IsOpen && other.Name == t.Name && t.Reference == "":
			wrong.Add(prefix+"name", collaboration.CodeDuplicate)
		}
	}
	return wrong.Err()
}

// requireUnused returns CodeTaskInUse for a task that a live activation hangs on.
func (x *edit) requireUnused(ctx context.Context, taskID string) error {
	live, err := x.LiveActivationsOfTask(ctx, db.LiveActivationsOfTaskParams{OfficeID: x.OfficeID, TaskID: taskID})
	if err != nil || len(live) == 0 {
		return err
	}
	return &collaboration.Error{Code: collaboration.CodeTaskInUse, Activation: collaboration.ActivationID(live[0].ID)}
}
