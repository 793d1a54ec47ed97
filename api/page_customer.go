package api

import (
	"context"
	"net/http"

	"countersign/api/i18n"
	"countersign/api/view"
	"countersign/collaboration"
)

// customerPage is one tab of a customer's page.
type customerPage struct {
	view.Page
	Tab string
	Of  CustomerView
	// Each tab uses its own fields below.
	Solutions []stand
	Tasks     []taskRow
	Wrong     view.Wrong
}

// taskRow is one task with its live activations.
type taskRow struct {
	Name, Owner string
	Open        bool
	Solutions   []stand
}

// mostRecords is the largest number of activations that a customer's page reads.
const mostRecords = 500

func (s *Server) customerPage(v *visit, tab string) (customerPage, collaboration.Customer, error) {
	c, err := s.app.Customers.Get(v.Context(), employeeOf(v.Context()), v.Param("id"))
	if err != nil {
		return customerPage{}, c, err
	}
	return customerPage{Page: v.Page("customers", c.Name), Tab: tab, Of: viewCustomer(c)}, c, nil
}

// showCustomer renders the tab Collaborations: every solution and its next step.
func (s *Server) showCustomer(v *visit) error {
	p, c, err := s.customerPage(v, "collaborations")
	if err != nil {
		return err
	}
	records, err := s.recordsOf(v.Context(), c)
	if err != nil {
		return err
	}
	p.Solutions = s.stands(c, records, v.Locale)
	return v.Render(http.StatusOK, "office/customer", p)
}

func (s *Server) recordsOf(ctx context.Context, c collaboration.Customer) ([]collaboration.Activation, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.Activation, error) {
		records, _, err := s.Facts.Activations(ctx, c.OfficeID, collaboration.ActivationFilter{CustomerID: c.ID, Page: collaboration.Page{Limit: mostRecords}})
		return records, err
	})
}

// showTasks renders the tab Tasks.
func (s *Server) showTasks(v *visit) error {
	p, c, err := s.customerPage(v, "tasks")
	if err != nil {
		return err
	}
	names, err := s.employeeNames(v.Context(), c.OfficeID)
	if err != nil {
		return err
	}
	records, err := s.recordsOf(v.Context(), c)
	if err != nil {
		return err
	}
	for _, t := range c.Tasks {
		row := taskRow{Name: t.Name, Owner: names[t.OwnerID], Open: t.Open}
		for _, r := range records {
			if solution, known := s.Catalogue.Solution(r.SolutionID); known && r.TaskID == t.ID && r.State.IsLive() {
				row.Solutions = append(row.Solutions, stand{Solution: viewSolution(solution, v.Locale), State: string(r.State), Activation: r.ID})
			}
		}
		p.Tasks = append(p.Tasks, row)
	}
	return v.Render(http.StatusOK, "office/customer", p)
}

// showContacts renders the tab Contacts.
func (s *Server) showContacts(v *visit) error {
	p, _, err := s.customerPage(v, "contacts")
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "office/customer", p)
}

// chooseMainContact makes an administrator the main contact.
func (s *Server) chooseMainContact(v *visit) error {
	form := v.formReader()
	administrator := form.text("administrator_id")
	_, err := s.app.Customers.SetMainContact(v.Context(), employeeOf(v.Context()), v.Param("id"), administrator, form.invalid)
	if collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
		if err == nil {
			err = v.RedirectWithNotice("/customers/"+v.Param("id")+"/contacts", "main_contact")
		}
		return err
	}
	p, _, err := s.customerPage(v, "contacts")
	if err != nil {
		return err
	}
	p.Wrong = view.Wrong{{Message: i18n.CodeText(v.Locale, collaboration.CodeAdministratorNotFound)}}
	return v.Render(http.StatusUnprocessableEntity, "office/customer", p)
}
