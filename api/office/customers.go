package office

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// customersPage is one page of the office's customers.
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
	Solutions                    []solutionStatus
}

const customersOnPage = 25

// showCustomers lists the office's customers.
func (h customerPages) showCustomers(v *page.Context) error {
	f := h.customerFilter(v)
	office := v.Person.Employee.OfficeID
	ctx, cancel := context.WithTimeout(v.Context(), h.readTimeout)
	defer cancel()
	customers, next, err := h.store.Customers(ctx, office, f)
	if err != nil {
		return redirectToFirstPage(v, err)
	}
	live, err := h.store.LiveActivations(ctx, office, customers)
	if err != nil {
		return err
	}
	p := customersPage{listPage: newListPage(v, "customers", f.Page.After, next), Query: f.Query,
		Narrowed: f.Query != "" || f.Sharing != "" || f.SolutionID != "" || f.TaskOwnerID != "" || f.Archived}
	p.Filters = h.customerFilters(v, f)
	for _, c := range customers {
		p.Rows = append(p.Rows, h.customerRow(c, live, f.SolutionID, v.Locale))
	}
	return v.Render(http.StatusOK, "office/customers", p)
}

// customerFilter returns the filter of the URL. It ignores invalid values.
func (h customerPages) customerFilter(v *page.Context) collaboration.CustomerFilter {
	f := collaboration.CustomerFilter{Query: strings.TrimSpace(v.Query("q")), SolutionID: h.solutionAsked(v),
		Page: collaboration.Page{After: v.Query("cursor"), Limit: customersOnPage}}
	if sharing := collaboration.Sharing(v.Query("sharing")); slices.Contains(collaboration.Sharings(), sharing) {
		f.Sharing = sharing
	}
	f.Archived = v.Query("archived") == "yes"
	if v.Query("tasks") == "mine" {
		f.TaskOwnerID = v.Person.Employee.ID
	}
	return f
}

// customerFilters returns the filter fields above the list.
func (h customerPages) customerFilters(v *page.Context, f collaboration.CustomerFilter) []view.Field {
	l := v.Locale
	text := func(key string) string { return i18n.Text(l, "office.customers."+key) }
	sharing := view.Field{Name: "sharing", Label: text("sharing"), Value: string(f.Sharing), Choices: []view.Choice{{Label: text("sharing.all")}}}
	for _, value := range collaboration.Sharings() {
		label := view.PhaseName(collaboration.Phase(value), l)
		if key := "office.customers.sharing." + string(value); i18n.Has(l, key) {
			label = i18n.Text(l, key)
		}
		sharing.Choices = append(sharing.Choices, view.Choice{Value: string(value), Label: label})
	}
	tasks := view.Field{Name: "tasks", Label: text("tasks"), Choices: []view.Choice{{Label: text("tasks.all")}, {Value: "mine", Label: text("tasks.mine")}}}
	if f.TaskOwnerID != "" {
		tasks.Value = "mine"
	}
	archived := view.Field{Name: "archived", Label: text("archived"), Choices: []view.Choice{{Label: text("archived.no")}, {Value: "yes", Label: text("archived.yes")}}}
	if f.Archived {
		archived.Value = "yes"
	}
	return []view.Field{h.solutions(v, f.SolutionID), sharing, tasks, archived}
}

// customerRow returns a customer with its active or owned solutions, or only with the
// solution of the filter.
func (h customerPages) customerRow(c collaboration.Customer, live []collaboration.LiveActivation, only string, l collaboration.Locale) customerRow {
	row := customerRow{ID: c.ID, Name: c.Name, OrganisationNumber: c.OrganisationNumber.Masked()}
	for _, t := range c.OpenTasks() {
		row.Tasks = append(row.Tasks, t.Name)
	}
	for _, solution := range h.catalogue.For(c.OfficeID).Solutions() {
		st := withoutActivation(c, solution, l)
		i := slices.IndexFunc(live, func(a collaboration.LiveActivation) bool { return a.CustomerID == c.ID && a.SolutionID == solution.ID })
		if i >= 0 {
			st.State, st.Activation, st.Badge = string(live[i].State), live[i].Activation, view.NewBadge(live[i].State, live[i].Agreement, l)
		}
		if only == solution.ID || only == "" && st.State != stateNone {
			row.Solutions = append(row.Solutions, st)
		}
	}
	return row
}

// employeeNames returns the names of the office's employees by id.
func (h pages) employeeNames(ctx context.Context, officeID string) (map[string]string, error) {
	all, err := app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) ([]collaboration.Employee, error) { return h.store.Employees(ctx, officeID) })
	names := map[string]string{}
	for _, e := range all {
		names[e.ID] = e.Name
	}
	return names, err
}
