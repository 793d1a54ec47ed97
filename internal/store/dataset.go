package store

import (
	"context"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Dataset has offices with their employees and customers, whose ids the caller chose.
type Dataset struct {
	Offices   []collaboration.Office
	Employees []collaboration.Employee
	Customers []collaboration.Customer
	// Participants are the employees that work on a task beside its owner, by task.
	Participants map[string][]string
}

// Load adds a dataset. Rows that exist stay unchanged, and so does a customer that
// exists, with all that it has.
func (s Directory) Load(ctx context.Context, d Dataset) error {
	return s.write(ctx, func(t *tx) error {
		for _, o := range d.Offices {
			if err := t.AddOffice(ctx, db.AddOfficeParams{ID: o.ID, Name: o.Name}); err != nil {
				return err
			}
		}
		for _, e := range d.Employees {
			if err := t.AddEmployee(ctx, db.AddEmployeeParams{ID: e.ID, OfficeID: e.OfficeID, Name: e.Name, Email: e.Email, Role: string(e.Role)}); err != nil {
				return err
			}
		}
		for _, c := range d.Customers {
			if err := t.loadCustomer(ctx, c, d.Participants); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) loadCustomer(ctx context.Context, c collaboration.Customer, participants map[string][]string) error {
	added, err := t.AddCustomer(ctx, db.AddCustomerParams{
		ID: c.ID, OfficeID: c.OfficeID, OrganisationNumber: string(c.OrganisationNumber), Name: c.Name, NameKey: column.NameKey(c.Name), CreatedAt: utc(c.CreatedAt),
	})
	if err != nil || added == 0 {
		return err
	}
	t.changedCustomers = append(t.changedCustomers, c.ID)
	for _, task := range c.Tasks {
		_, err := t.AddTask(ctx, db.AddTaskParams{ID: task.ID, OfficeID: c.OfficeID, CustomerID: c.ID, OwnerID: task.OwnerID, Name: task.Name, IsOpen: task.Open})
		if err != nil {
			return err
		}
		for _, employee := range participants[task.ID] {
			if err := t.AddParticipant(ctx, db.AddParticipantParams{TaskID: task.ID, EmployeeID: employee, OfficeID: c.OfficeID}); err != nil {
				return err
			}
		}
	}
	for _, a := range c.Administrators {
		_, err := t.AddAdministrator(ctx, db.AddAdministratorParams{
			ID: a.ID, CustomerID: c.ID, Name: a.Name, Email: a.Email, Phone: a.Phone, MainContact: a.MainContact,
		})
		if err != nil {
			return err
		}
	}
	for _, s := range c.Subscriptions {
		_, err := t.AddSubscription(ctx, db.AddSubscriptionParams{
			ID: sqldb.NewID(), CustomerID: c.ID, SolutionID: s.SolutionID, Variant: s.Variant,
			InvoiceRecipient: string(s.InvoiceRecipient), Since: utc(s.Since), RenewsOn: column.Date(s.RenewsOn),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
