package office

import (
	"context"
	"net/http"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// customerPage is one tab of a customer's page.
type customerPage struct {
	view.Page
	Tab string
	Of  present.Customer
	// HasOpenTask is true if the customer can be activated.
	HasOpenTask bool
	// Each tab uses its own fields below.
	Solutions []solutionStatus
	Tasks     []taskRow
	Errors    view.Errors
}

// taskRow is one task with its live activations.
type taskRow struct {
	ID, Name, Owner string
	Open            bool
	Solutions       []solutionStatus
}

// mostRecords is the largest number of activations that a customer's page reads.
const mostRecords = 500

func (h customerPages) customerPage(v *page.Context, tab string) (customerPage, collaboration.Customer, error) {
	c, err := h.app.Customers.Get(v.Context(), request.Employee(v.Context()), v.Param("id"))
	if err != nil {
		return customerPage{}, c, err
	}
	return customerPage{Page: v.Page("customers", c.Name), Tab: tab, Of: present.NewCustomer(c),
		HasOpenTask: len(c.OpenTasks()) > 0 && c.ArchivedAt.IsZero()}, c, nil
}

// showCustomer renders the tab Collaborations: every solution and its next step.
func (h customerPages) showCustomer(v *page.Context) error {
	p, c, err := h.customerPage(v, "collaborations")
	if err != nil {
		return err
	}
	records, err := h.recordsOf(v.Context(), c)
	if err != nil {
		return err
	}
	p.Solutions = h.statuses(c, records, v.Locale)
	return v.Render(http.StatusOK, "office/customer", p)
}

func (h customerPages) recordsOf(ctx context.Context, c collaboration.Customer) ([]collaboration.Activation, error) {
	return app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) ([]collaboration.Activation, error) {
		records, _, err := h.store.Activations(ctx, c.OfficeID, collaboration.ActivationFilter{CustomerID: c.ID, Page: collaboration.Page{Limit: mostRecords}})
		return records, err
	})
}

// showTasks renders the tab Tasks.
func (h customerPages) showTasks(v *page.Context) error {
	p, c, err := h.customerPage(v, "tasks")
	if err != nil {
		return err
	}
	names, err := h.employeeNames(v.Context(), c.OfficeID)
	if err != nil {
		return err
	}
	records, err := h.recordsOf(v.Context(), c)
	if err != nil {
		return err
	}
	for _, t := range c.Tasks {
		row := taskRow{ID: t.ID, Name: t.Name, Owner: names[t.OwnerID], Open: t.Open}
		for _, r := range records {
			if solution, known := h.catalogue.For(r.OfficeID).Solution(r.SolutionID); known && r.TaskID == t.ID && r.State.IsLive() {
				row.Solutions = append(row.Solutions, solutionStatus{Solution: present.NewSolution(solution, v.Locale), Badge: view.NewBadge(r.State, r.Agreement, v.Locale), Activation: r.ID})
			}
		}
		p.Tasks = append(p.Tasks, row)
	}
	return v.Render(http.StatusOK, "office/customer", p)
}

// showContacts renders the tab Contacts.
func (h customerPages) showContacts(v *page.Context) error {
	p, _, err := h.customerPage(v, "contacts")
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "office/customer", p)
}

// chooseMainContact makes an administrator the main contact.
func (h customerPages) chooseMainContact(v *page.Context) error {
	form := page.NewFormReader(v.FormValue)
	administrator := form.Text("administrator_id")
	_, err := h.app.Customers.SetMainContact(v.Context(), request.Employee(v.Context()), v.Param("id"), administrator, form.Invalid)
	if collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
		if err == nil {
			err = v.RedirectWithNotice("/customers/"+v.Param("id")+"/contacts", "main_contact")
		}
		return err
	}
	p, _, err := h.customerPage(v, "contacts")
	if err != nil {
		return err
	}
	p.Errors = view.Errors{{Message: i18n.CodeText(v.Locale, collaboration.CodeAdministratorNotFound)}}
	return v.Render(http.StatusUnprocessableEntity, "office/customer", p)
}
