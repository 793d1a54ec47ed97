package store

import (
	"context"
	"fmt"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Seed adds the offices and customers that a developer's machine starts with.
// What is there already stays as it is.
func (s *Store) Seed(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		for _, o := range seedOffices {
			if err := t.AddOffice(ctx, db.AddOfficeParams{ID: o.ID, Name: o.Name}); err != nil {
				return err
			}
		}
		for _, e := range seedEmployees {
			if err := t.AddEmployee(ctx, db.AddEmployeeParams{ID: e.ID, OfficeID: e.OfficeID, Name: e.Name, Email: e.Email, Role: string(e.Role)}); err != nil {
				return err
			}
		}
		for _, c := range seedCustomers {
			if err := t.seedCustomer(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// seedSince is when everything in the seed was registered.
var seedSince = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// seedCustomer adds a customer with its tasks, its person and its solution.
func (t *tx) seedCustomer(ctx context.Context, c seedCustomer) error {
	office := c.office
	if office == "" {
		office = "office-1"
	}
	id := fmt.Sprintf("c-%d", c.number)
	added, err := t.AddCustomer(ctx, db.AddCustomerParams{
		ID: id, OfficeID: office, OrganisationNumber: string(c.organisation), Name: c.name, NameKey: nameKey(c.name), CreatedAt: seedSince,
	})
	if err != nil || added == 0 { // there already, with what became of it since
		return err
	}
	t.changed = append(t.changed, id)
	for n, task := range c.tasks {
		task := db.AddTaskParams{ID: fmt.Sprintf("t-%d-%d", c.number, n+1), CustomerID: id, OwnerID: task.owner, Name: task.name, IsOpen: !task.closed}
		if _, err := t.AddTask(ctx, task); err != nil {
			return err
		}
		if participant := c.tasks[n].participant; participant != "" {
			if err := t.AddParticipant(ctx, db.AddParticipantParams{TaskID: task.ID, EmployeeID: participant}); err != nil {
				return err
			}
		}
	}
	for i, p := range []*collaboration.Contact{c.person, c.deputy} {
		if p == nil {
			continue
		}
		_, err := t.AddAdministrator(ctx, db.AddAdministratorParams{
			ID: fmt.Sprintf("a-%d", c.number) + []string{"", "-2"}[i], CustomerID: id, Name: p.Name, Email: p.Email, Phone: p.Phone, MainContact: i == 0,
		})
		if err != nil {
			return err
		}
	}
	if c.variant != "" {
		_, err = t.AddSubscription(ctx, db.AddSubscriptionParams{
			ID: fmt.Sprintf("s-%d-2", c.number), CustomerID: id, SolutionID: "bookkeeping-invoicing", Variant: c.variant,
			InvoiceRecipient: string(collaboration.PaidByCustomer), Since: seedSince, RenewsOn: "2027-03-01",
		})
		if err != nil {
			return err
		}
	}
	if c.hasSolution {
		_, err = t.AddSubscription(ctx, db.AddSubscriptionParams{
			ID: fmt.Sprintf("s-%d", c.number), CustomerID: id, SolutionID: "financial-overview",
			InvoiceRecipient: string(collaboration.PaidByCustomer), Since: seedSince,
		})
	}
	return err
}
