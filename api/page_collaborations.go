package api

import (
	"net/http"
	"slices"
	"strings"

	"countersign/api/web"
	"countersign/collaboration"
)

// collaborationsPage is the office's collaborations, by customer.
type collaborationsPage struct {
	listPage
	Groups []collaborationGroup
}

// collaborationGroup is what the office has with one customer.
type collaborationGroup struct {
	CustomerID, Customer string
	Solutions            []string
	Rows                 []collaborationRow
	Open                 bool
}

// collaborationRow is one collaboration.
type collaborationRow struct {
	Record   collaboration.Record
	Solution string
	// Access names who may use it at the office.
	Access  []string
	Actions []action
}

// collaborationsOnPage is large: a customer's are to be together.
const collaborationsOnPage = 100

// openGroups is up to how many customers are expanded at once.
const openGroups = 3

func (s *Server) showCollaborations(v *visit) error {
	q := v.c.Request.URL.Query()
	filter := collaboration.ActivationFilter{States: runningOrEnded(q.Get("state")), SolutionID: s.solutionAsked(q), TaskID: q.Get("task"),
		TaskOwnerID: q.Get("owner"), Page: collaboration.Page{After: q.Get("cursor"), Limit: collaborationsOnPage}}
	if q.Get("state") == "ending" {
		filter.EndsBefore = collaboration.DateOf(s.Now()).AddDays(collaboration.EndingDays + 1)
	}
	records, next, err := s.activationsOn(v, filter)
	if err != nil || records == nil && filter.Page.After != "" {
		return s.fromTheBeginning(v, err)
	}
	office := v.person.Employee.OfficeID
	ctx, cancel := s.reading(v.ctx())
	defer cancel()
	employees, err := s.Facts.Employees(ctx, office)
	if err != nil {
		return err
	}
	access, err := s.Facts.AccessOn(ctx, office, records)
	if err != nil {
		return err
	}
	p := collaborationsPage{v.list("collaborations", filter.Page.After, next), s.byCustomer(v, records, access)}
	p.Filters = []web.Field{states(q.Get("state"), v.locale), s.solutions(filter.SolutionID, v.locale), tasksOf(filter.TaskID, records, v.locale), owners(filter.TaskOwnerID, employees, v.locale)}
	return v.show(http.StatusOK, "office/collaborations", p)
}

func runningOrEnded(asked string) []collaboration.State {
	switch asked {
	case "ended":
		return []collaboration.State{collaboration.Ended}
	case "all":
		return []collaboration.State{collaboration.Active, collaboration.Ended}
	}
	return []collaboration.State{collaboration.Active}
}

// byCustomer groups a page by its customers, in the order of their names.
func (s *Server) byCustomer(v *visit, records []collaboration.Record, access map[collaboration.ActivationID][]string) []collaborationGroup {
	var groups []collaborationGroup
	for _, r := range records {
		i := slices.IndexFunc(groups, func(g collaborationGroup) bool { return g.CustomerID == r.CustomerID })
		if i < 0 {
			i = len(groups)
			groups = append(groups, collaborationGroup{CustomerID: r.CustomerID, Customer: r.CustomerName})
		}
		g, solution := &groups[i], s.solutionName(r.SolutionID, v.locale)
		g.Rows = append(g.Rows, collaborationRow{r, solution, access[r.ID], s.actionsFor(*v.person.Employee, r, collaboration.Customer{})})
		if !slices.Contains(g.Solutions, solution) {
			g.Solutions = append(g.Solutions, solution)
		}
	}
	slices.SortStableFunc(groups, func(a, b collaborationGroup) int {
		return strings.Compare(swedishOrder(a.Customer), swedishOrder(b.Customer))
	})
	for i := range groups {
		groups[i].Open = len(groups) <= openGroups
	}
	return groups
}

// swedishOrder is a name as Swedes order it: å, ä, ö after z.
func swedishOrder(name string) string {
	return strings.NewReplacer("å", "{", "ä", "|", "ö", "}").Replace(strings.ToLower(name))
}

func states(chosen string, l collaboration.Locale) web.Field {
	f := web.Field{Name: "state", Label: web.Text(l, "collaborations.state"), Type: "select", Value: chosen}
	for _, value := range []string{"", "ending", "ended", "all"} {
		key := "collaborations.state." + value
		if value == "" {
			key = "collaborations.state.running"
		}
		f.Choices = append(f.Choices, web.Choice{Value: value, Label: web.Text(l, key)})
	}
	return f
}

// tasksOf is the choice of a task that something on the page hangs on.
func tasksOf(chosen string, records []collaboration.Record, l collaboration.Locale) web.Field {
	f := web.Field{Name: "task", Label: web.Text(l, "field.task_id"), Type: "select", Value: chosen}
	for _, r := range records {
		if !slices.ContainsFunc(f.Choices, func(c web.Choice) bool { return c.Value == r.TaskID }) {
			f.Choices = append(f.Choices, web.Choice{Value: r.TaskID, Label: r.TaskName + ", " + r.CustomerName})
		}
	}
	slices.SortFunc(f.Choices, func(a, b web.Choice) int { return strings.Compare(swedishOrder(a.Label), swedishOrder(b.Label)) })
	f.Choices = slices.Insert(f.Choices, 0, web.Choice{Label: web.Text(l, "collaborations.task.all")})
	return f
}

func owners(chosen string, employees []collaboration.Employee, l collaboration.Locale) web.Field {
	f := web.Field{Name: "owner", Label: web.Text(l, "collaborations.owner"), Type: "select", Value: chosen, Choices: []web.Choice{{Label: web.Text(l, "collaborations.owner.all")}}}
	for _, e := range employees {
		f.Choices = append(f.Choices, web.Choice{Value: e.ID, Label: e.Name})
	}
	return f
}
