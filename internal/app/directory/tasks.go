package directory

import (
	"context"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/app"
)

// AddTask adds a task to a customer, and returns its id.
func (d *Directory) AddTask(ctx context.Context, e collaboration.Employee, customerID string, t directory.Task, p app.Precondition, invalid []collaboration.FieldError) (id string, err error) {
	t = t.Clean()
	if err := app.WithInvalid(t.Check(), invalid); err != nil {
		return "", err
	}
	return app.CallWithin(ctx, d.timeout, func(ctx context.Context) (string, error) {
		return d.store.AddTask(ctx, by(e), customerID, t, p.Versions())
	})
}

// EditTask replaces what the office says about a task.
func (d *Directory) EditTask(ctx context.Context, e collaboration.Employee, customerID, id string, t directory.Task, p app.Precondition, invalid []collaboration.FieldError) error {
	t = t.Clean()
	if err := app.WithInvalid(t.Check(), invalid); err != nil {
		return err
	}
	return runSynced(ctx, d, e, func(ctx context.Context) error {
		return d.store.EditTask(ctx, by(e), customerID, id, t, p.Versions())
	})
}

// PutTask edits the task with a key, an id or the office's own id. It adds one if the key
// is a new one of the customer.
func (d *Directory) PutTask(ctx context.Context, e collaboration.Employee, customerID, key string, t directory.Task, p app.Precondition, invalid []collaboration.FieldError) (id string, added bool, err error) {
	c, err := d.Customer(ctx, e, customerID)
	if err != nil {
		return "", false, err
	}
	if slices.ContainsFunc(c.Tasks, func(known collaboration.Task) bool { return known.ID == key }) {
		return key, false, d.EditTask(ctx, e, c.ID, key, t, p, invalid)
	}
	if t.Reference != "" && t.Reference != key {
		invalid = append(invalid, collaboration.FieldError{Field: "reference", Code: collaboration.CodeInvalidChoice})
	}
	t.Reference = key
	t = t.Clean()
	if err := app.WithInvalid(t.Check(), invalid); err != nil {
		return "", false, err
	}
	err = runSynced(ctx, d, e, func(ctx context.Context) (err error) {
		id, added, err = d.store.PutTask(ctx, by(e), c.ID, t, p.Versions())
		return err
	})
	return id, added, err
}
