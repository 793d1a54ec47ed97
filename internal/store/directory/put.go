package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/db"
)

// PutCustomer brings the customer with a key to the state of a record, and adds it if there
// is none. A task that a complete list lacks is closed, an administrator removed.
func (d Directory) PutCustomer(ctx context.Context, by directory.By, key string, r directory.Record, versions []int) (id string, added bool, err error) {
	err = d.change(ctx, by, func(x *edit) error {
		found, err := x.CustomerByKey(ctx, keyOf(x.OfficeID, key))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			if err := checkVersion(0, versions); err != nil {
				return err
			}
			added = true
			id, err = x.addCustomer(ctx, r.Customer)
			if err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			id = found.ID
			row, err := x.customer(ctx, id, versions)
			if err != nil {
				return err
			}
			if err := x.editCustomer(ctx, row, r.Customer); err != nil {
				return err
			}
		}
		if err := x.putTasks(ctx, id, r.Tasks, true); err != nil {
			return err
		}
		return x.putAdministrators(ctx, id, r.Administrators, true)
	})
	return id, added, err
}

// putTasks adds and edits tasks; nil changes none. complete closes the open tasks that the
// list lacks.
func (x *edit) putTasks(ctx context.Context, customerID string, wanted []directory.Task, complete bool) error {
	if wanted == nil {
		return nil
	}
	stored, err := x.tasksOf(ctx, customerID)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for i, t := range wanted {
		prefix := fmt.Sprintf("tasks.%d.", i)
		row, found := matchTask(stored, kept, t)
		if !found {
			if _, err := x.addTask(ctx, customerID, t, prefix); err != nil {
				return err
			}
			continue
		}
		kept[row.ID] = true
		if err := x.editTask(ctx, row, t, prefix); err != nil {
			return err
		}
	}
	if !complete {
		return nil
	}
	for _, row := range stored {
		if kept[row.ID] || !row.IsOpen {
			continue
		}
		if err := x.closeTask(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// matchTask returns the stored task that an entry means: the one with its reference, or
// else an open one with its name, or else a closed one. A task with a reference is never
// found by its name, except by an entry that gives it its first reference.
func matchTask(stored []db.Task, kept map[string]bool, t directory.Task) (db.Task, bool) {
	for _, isMatch := range []func(db.Task) bool{
		func(row db.Task) bool { return t.Reference != "" && row.Reference == text(t.Reference) },
		func(row db.Task) bool {
			return row.Name == t.Name && row.IsOpen && (t.Reference == "" || row.Reference == "")
		},
		func(row db.Task) bool { return row.Name == t.Name && (t.Reference == "" || row.Reference == "") },
	} {
		i := slices.IndexFunc(stored, func(row db.Task) bool { return !kept[row.ID] && isMatch(row) })
		if i >= 0 {
			return stored[i], true
		}
	}
	return db.Task{}, false
}

func (x *edit) closeTask(ctx context.Context, row db.Task) error {
	if err := x.requireUnused(ctx, row.ID); err != nil {
		return err
	}
	row.IsOpen = false
	if err := x.saveTask(ctx, row); err != nil {
		return err
	}
	return x.recordCustomer(ctx, "task_edited", row.CustomerID, row.ID, map[string]any{"fields": []string{"open"}, "open": false})
}

// putAdministrators adds and edits administrators; nil changes none. complete removes
// those that the list lacks.
func (x *edit) putAdministrators(ctx context.Context, customerID string, wanted []directory.Administrator, complete bool) error {
	if wanted == nil {
		return nil
	}
	stored, err := x.administratorsOf(ctx, customerID)
	if err != nil {
		return err
	}
	for i, a := range wanted {
		prefix := fmt.Sprintf("administrators.%d.", i)
		at := slices.IndexFunc(stored, func(row db.Administrator) bool { return strings.EqualFold(row.Email, a.Email) })
		if at < 0 {
			_, err = x.addAdministrator(ctx, customerID, a, prefix)
		} else {
			err = x.editAdministrator(ctx, stored[at], a, prefix)
		}
		if err != nil {
			return err
		}
	}
	if !complete {
		return nil
	}
	for _, row := range stored {
		if slices.ContainsFunc(wanted, func(a directory.Administrator) bool { return strings.EqualFold(row.Email, a.Email) }) {
			continue
		}
		// The row may have lost the main contact to another one in this transaction.
		current, err := x.Queries.Administrator(ctx, db.AdministratorParams{ID: row.ID, CustomerID: customerID})
		if err != nil {
			return notFound(err, collaboration.CodeAdministratorNotFound)
		}
		if err := x.removeAdministrator(ctx, current); err != nil {
			return err
		}
	}
	return nil
}
