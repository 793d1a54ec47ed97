package office

import (
	"context"
	"net/http"
	"slices"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
)

// collaborationsPage is the office's collaborations, by customer.
type collaborationsPage struct {
	listPage
	Groups []collaborationGroup
}

// collaborationGroup is the collaborations with one customer.
type collaborationGroup struct {
	CustomerID, Customer string
	Solutions            []string
	Rows                 []collaborationRow
	Open                 bool
}

// collaborationRow is one collaboration.
type collaborationRow struct {
	Record   collaboration.Activation
	Solution string
	// Access are the names of the employees with access.
	Access  []string
	Actions []action
}

// collaborationsOnPage is large so that a customer's collaborations are on one page.
const collaborationsOnPage = 100

// openGroups is the largest number of customers that are shown expanded.
const openGroups = 3

func (h collaborationPages) showCollaborations(v *page.Context) error {
	q := v.Request().URL.Query()
	filter := collaboration.ActivationFilter{Phases: phasesShown(q.Get("phase")), SolutionID: h.solutionAsked(v), TaskID: q.Get("task"),
		TaskOwnerID: q.Get("owner"), Page: collaboration.Page{After: q.Get("cursor"), Limit: collaborationsOnPage}}
	if q.Get("phase") == "ending" {
		filter.EndsBefore = collaboration.DateOf(h.now()).AddDays(collaboration.EndingDays + 1)
	}
	records, next, err := h.activationsOn(v, filter)
	if err != nil || records == nil && filter.Page.After != "" {
		return redirectToFirstPage(v, err)
	}
	office := v.Person.Employee.OfficeID
	ctx, cancel := context.WithTimeout(v.Context(), h.readTimeout)
	defer cancel()
	employees, err := h.store.Employees(ctx, office)
	if err != nil {
		return err
	}
	access, err := h.store.AccessOn(ctx, office, records)
	if err != nil {
		return err
	}
	p := collaborationsPage{newListPage(v, "collaborations", filter.Page.After, next), h.byCustomer(v, records, access)}
	p.Filters = []view.Field{phases(q.Get("phase"), v.Locale), h.solutions(v, filter.SolutionID), tasksOf(filter.TaskID, records, v.Locale), owners(filter.TaskOwnerID, employees, v.Locale)}
	return v.Render(http.StatusOK, "office/collaborations", p)
}

// phasesShown returns the phases of a choice, which is a phase or a name for several.
func phasesShown(choice string) []collaboration.Phase {
	approved := collaboration.PhasesOf(collaboration.Active, collaboration.Ended)
	switch phase := collaboration.Phase(choice); {
	case choice == "all":
		return approved
	case slices.Contains(approved, phase):
		return []collaboration.Phase{phase}
	default:
		return collaboration.Active.Phases()
	}
}

// byCustomer groups a page by customer, in the order of the customers' names.
func (h collaborationPages) byCustomer(v *page.Context, records []collaboration.Activation, access map[collaboration.ActivationID][]string) []collaborationGroup {
	var groups []collaborationGroup
	for _, r := range records {
		i := slices.IndexFunc(groups, func(g collaborationGroup) bool { return g.CustomerID == r.CustomerID })
		if i < 0 {
			i = len(groups)
			groups = append(groups, collaborationGroup{CustomerID: r.CustomerID, Customer: r.CustomerName})
		}
		g, solution := &groups[i], h.solutionName(r, v.Locale)
		g.Rows = append(g.Rows, collaborationRow{r, solution, access[r.ID], actionsFor(*v.Person.Employee, r, collaboration.Customer{})})
		if !slices.Contains(g.Solutions, solution) {
			g.Solutions = append(g.Solutions, solution)
		}
	}
	slices.SortStableFunc(groups, func(a, b collaborationGroup) int {
		return i18n.Compare(a.Customer, b.Customer)
	})
	for i := range groups {
		groups[i].Open = len(groups) <= openGroups
	}
	return groups
}

func phases(chosen string, l collaboration.Locale) view.Field {
	f := view.Field{Name: "phase", Label: i18n.Text(l, "collaborations.phase"), Type: "select", Value: chosen,
		Choices: []view.Choice{{Label: i18n.Text(l, "collaborations.phase.running")}}}
	for _, p := range collaboration.PhasesOf(collaboration.Active, collaboration.Ended) {
		f.Choices = append(f.Choices, view.Choice{Value: string(p), Label: view.PhaseName(p, l)})
	}
	for _, several := range []string{"ending", "all"} {
		f.Choices = append(f.Choices, view.Choice{Value: several, Label: i18n.Text(l, "collaborations.phase."+several)})
	}
	return f
}

// tasksOf returns a choice of the tasks of the collaborations on the page.
func tasksOf(chosen string, records []collaboration.Activation, l collaboration.Locale) view.Field {
	f := view.Field{Name: "task", Label: i18n.Text(l, "field.task_id"), Type: "select", Value: chosen}
	for _, r := range records {
		if !slices.ContainsFunc(f.Choices, func(c view.Choice) bool { return c.Value == r.TaskID }) {
			f.Choices = append(f.Choices, view.Choice{Value: r.TaskID, Label: r.TaskName + ", " + r.CustomerName})
		}
	}
	slices.SortFunc(f.Choices, func(a, b view.Choice) int { return i18n.Compare(a.Label, b.Label) })
	f.Choices = slices.Insert(f.Choices, 0, view.Choice{Label: i18n.Text(l, "collaborations.task.all")})
	return f
}

func owners(chosen string, employees []collaboration.Employee, l collaboration.Locale) view.Field {
	f := view.Field{Name: "owner", Label: i18n.Text(l, "collaborations.owner"), Type: "select", Value: chosen, Choices: []view.Choice{{Label: i18n.Text(l, "collaborations.owner.all")}}}
	for _, e := range employees {
		f.Choices = append(f.Choices, view.Choice{Value: e.ID, Label: e.Name})
	}
	return f
}
