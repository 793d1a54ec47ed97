package directory

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// Employees returns the employees of the office with their work, by name.
func (d *Directory) Employees(ctx context.Context, e collaboration.Employee) ([]directory.Colleague, error) {
	return app.CallWithin(ctx, d.timeout, func(ctx context.Context) ([]directory.Colleague, error) {
		return d.store.Colleagues(ctx, e.OfficeID)
	})
}

// Employee returns one employee of the office, by id or by the office's own id.
func (d *Directory) Employee(ctx context.Context, e collaboration.Employee, key string) (directory.Colleague, error) {
	all, err := d.Employees(ctx, e)
	if err != nil {
		return directory.Colleague{}, err
	}
	for _, isMatch := range []func(directory.Colleague) bool{
		func(c directory.Colleague) bool { return c.ID == key },
		func(c directory.Colleague) bool { return key != "" && c.Reference == key },
	} {
		if i := slices.IndexFunc(all, isMatch); i >= 0 {
			return all[i], nil
		}
	}
	return directory.Colleague{}, &collaboration.Error{Code: collaboration.CodeEmployeeNotFound}
}

// AddEmployee adds an employee to the office. invalid are fields that the caller could not
// decode, here and below.
func (d *Directory) AddEmployee(ctx context.Context, e collaboration.Employee, n directory.Employee, invalid []collaboration.FieldError) (directory.Colleague, error) {
	n = n.Clean()
	if err := app.WithInvalid(n.Check(), invalid); err != nil {
		return directory.Colleague{}, err
	}
	id, err := d.announce(ctx, e)
	if err != nil {
		return directory.Colleague{}, err
	}
	return d.changeEmployee(ctx, e, id, func(ctx context.Context) error { return d.store.AddEmployee(ctx, by(e), id, n) })
}

// announce returns the id of a new employee. The mail is sent once the employee is stored.
func (d *Directory) announce(ctx context.Context, e collaboration.Employee) (id string, err error) {
	id = "emp-" + strings.ToLower(rand.Text())
	return id, run(ctx, d.timeout, func(ctx context.Context) error {
		return d.mails.SendDirectoryMail(ctx, message.DirectoryMail{Kind: collaboration.MailEmployeeAdded, OfficeID: e.OfficeID, ID: id})
	})
}

// EditEmployee replaces what the office says about an employee.
func (d *Directory) EditEmployee(ctx context.Context, e collaboration.Employee, id string, n directory.Employee, p app.Precondition, invalid []collaboration.FieldError) (directory.Colleague, error) {
	n = n.Clean()
	if err := app.WithInvalid(n.Check(), invalid); err != nil {
		return directory.Colleague{}, err
	}
	return d.changeEmployee(ctx, e, id, func(ctx context.Context) error { return d.store.EditEmployee(ctx, by(e), id, n, p.Versions()) })
}

// PutEmployee edits the employee with a key, an id or the office's own id. It adds one if
// the key is a new one of the office. A reference in the values must agree with the key.
func (d *Directory) PutEmployee(ctx context.Context, e collaboration.Employee, key string, n directory.Employee, p app.Precondition, invalid []collaboration.FieldError) (employee directory.Colleague, added bool, err error) {
	known, err := d.Employee(ctx, e, key)
	if err == nil && known.ID == key {
		employee, err = d.EditEmployee(ctx, e, known.ID, n, p, invalid)
		return employee, false, err
	}
	if err != nil && collaboration.CodeOf(err) != collaboration.CodeEmployeeNotFound {
		return directory.Colleague{}, false, err
	}
	if n.Reference != "" && n.Reference != key {
		invalid = append(invalid, collaboration.FieldError{Field: "reference", Code: collaboration.CodeInvalidChoice})
	}
	n.Reference = key
	n = n.Clean()
	if err := app.WithInvalid(n.Check(), invalid); err != nil {
		return directory.Colleague{}, false, err
	}
	newID := ""
	if known.ID == "" {
		if newID, err = d.announce(ctx, e); err != nil {
			return directory.Colleague{}, false, err
		}
	}
	id, err := app.CallWithin(ctx, d.timeout, func(ctx context.Context) (id string, err error) {
		id, added, err = d.store.PutEmployee(ctx, by(e), newID, n, p.Versions())
		return id, err
	})
	if err != nil {
		return directory.Colleague{}, false, err
	}
	employee, err = d.Employee(ctx, e, id)
	return employee, added, err
}

// DeactivateEmployee removes all rights of an employee. successor takes over the work; ""
// leaves it.
func (d *Directory) DeactivateEmployee(ctx context.Context, e collaboration.Employee, id, successor string, invalid []collaboration.FieldError) (directory.Colleague, error) {
	if err := app.WithInvalid(nil, invalid); err != nil {
		return directory.Colleague{}, err
	}
	return d.changeEmployee(ctx, e, id, func(ctx context.Context) error { return d.store.DeactivateEmployee(ctx, by(e), id, successor) })
}

// ActivateEmployee gives a deactivated employee the rights back.
func (d *Directory) ActivateEmployee(ctx context.Context, e collaboration.Employee, id string) (directory.Colleague, error) {
	return d.changeEmployee(ctx, e, id, func(ctx context.Context) error { return d.store.ActivateEmployee(ctx, by(e), id) })
}

// HandOver gives the open tasks and the live activations of an employee to a colleague.
func (d *Directory) HandOver(ctx context.Context, e collaboration.Employee, id, successor string, invalid []collaboration.FieldError) (directory.Colleague, error) {
	var wrong collaboration.FieldErrors
	if successor == "" {
		wrong.Add("successor_id", collaboration.CodeRequired)
	}
	if err := app.WithInvalid(wrong.Err(), invalid); err != nil {
		return directory.Colleague{}, err
	}
	return d.changeEmployee(ctx, e, id, func(ctx context.Context) error { return d.store.HandOver(ctx, by(e), id, successor) })
}

func (d *Directory) changeEmployee(ctx context.Context, e collaboration.Employee, id string, change func(context.Context) error) (directory.Colleague, error) {
	if err := runSynced(ctx, d, e, change); err != nil {
		return directory.Colleague{}, err
	}
	return d.Employee(ctx, e, id)
}

func run(ctx context.Context, limit time.Duration, change func(context.Context) error) error {
	_, err := app.CallWithin(ctx, limit, func(ctx context.Context) (struct{}, error) { return struct{}{}, change(ctx) })
	return err
}
