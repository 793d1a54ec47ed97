package directory

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

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
func (d Directory) AddTask(ctx context.Context, by directory.By, customerID string, t directory.Task, versions []int) (id string, err error) {
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
func (d Directory) EditTask(ctx context.Context, by directory.By, customerID, id string, t directory.Task, versions []int) error {
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

// PutTask adds the task with the office's own id to a customer, or edits it.
func (d Directory) PutTask(ctx context.Context, by directory.By, customerID string, t directory.Task, versions []int) (id string, added bool, err error) {
	err = d.change(ctx, by, func(x *edit) error {
		if _, err := x.customer(ctx, customerID, versions); err != nil {
			return err
		}
		all, err := x.tasksOf(ctx, customerID)
		if err != nil {
			return err
		}
		row, found := matchTask(all, nil, t)
		if !found {
			added = true
			id, err = x.addTask(ctx, customerID, t, "")
			return err
		}
		id = row.ID
		return x.editTask(ctx, row, t, "")
	})
	return id, added, err
}

// addTask adds a task. prefix precedes the names of invalid fields.
func (x *edit) addTask(ctx context.Context, customerID string, t directory.Task, prefix string) (string, error) {
	t, err := x.resolvePeople(ctx, t, prefix)
	if err != nil {
		return "", err
	}
	if err := x.requireUniqueTask(ctx, customerID, "", t, prefix); err != nil {
		return "", err
	}
	id := sqldb.NewID()
	err = x.AddNewTask(ctx, db.AddNewTaskParams{ID: id, OfficeID: x.OfficeID, CustomerID: customerID, OwnerID: t.Owner, Name: t.Name, IsOpen: t.Open, Reference: text(t.Reference)})
	if err != nil {
		return "", err
	}
	x.office.setTask(db.Task{ID: id, OfficeID: x.OfficeID, CustomerID: customerID, OwnerID: t.Owner, Name: t.Name, IsOpen: t.Open, Reference: text(t.Reference)})
	if err := x.addParticipants(ctx, id, t); err != nil {
		return "", err
	}
	return id, x.recordCustomer(ctx, "task_added", customerID, id, map[string]any{"owner": t.Owner})
}

func (x *edit) editTask(ctx context.Context, row db.Task, t directory.Task, prefix string) error {
	people, err := x.teamOf(ctx, row)
	if err != nil {
		return err
	}
	// A task may keep its people, also deactivated ones.
	if !slices.Equal(people, team(t)) {
		if t, err = x.resolvePeople(ctx, t, prefix); err != nil {
			return err
		}
	}
	changed := changedFields(
		field{"name", row.Name != t.Name}, field{"owner", row.OwnerID != t.Owner}, field{"participants", !slices.Equal(people, team(t))},
		field{"open", row.IsOpen != t.Open}, field{"reference", row.Reference != text(t.Reference)},
	)
	if len(changed) == 0 {
		return nil
	}
	if err := x.requireUniqueTask(ctx, row.CustomerID, row.ID, t, prefix); err != nil {
		return err
	}
	if row.IsOpen && !t.Open {
		if err := x.requireUnused(ctx, row.ID); err != nil {
			return err
		}
	}
	row.Name, row.OwnerID, row.IsOpen, row.Reference = t.Name, t.Owner, t.Open, text(t.Reference)
	if err := x.saveTask(ctx, row); err != nil {
		return err
	}
	if err := x.RemoveParticipants(ctx, row.ID); err != nil {
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
	x.office.setTask(row)
	return x.SaveTask(ctx, db.SaveTaskParams{ID: row.ID, Name: row.Name, OwnerID: row.OwnerID, IsOpen: row.IsOpen, Reference: row.Reference})
}

// team returns the owner and the participants of a task, sorted.
func team(t directory.Task) []string { return sortedTeam(t.Owner, t.Participants) }

func sortedTeam(owner string, participants []string) []string {
	all := append([]string{owner}, participants...)
	slices.Sort(all)
	return slices.Compact(all)
}

func (x *edit) addParticipants(ctx context.Context, taskID string, t directory.Task) error {
	x.office.setParticipants(taskID, t.Participants)
	for _, employee := range t.Participants {
		if employee == t.Owner {
			continue
		}
		if err := x.AddParticipant(ctx, db.AddParticipantParams{TaskID: taskID, EmployeeID: employee, OfficeID: x.OfficeID}); err != nil {
			return err
		}
	}
	return nil
}

// resolvePeople replaces the keys of a task's employees by their ids. Its error names the
// fields with unknown or deactivated employees.
func (x *edit) resolvePeople(ctx context.Context, t directory.Task, prefix string) (directory.Task, error) {
	var wrong collaboration.FieldErrors
	resolve := func(name, key string) (string, error) {
		if x.office != nil && x.office.isActive[key] {
			return key, nil
		}
		row, err := x.EmployeeByKey(ctx, db.EmployeeByKeyParams{OfficeID: x.OfficeID, Key: key, Email: strings.ToLower(key)})
		if errors.Is(err, sql.ErrNoRows) {
			wrong.Add(prefix+name, collaboration.CodeInvalidChoice)
			return key, nil
		}
		return row.ID, err
	}
	owner, err := resolve("owner", t.Owner)
	if err != nil {
		return t, err
	}
	var participants []string
	for _, key := range t.Participants {
		id, err := resolve("participants", key)
		if err != nil {
			return t, err
		}
		participants = append(participants, id)
	}
	t.Owner, t.Participants = owner, participants
	return t, wrong.Err()
}

// requireUniqueTask rejects the name of another open task of the customer, and the
// reference of any other task. It rejects a new task of a customer with MaxTasks.
func (x *edit) requireUniqueTask(ctx context.Context, customerID, id string, t directory.Task, prefix string) error {
	all, err := x.tasksOf(ctx, customerID)
	if err != nil {
		return err
	}
	var wrong collaboration.FieldErrors
	if id == "" && len(all) >= directory.MaxTasks {
		wrong.Add(prefix+"name", collaboration.CodeTooManyTasks)
	}
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
