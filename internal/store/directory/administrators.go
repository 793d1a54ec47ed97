package directory

import (
	"context"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// AddAdministrator adds an administrator to a customer, and returns the id.
func (d Directory) AddAdministrator(ctx context.Context, by directory.By, customerID string, a directory.Administrator, versions []int) (id string, err error) {
	err = d.change(ctx, by, func(x *edit) error {
		if _, err := x.customer(ctx, customerID, versions); err != nil {
			return err
		}
		id, err = x.addAdministrator(ctx, customerID, a, "")
		return err
	})
	return id, err
}

// EditAdministrator replaces what the office says about an administrator. addressChange is
// the id of the change of the address; without one the address must stay.
func (d Directory) EditAdministrator(ctx context.Context, by directory.By, customerID, id string, a directory.Administrator, addressChange string, versions []int) error {
	return d.change(ctx, by, func(x *edit) error {
		x.addressChange = addressChange
		row, err := x.administrator(ctx, customerID, id, versions)
		if err != nil {
			return err
		}
		return x.editAdministrator(ctx, row, a, "")
	})
}

// RemoveAdministrator removes an administrator, and with it the person's rights at the
// customer.
func (d Directory) RemoveAdministrator(ctx context.Context, by directory.By, customerID, id string, versions []int) error {
	return d.change(ctx, by, func(x *edit) error {
		row, err := x.administrator(ctx, customerID, id, versions)
		if err != nil {
			return err
		}
		return x.removeAdministrator(ctx, row)
	})
}

// administrator locks a customer of the office, and returns one of its administrators.
func (x *edit) administrator(ctx context.Context, customerID, id string, versions []int) (db.Administrator, error) {
	if _, err := x.customer(ctx, customerID, versions); err != nil {
		return db.Administrator{}, err
	}
	row, err := x.Queries.Administrator(ctx, db.AdministratorParams{ID: id, CustomerID: customerID})
	return row, notFound(err, collaboration.CodeNotFound)
}

func (x *edit) addAdministrator(ctx context.Context, customerID string, a directory.Administrator, prefix string) (string, error) {
	all, err := x.administratorsOf(ctx, customerID)
	if err != nil {
		return "", err
	}
	if err := requireUniqueAddress(all, "", a.Email, prefix); err != nil {
		return "", err
	}
	if err := requireNoEmployee(ctx, x, a.Email, prefix); err != nil {
		return "", err
	}
	id := sqldb.NewID()
	_, err = x.Queries.AddAdministrator(ctx, db.AddAdministratorParams{ID: id, CustomerID: customerID, Name: a.Name, Email: a.Email, Phone: a.Phone, MainContact: len(all) == 0})
	if err != nil {
		return "", err
	}
	x.office.setAdministrator(db.Administrator{ID: id, CustomerID: customerID, Name: a.Name, Email: a.Email, Phone: a.Phone, MainContact: len(all) == 0})
	if a.MainContact && len(all) > 0 {
		if err := x.nameMainContact(ctx, customerID, id); err != nil {
			return "", err
		}
	}
	return id, x.recordCustomer(ctx, "administrator_added", customerID, id, nil)
}

func (x *edit) editAdministrator(ctx context.Context, row db.Administrator, a directory.Administrator, prefix string) error {
	changed := changedFields(
		field{"name", row.Name != a.Name}, field{"email", row.Email != a.Email}, field{"phone", row.Phone != a.Phone},
		field{"main_contact", a.MainContact && !row.MainContact},
	)
	if len(changed) == 0 {
		return nil
	}
	all, err := x.administratorsOf(ctx, row.CustomerID)
	if err != nil {
		return err
	}
	if err := requireUniqueAddress(all, row.ID, a.Email, prefix); err != nil {
		return err
	}
	if !strings.EqualFold(row.Email, a.Email) {
		if err := requireNoEmployee(ctx, x, a.Email, prefix); err != nil {
			return err
		}
		if err := recordAddress(ctx, x, row, a.Email); err != nil {
			return err
		}
		if err := readdressInvitations(ctx, x, row, a); err != nil {
			return err
		}
	}
	row.Name, row.Email, row.Phone = a.Name, a.Email, a.Phone
	x.office.setAdministrator(row)
	err = x.SaveAdministrator(ctx, db.SaveAdministratorParams{ID: row.ID, CustomerID: row.CustomerID, Name: row.Name, Email: row.Email, Phone: row.Phone})
	if err != nil {
		return err
	}
	if a.MainContact && !row.MainContact {
		if err := x.nameMainContact(ctx, row.CustomerID, row.ID); err != nil {
			return err
		}
	}
	return x.recordCustomer(ctx, "administrator_edited", row.CustomerID, row.ID, map[string]any{"fields": changed})
}

// readdressInvitations gives the open invitations to an administrator the new address. Their
// links work for the new address only, because a login is needed.
func readdressInvitations(ctx context.Context, x *edit, row db.Administrator, a directory.Administrator) error {
	open, err := x.OpenInvitationsOf(ctx, db.OpenInvitationsOfParams{OfficeID: x.OfficeID, CustomerID: row.CustomerID, InvitedID: text(row.ID)})
	if err != nil {
		return err
	}
	for _, id := range open {
		if err := x.Readdress(ctx, id, a.Contact, x.ID, x.Now); err != nil {
			return err
		}
	}
	return nil
}

// removeAdministrator refuses to remove the invited administrator, the main contact beside
// others, and the last one of a customer with a live activation, who alone can approve or end.
func (x *edit) removeAdministrator(ctx context.Context, row db.Administrator) error {
	if !x.IsManager {
		return &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	if err := x.requireNotInvited(ctx, row); err != nil {
		return err
	}
	all, err := x.administratorsOf(ctx, row.CustomerID)
	if err != nil {
		return err
	}
	if len(all) > 1 && row.MainContact {
		return &collaboration.Error{Code: collaboration.CodeMainContactNeeded}
	}
	if len(all) == 1 {
		if err := x.requireNoLiveActivation(ctx, row.CustomerID); err != nil {
			return err
		}
	}
	if err := x.Queries.RemoveAdministrator(ctx, db.RemoveAdministratorParams{ID: row.ID, CustomerID: row.CustomerID}); err != nil {
		return err
	}
	return x.recordCustomer(ctx, "administrator_removed", row.CustomerID, row.ID, nil)
}

func (x *edit) nameMainContact(ctx context.Context, customerID, id string) error {
	if _, err := x.ClearMainContact(ctx, db.ClearMainContactParams{CustomerID: customerID, ID: id}); err != nil {
		return err
	}
	_, err := x.SetMainContact(ctx, db.SetMainContactParams{CustomerID: customerID, ID: id})
	return err
}

// requireNotInvited returns CodeAdministratorInvited for the recipient of an open invitation.
func (x *edit) requireNotInvited(ctx context.Context, row db.Administrator) error {
	n, err := x.InvitationsOfAdministrator(ctx, db.InvitationsOfAdministratorParams{OfficeID: x.OfficeID, CustomerID: row.CustomerID, InvitedID: text(row.ID)})
	if err == nil && n > 0 {
		err = &collaboration.Error{Code: collaboration.CodeAdministratorInvited}
	}
	return err
}

// requireNoEmployee rejects the address of an employee of the office, who must not answer for
// its customer.
func requireNoEmployee(ctx context.Context, x *edit, email, prefix string) error {
	n, err := x.EmployeesWithAddress(ctx, db.EmployeesWithAddressParams{OfficeID: x.OfficeID, Email: strings.ToLower(email), Mailbox: collaboration.Mailbox(email)})
	if err == nil && n > 0 {
		err = invalid(prefix+"email", collaboration.CodeEmployeeAddress)
	}
	return err
}

func requireUniqueAddress(all []db.Administrator, id, email, prefix string) error {
	if slices.ContainsFunc(all, func(a db.Administrator) bool { return a.ID != id && strings.EqualFold(a.Email, email) }) {
		return invalid(prefix+"email", collaboration.CodeDuplicate)
	}
	return nil
}
