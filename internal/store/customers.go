package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Employee is one employee by id.
func (s *Store) Employee(ctx context.Context, id string) (collaboration.Employee, error) {
	row, err := s.read.Employee(ctx, id)
	return employee(row), missing(err, collaboration.CodeNotFound)
}

// TaskOwner is the customer that a task belongs to; "" where the office has no
// such task.
func (s *Store) TaskOwner(ctx context.Context, officeID, taskID string) (string, error) {
	task, err := s.read.TaskOfOffice(ctx, db.TaskOfOfficeParams{ID: taskID, OfficeID: officeID})
	return task.CustomerID, orNone(err)
}

// Customer is one of the office's customers, with all that it has.
func (s *Store) Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error) {
	row, err := s.read.Customer(ctx, db.CustomerParams{ID: id, OfficeID: officeID})
	if err != nil {
		return collaboration.Customer{}, missing(err, collaboration.CodeCustomerNotFound)
	}
	tasks, err := s.read.TasksOfCustomer(ctx, id)
	if err != nil {
		return collaboration.Customer{}, failure(err)
	}
	subscriptions, err := s.read.SubscriptionsOfCustomer(ctx, id)
	if err != nil {
		return collaboration.Customer{}, failure(err)
	}
	administrators, err := s.read.AdministratorsOfCustomer(ctx, id)
	if err != nil {
		return collaboration.Customer{}, failure(err)
	}
	one := []collaboration.Customer{customer(row)}
	fill(one, tasks, subscriptions, administrators)
	return one[0], nil
}

