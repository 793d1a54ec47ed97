package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"countersign/api/web"
	"countersign/collaboration"
)

// customersPage is the office's customers, one part of the list at a time.
type customersPage struct {
	listPage
	Query    string
	Narrowed bool
	Rows     []customerRow
}

// customerRow is one customer of the list.
type customerRow struct {
	ID, Name, OrganisationNumber string
	Tasks                        []string
	Solutions                    []stand
}

const customersOnPage = 25

// showCustomers lists the office's customers.
func (s *Server) showCustomers(v *visit) error {
	f := s.customerFilter(v)
	office := v.person.Employee.OfficeID
	ctx, cancel := s.reading(v.ctx())
	defer cancel()
	customers, next, err := s.Facts.Customers(ctx, office, f)
	if err != nil {
		return s.fromTheBeginning(v, err)
	}
	live, err := s.Facts.Live(ctx, office, customers)
	if err != nil {
		return err
	}
	p := customersPage{listPage: v.list("customers", f.Page.After, next), Query: f.Query,
		Narrowed: f.Query != "" || f.Sharing != "" || f.SolutionID != "" || f.TaskOwnerID != ""}
	p.Filters = s.customerFilters(f, v.locale)
	for _, c := range customers {
		p.Rows = append(p.Rows, s.customerRow(c, live, f.SolutionID, v.locale))
	}
	return v.show(http.StatusOK, "office/customers", p)
}

// customerFilter is what the address asks for; what it cannot mean does not
// narrow.
func (s *Server) customerFilter(v *visit) collaboration.CustomerFilter {
	f := collaboration.CustomerFilter{Query: strings.TrimSpace(v.c.Query("q")), SolutionID: s.solutionAsked(v.c.Request.URL.Query()),
		Page: collaboration.Page{After: v.c.Query("cursor"), Limit: customersOnPage}}
	if sharing := collaboration.Sharing(v.c.Query("sharing")); sharing.Valid() {
		f.Sharing = sharing
	}
	if v.c.Query("tasks") == "mine" {
		f.TaskOwnerID = v.person.Employee.ID
	}
	return f
}

// customerFilters are the choices above the list.
func (s *Server) customerFilters(f collaboration.CustomerFilter, l collaboration.Locale) []web.Field {
	text := func(key string) string { return web.Text(l, "office.customers."+key) }
	sharing := web.Field{Name: "sharing", Label: text("sharing"), Value: string(f.Sharing), Choices: []web.Choice{{Label: text("sharing.all")}}}
	for _, value := range []collaboration.Sharing{collaboration.NotShared, collaboration.Waiting, collaboration.Shared} {
		sharing.Choices = append(sharing.Choices, web.Choice{Value: string(value), Label: text("sharing." + string(value))})
	}
	tasks := web.Field{Name: "tasks", Label: text("tasks"), Choices: []web.Choice{{Label: text("tasks.all")}, {Value: "mine", Label: text("tasks.mine")}}}
	if f.TaskOwnerID != "" {
		tasks.Value = "mine"
	}
	return []web.Field{s.solutions(f.SolutionID, l), sharing, tasks}
}

// customerRow shows the solutions that there is something to say of, or the
// one that was asked for.
func (s *Server) customerRow(c collaboration.Customer, live []collaboration.Live, only string, l collaboration.Locale) customerRow {
	row := customerRow{ID: c.ID, Name: c.Name, OrganisationNumber: c.OrganisationNumber.Masked()}
	for _, t := range c.OpenTasks() {
		row.Tasks = append(row.Tasks, t.Name)
	}
	for _, solution := range s.Catalogue.Solutions() {
		st := stand{Solution: viewSolution(solution, l), State: standsApart(c, solution.ID)}
		i := slices.IndexFunc(live, func(a collaboration.Live) bool { return a.CustomerID == c.ID && a.SolutionID == solution.ID })
		if i >= 0 {
			st.State, st.Activation = string(live[i].State), live[i].Activation
		}
		if only == solution.ID || only == "" && st.State != stateNone {
			row.Solutions = append(row.Solutions, st)
		}
	}
	return row
}

// employeeNames are the names of the office's people, by id.
func (s *Server) employeeNames(ctx context.Context, officeID string) (map[string]string, error) {
	all, err := read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.Employee, error) { return s.Facts.Employees(ctx, officeID) })
	names := map[string]string{}
	for _, e := range all {
		names[e.ID] = e.Name
	}
	return names, err
}
