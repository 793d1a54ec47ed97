package directory

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// AddAdministrator adds an administrator to a customer, and returns the id.
func (d *Directory) AddAdministrator(ctx context.Context, e collaboration.Employee, customerID string, a directory.Administrator, p app.Precondition, invalid []collaboration.FieldError) (id string, err error) {
	a = a.Clean()
	if err := app.WithInvalid(a.Check(), invalid); err != nil {
		return "", err
	}
	return app.CallWithin(ctx, d.timeout, func(ctx context.Context) (string, error) {
		return d.store.AddAdministrator(ctx, by(e), customerID, a, p.Versions())
	})
}

// EditAdministrator replaces what the office says about an administrator. The old and the new
// address receive a mail about a change of the address.
func (d *Directory) EditAdministrator(ctx context.Context, e collaboration.Employee, customerID, id string, a directory.Administrator, p app.Precondition, invalid []collaboration.FieldError) error {
	a = a.Clean()
	if err := app.WithInvalid(a.Check(), invalid); err != nil {
		return err
	}
	change, err := announceAddress(ctx, d, e, customerID, id, a.Email)
	if err != nil {
		return err
	}
	return run(ctx, d.timeout, func(ctx context.Context) error {
		return d.store.EditAdministrator(ctx, by(e), customerID, id, a, change, p.Versions())
	})
}

// announceAddress returns the id of the change of an administrator's address; "" if the
// address stays. The mails are sent once the change is stored.
func announceAddress(ctx context.Context, d *Directory, e collaboration.Employee, customerID, id, email string) (change string, err error) {
	c, err := app.CallWithin(ctx, d.timeout, func(ctx context.Context) (collaboration.Customer, error) {
		return d.customers.Customer(ctx, e.OfficeID, customerID)
	})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(c.Administrators, func(a collaboration.Administrator) bool { return a.ID == id })
	if i < 0 || strings.EqualFold(c.Administrators[i].Email, email) {
		return "", nil
	}
	change = "address-" + strings.ToLower(rand.Text())
	if err := app.AllowMail(ctx, d.limiter, change, c.Administrators[i].Email, email); err != nil {
		return "", err
	}
	return change, run(ctx, d.timeout, func(ctx context.Context) error {
		for _, m := range message.AddressMails(e.OfficeID, change) {
			if err := d.mails.SendDirectoryMail(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveAdministrator removes an administrator, and the person's rights at the customer.
func (d *Directory) RemoveAdministrator(ctx context.Context, e collaboration.Employee, customerID, id string, p app.Precondition) error {
	return run(ctx, d.timeout, func(ctx context.Context) error {
		return d.store.RemoveAdministrator(ctx, by(e), customerID, id, p.Versions())
	})
}
