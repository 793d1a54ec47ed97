package directory

import (
	"context"
	"database/sql"
	"errors"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// CustomerID returns the id of the customer with a key: its id, its organisation number or
// the office's own id.
func (d Directory) CustomerID(ctx context.Context, officeID, key string) (string, error) {
	row, err := d.read.CustomerByKey(ctx, keyOf(officeID, key))
	return row.ID, sqldb.Failure(notFound(err, collaboration.CodeCustomerNotFound))
}

func keyOf(officeID, key string) db.CustomerByKeyParams {
	number, err := collaboration.ParseOrganisationNumber(key)
	if err != nil {
		number = "" // no customer has an empty number
	}
	return db.CustomerByKeyParams{OfficeID: officeID, Key: key, Number: string(number)}
}

// AddCustomer adds a customer, and returns the id.
func (d Directory) AddCustomer(ctx context.Context, by directory.By, c directory.Customer) (id string, err error) {
	err = d.change(ctx, by, func(x *edit) error {
		id, err = x.addCustomer(ctx, c)
		return err
	})
	return id, err
}

// EditCustomer replaces what the office says about a customer.
func (d Directory) EditCustomer(ctx context.Context, by directory.By, id string, c directory.Customer, versions []int) error {
	return d.change(ctx, by, func(x *edit) error {
		row, err := x.customer(ctx, id, versions)
		if err != nil {
			return err
		}
		return x.editCustomer(ctx, row, c)
	})
}

// SetCustomerArchived archives a customer without a live activation, or restores one.
func (d Directory) SetCustomerArchived(ctx context.Context, by directory.By, id string, archived bool, versions []int) error {
	return d.change(ctx, by, func(x *edit) error {
		row, err := x.customer(ctx, id, versions)
		if err != nil || row.ArchivedAt.Valid == archived {
			return err
		}
		action := "customer_restored"
		row.ArchivedAt = sql.NullTime{}
		if archived {
			action, row.ArchivedAt = "customer_archived", optionalTime(x.Now)
			if err := x.requireNoLiveActivation(ctx, id); err != nil {
				return err
			}
		}
		if err := x.saveCustomer(ctx, row); err != nil {
			return err
		}
		return x.recordCustomer(ctx, action, id, id, nil)
	})
}

// customer locks a customer of the office.
func (x *edit) customer(ctx context.Context, id string, versions []int) (db.Customer, error) {
	row, err := x.LockCustomerOfOffice(ctx, db.LockCustomerOfOfficeParams{ID: id, OfficeID: x.OfficeID})
	if err != nil {
		return row, notFound(err, collaboration.CodeCustomerNotFound)
	}
	return row, checkVersion(row.Version, versions)
}

func (x *edit) addCustomer(ctx context.Context, c directory.Customer) (string, error) {
	id := sqldb.NewID()
	if err := x.requireUnique(ctx, db.Customer{ID: id}, c); err != nil {
		return "", err
	}
	err := x.AddNewCustomer(ctx, db.AddNewCustomerParams{ID: id, OfficeID: x.OfficeID, OrganisationNumber: c.Number, Name: c.Name,
		NameKey: column.NameKey(c.Name), CreatedAt: x.Now, Reference: text(c.Reference)})
	if err != nil {
		return "", err
	}
	x.office.setCustomer(db.Customer{ID: id, OfficeID: x.OfficeID, OrganisationNumber: c.Number, Name: c.Name, Reference: text(c.Reference)})
	return id, x.recordCustomer(ctx, "customer_added", id, id, nil)
}

func (x *edit) editCustomer(ctx context.Context, row db.Customer, c directory.Customer) error {
	changed := changedFields(
		field{"name", row.Name != c.Name}, field{"organisation_number", row.OrganisationNumber != c.Number}, field{"reference", row.Reference != text(c.Reference)},
	)
	if len(changed) == 0 {
		return nil
	}
	if err := x.requireUnique(ctx, row, c); err != nil {
		return err
	}
	if row.OrganisationNumber != c.Number {
		// The number identifies the company that approved.
		if err := x.requireNoLiveActivation(ctx, row.ID); err != nil {
			return err
		}
	}
	row.Name, row.NameKey, row.OrganisationNumber, row.Reference = c.Name, column.NameKey(c.Name), c.Number, text(c.Reference)
	if err := x.saveCustomer(ctx, row); err != nil {
		return err
	}
	return x.recordCustomer(ctx, "customer_edited", row.ID, row.ID, map[string]any{"fields": changed})
}

func (x *edit) saveCustomer(ctx context.Context, row db.Customer) error {
	x.office.setCustomer(row)
	return x.SaveCustomer(ctx, db.SaveCustomerParams{ID: row.ID, Name: row.Name, NameKey: row.NameKey, OrganisationNumber: row.OrganisationNumber,
		Reference: row.Reference, ArchivedAt: row.ArchivedAt})
}

// requireUnique names every field that another customer of the office has.
func (x *edit) requireUnique(ctx context.Context, row db.Customer, c directory.Customer) error {
	var wrong collaboration.FieldErrors
	for _, key := range []struct{ field, value, stored string }{
		{"organisation_number", c.Number, row.OrganisationNumber}, {"reference", c.Reference, string(row.Reference)},
	} {
		if key.value == "" || key.value == key.stored {
			continue
		}
		other, err := x.customerByKey(ctx, key.value)
		switch {
		case err == nil && other != row.ID:
			wrong.Add(key.field, collaboration.CodeDuplicate)
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		}
	}
	return wrong.Err()
}

// requireNoLiveActivation returns CodeCustomerActive for a customer with a live activation.
func (x *edit) requireNoLiveActivation(ctx context.Context, customerID string) error {
	live, err := x.LiveActivationsOfCustomer(ctx, customerID)
	if err == nil && live > 0 {
		err = &collaboration.Error{Code: collaboration.CodeCustomerActive}
	}
	return err
}