// Customers is one page of the office's customers, by name.
func (s *Store) Customers(ctx context.Context, officeID string, f collaboration.CustomerFilter) ([]collaboration.Customer, string, error) {
	after := db.Customer{}
	if f.Page.After != "" {
		var err error
		if after, err = s.read.Customer(ctx, db.CustomerParams{ID: f.Page.After, OfficeID: officeID}); err != nil {
			return nil, "", noCursor(err)
		}
	}
	limit := pageLimit(f.Page)
	names, numbers := patterns(f.Query)
	states, shared := sharing(f.Sharing)
	rows, err := s.read.CustomersPage(ctx, db.CustomersPageParams{
		OfficeID: officeID, AfterName: after.NameKey, AfterID: after.ID,
		NamePattern: names, NumberPattern: numbers, TaskOwnerID: f.TaskOwnerID,
		States: listed(states), Shared: shared, SolutionID: f.SolutionID, MaxRows: int32(limit + 1),
	})
	if err != nil {
		return nil, "", failure(err)
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	page, err := s.fillPage(ctx, officeID, rows)
	return page, next, failure(err)
}

// sharing is which states there must be a live activation in, or must not.
func sharing(s collaboration.Sharing) (states []collaboration.State, shared bool) {
	pending := []collaboration.State{collaboration.Activating, collaboration.AwaitingApproval}
	switch s {
	case collaboration.NotShared:
		return append(pending, collaboration.Active), false
	case collaboration.Waiting:
		return pending, true
	case collaboration.Shared:
		return []collaboration.State{collaboration.Active}, true
	}
	return nil, false
}

// Live are the live activations of customers that Customers returned.
func (s *Store) Live(ctx context.Context, officeID string, page []collaboration.Customer) ([]collaboration.Live, error) {
	if len(page) == 0 {
		return nil, nil
	}
	rows, err := s.read.LiveOfPage(ctx, db.LiveOfPageParams(span(officeID, page)))
	live := make([]collaboration.Live, len(rows))
	for i, r := range rows {
		live[i] = collaboration.Live{Activation: collaboration.ActivationID(r.ID), CustomerID: r.CustomerID, SolutionID: r.SolutionID, State: collaboration.State(r.State)}
	}
	return live, failure(err)
}

// span is the range of customers that a page, in its order, covers.
func span(officeID string, page []collaboration.Customer) db.TasksOfPageParams {
	var ids strings.Builder
	for _, c := range page {
		ids.WriteString("," + c.ID)
	}
	return db.TasksOfPageParams{
		OfficeID: officeID, FirstName: nameKey(page[0].Name), LastName: nameKey(page[len(page)-1].Name), Customers: ids.String() + ",",
	}
}

// fillPage reads what the page's customers have, in three queries.
func (s *Store) fillPage(ctx context.Context, officeID string, rows []db.Customer) ([]collaboration.Customer, error) {
	page := make([]collaboration.Customer, len(rows))
	if len(rows) == 0 {
		return page, nil
	}
	for i, row := range rows {
		page[i] = customer(row)
	}
	of := span(officeID, page)
	tasks, err := s.read.TasksOfPage(ctx, of)
	if err != nil {
		return nil, err
	}
	subscriptions, err := s.read.SubscriptionsOfPage(ctx, db.SubscriptionsOfPageParams(of))
	if err != nil {
		return nil, err
	}
	administrators, err := s.read.AdministratorsOfPage(ctx, db.AdministratorsOfPageParams(of))
	if err != nil {
		return nil, err
	}
	fill(page, tasks, subscriptions, administrators)
	return page, nil
}

// fill gives every customer what is its own, and leaves the rest out.
func fill(page []collaboration.Customer, tasks []db.Task, subscriptions []db.Subscription, administrators []db.Administrator) {
	byID := make(map[string]*collaboration.Customer, len(page))
	for i := range page {
		byID[page[i].ID] = &page[i]
	}
	for _, row := range tasks {
		if c := byID[row.CustomerID]; c != nil {
			c.Tasks = append(c.Tasks, task(row))
		}
	}
	for _, row := range subscriptions {
		if c := byID[row.CustomerID]; c != nil {
			c.Subscriptions = append(c.Subscriptions, subscription(row))
		}
	}
	for _, row := range administrators {
		if c := byID[row.CustomerID]; c != nil {
			c.Administrators = append(c.Administrators, administrator(row))
		}
	}
}

// patterns are what LIKE looks for: a part of the name in lower case, or the
// start of the organisation number with or without its hyphen.
func patterns(query string) (names, numbers string) {
	query = strings.TrimSpace(query)
	names = "%" + likeEscape.Replace(nameKey(query)) + "%"
	if digits := strings.Replace(query, "-", "", 1); digits != "" && strings.Trim(digits, "0123456789") == "" {
		numbers = digits + "%"
	}
	return names, numbers
}

// Employees are the office's, by name.
func (s *Store) Employees(ctx context.Context, officeID string) ([]collaboration.Employee, error) {
	rows, err := s.read.EmployeesOfOffice(ctx, officeID)
	all := make([]collaboration.Employee, len(rows))
	for i, row := range rows {
		all[i] = employee(row)
	}
	slices.SortStableFunc(all, func(a, b collaboration.Employee) int { return strings.Compare(nameKey(a.Name), nameKey(b.Name)) })
	return all, failure(err)
}

// nameKey is a name as it is searched and ordered, by bytes: in lower case,
// with the three letters that follow z in Swedish as the three that do in ASCII.
func nameKey(name string) string { return swedish.Replace(strings.ToLower(name)) }

// likeEscape makes a text mean itself in a LIKE … ESCAPE '!'.
var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

var swedish = strings.NewReplacer("å", "{", "ä", "|", "ö", "}")

// Pages have fifty rows where nothing is said, and never more than 500.
func pageLimit(p collaboration.Page) int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, 500)
}

// noCursor is the error of a cursor that this list never gave out.
func noCursor(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &collaboration.Error{
			Code:   collaboration.CodeInvalidRequest,
			Fields: []collaboration.FieldError{{Field: "after", Code: collaboration.CodeInvalidFormat}},
		}
	}
	return failure(err)
}

// orNone takes no row for no error.
func orNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return failure(err)
}
