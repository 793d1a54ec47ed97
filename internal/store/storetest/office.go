package storetest

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"countersign/collaboration"
)

// Seed adds two small offices to a migrated database. Rows that exist stay unchanged.
func Seed(ctx context.Context, url string) error {
	d := Dataset{Offices: offices, Employees: employees, Participants: map[string][]string{}}
	for _, c := range customers {
		d.Customers = append(d.Customers, c.build())
		for n, t := range c.tasks {
			if t.participant != "" {
				d.Participants[c.taskID(n)] = []string{t.participant}
			}
		}
	}
	return Load(ctx, url, d)
}

// since is the time at which the customers were registered.
var since = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func (c customer) id() string { return fmt.Sprintf("c-%d", c.number) }

func (c customer) taskID(n int) string { return fmt.Sprintf("t-%d-%d", c.number, n+1) }

func (c customer) build() collaboration.Customer {
	all := collaboration.Customer{
		ID: c.id(), OfficeID: cmp.Or(c.office, "office-1"), Name: c.name, OrganisationNumber: c.organisation, CreatedAt: since,
	}
	for n, t := range c.tasks {
		all.Tasks = append(all.Tasks, collaboration.Task{ID: c.taskID(n), CustomerID: all.ID, OwnerID: t.owner, Name: t.name, Open: !t.closed})
	}
	for i, p := range []*collaboration.Contact{c.person, c.deputy} {
		if p != nil {
			all.Administrators = append(all.Administrators, collaboration.Administrator{
				ID: fmt.Sprintf("a-%d", c.number) + []string{"", "-2"}[i], CustomerID: all.ID, Contact: *p, MainContact: i == 0,
			})
		}
	}
	if c.variant != "" {
		all.Subscriptions = append(all.Subscriptions, collaboration.Subscription{
			SolutionID: "bookkeeping-invoicing", Variant: c.variant, InvoiceRecipient: collaboration.PaidByCustomer, Since: since,
			RenewsOn: collaboration.Date{Year: 2027, Month: time.March, Day: 1},
		})
	}
	if c.hasSolution {
		all.Subscriptions = append(all.Subscriptions, collaboration.Subscription{
			SolutionID: "financial-overview", InvoiceRecipient: collaboration.PaidByCustomer, Since: since,
		})
	}
	return all
}
