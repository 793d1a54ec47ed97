package api

import (
	"context"
	"encoding/json"
	"net/http"

	"countersign/api/web"
	"countersign/collaboration"
)

// customerPage is one customer, by one of its tabs.
type customerPage struct {
	web.Page
	Tab string
	Of  CustomerView
	// Of the tabs, each its own.
	Solutions []stand
	Tasks     []taskRow
	Wrong     web.Wrong
}

// taskRow is one task, with what hangs on it.
type taskRow struct {
	Name, Owner string
	Open        bool
	Solutions   []stand
}

// mostRecords is the most activations of a customer that its page looks at.
const mostRecords = 500

func (s *Server) customerPage(v *visit, tab string) (customerPage, collaboration.Customer, error) {
	c, err := s.customer(v.ctx(), v.person.Employee.OfficeID, v.c.Param("id"))
	if err != nil {
		return customerPage{}, c, err
	}
	return customerPage{Page: v.page("customers", c.Name), Tab: tab, Of: viewCustomer(c)}, c, nil
}

// showCustomer is the tab Collaborations: every solution, and the next step.
func (s *Server) showCustomer(v *visit) error {
	p, c, err := s.customerPage(v, "collaborations")
	if err != nil {
		return err
	}
	records, err := s.recordsOf(v.ctx(), c)
	if err != nil {
		return err
	}
	p.Solutions = s.stands(c, records, v.locale)
	return v.show(http.StatusOK, "office/customer", p)
}

func (s *Server) recordsOf(ctx context.Context, c collaboration.Customer) ([]collaboration.Record, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.Record, error) {
		records, _, err := s.Facts.Activations(ctx, c.OfficeID, collaboration.ActivationFilter{CustomerID: c.ID, Page: collaboration.Page{Limit: mostRecords}})
		return records, err
	})
}

// showTasks is the tab Tasks.
func (s *Server) showTasks(v *visit) error {
	p, c, err := s.customerPage(v, "tasks")
	if err != nil {
		return err
	}
	names, err := s.employeeNames(v.ctx(), c.OfficeID)
	if err != nil {
		return err
	}
	records, err := s.recordsOf(v.ctx(), c)
	if err != nil {
		return err
	}
	for _, t := range c.Tasks {
		row := taskRow{Name: t.Name, Owner: names[t.OwnerID], Open: t.Open}
		for _, r := range records {
			if solution, known := s.Catalogue.Solution(r.SolutionID); known && r.TaskID == t.ID && r.State.Live() {
				row.Solutions = append(row.Solutions, stand{Solution: viewSolution(solution, v.locale), State: string(r.State), Activation: r.ID})
			}
		}
		p.Tasks = append(p.Tasks, row)
	}
	return v.show(http.StatusOK, "office/customer", p)
}

// showContacts is the tab Contacts.
func (s *Server) showContacts(v *visit) error {
	p, _, err := s.customerPage(v, "contacts")
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "office/customer", p)
}

// chooseMainContact names one of the administrators.
func (s *Server) chooseMainContact(v *visit) error {
	body, err := json.Marshal(AdministratorRequest{AdministratorID: v.posted("administrator_id")})
	if err != nil {
		return err
	}
	_, err = s.nameMainContact(v.ctx(), &mainContactInput{CustomerInput{v.c.Param("id")}, body})
	if collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
		if err == nil {
			err = v.done("/customers/"+v.c.Param("id")+"/contacts", "main_contact")
		}
		return err
	}
	p, _, err := s.customerPage(v, "contacts")
	if err != nil {
		return err
	}
	p.Wrong = web.Wrong{{Message: collaboration.CodeAdministratorNotFound.Text(v.locale)}}
	return v.show(http.StatusUnprocessableEntity, "office/customer", p)
}
