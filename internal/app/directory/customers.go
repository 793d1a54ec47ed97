package directory

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/app"
)

// Customer is a customer with the participants of its tasks.
type Customer struct {
	collaboration.Customer
	Participants map[string][]string // employees by task
}

// Lookup returns a customer by its id, usually from the cache, or else by its organisation
// number or the office's own id.
func (d *Directory) Lookup(ctx context.Context, e collaboration.Employee, key string) (collaboration.Customer, error) {
	return app.CallWithin(ctx, d.timeout, func(ctx context.Context) (collaboration.Customer, error) {
		c, err := d.cache.Customer(ctx, e.OfficeID, key)
		if collaboration.CodeOf(err) != collaboration.CodeCustomerNotFound {
			return c, err
		}
		id, err := d.store.CustomerID(ctx, e.OfficeID, key)
		if err != nil {
			return c, err
		}
		return d.cache.Customer(ctx, e.OfficeID, id)
	})
}

// Customer returns a customer by its id, its organisation number or the office's own id.
func (d *Directory) Customer(ctx context.Context, e collaboration.Employee, key string) (Customer, error) {
	return app.CallWithin(ctx, d.timeout, func(ctx context.Context) (Customer, error) {
		id, err := d.store.CustomerID(ctx, e.OfficeID, key)
		if err != nil {
			return Customer{}, err
		}
		c, err := d.customers.Customer(ctx, e.OfficeID, id)
		if err != nil {
			return Customer{}, err
		}
		people, err := d.store.Participants(ctx, id)
		return Customer{c, people}, err
	})
}

// AddCustomer adds a customer to the office.
func (d *Directory) AddCustomer(ctx context.Context, e collaboration.Employee, n directory.Customer, invalid []collaboration.FieldError) (Customer, error) {
	n = n.Clean()
	if err := app.WithInvalid(n.Check(), invalid); err != nil {
		return Customer{}, err
	}
	id, err := app.CallWithin(ctx, d.timeout, func(ctx context.Context) (string, error) { return d.store.AddCustomer(ctx, by(e), n) })
	if err != nil {
		return Customer{}, err
	}
	return d.Customer(ctx, e, id)
}

// EditCustomer replaces what the office says about a customer.
func (d *Directory) EditCustomer(ctx context.Context, e collaboration.Employee, id string, n directory.Customer, p app.Precondition, invalid []collaboration.FieldError) error {
	n = n.Clean()
	if err := app.WithInvalid(n.Check(), invalid); err != nil {
		return err
	}
	return run(ctx, d.timeout, func(ctx context.Context) error { return d.store.EditCustomer(ctx, by(e), id, n, p.Versions()) })
}

// PutCustomer brings the customer with a key to the state of a record. It adds one if the
// key is an organisation number, or the office's own id, that no customer has. The key
// completes the record, which must agree with it.
func (d *Directory) PutCustomer(ctx context.Context, e collaboration.Employee, key string, r directory.Record, p app.Precondition, invalid []collaboration.FieldError) (c Customer, added bool, err error) {
	known, err := d.Customer(ctx, e, key)
	if err != nil && collaboration.CodeOf(err) != collaboration.CodeCustomerNotFound {
		return Customer{}, false, err
	}
	if known.ID != key {
		var wrong []collaboration.FieldError
		r.Customer, wrong = r.Customer.WithKey(key)
		invalid = append(wrong, invalid...)
	}
	r = r.Clean()
	if err := app.WithInvalid(r.Check(), invalid); err != nil {
		return Customer{}, false, err
	}
	id := ""
	err = runSynced(ctx, d, e, func(ctx context.Context) (err error) {
		id, added, err = d.store.PutCustomer(ctx, by(e), key, r, p.Versions())
		return err
	})
	if err != nil {
		return Customer{}, false, err
	}
	c, err = d.Customer(ctx, e, id)
	return c, added, err
}

// SetCustomerArchived archives or restores a customer.
func (d *Directory) SetCustomerArchived(ctx context.Context, e collaboration.Employee, id string, archived bool, p app.Precondition) (Customer, error) {
	err := run(ctx, d.timeout, func(ctx context.Context) error {
		return d.store.SetCustomerArchived(ctx, by(e), id, archived, p.Versions())
	})
	if err != nil {
		return Customer{}, err
	}
	return d.Customer(ctx, e, id)
}

// Changes returns the recorded changes of the office's directory, newest first.
func (d *Directory) Changes(ctx context.Context, e collaboration.Employee, p collaboration.Page) (changes []directory.Change, next string, err error) {
	changes, err = app.CallWithin(ctx, d.timeout, func(ctx context.Context) (all []directory.Change, err error) {
		all, next, err = d.store.Changes(ctx, e.OfficeID, p)
		return all, err
	})
	return changes, next, err
}
