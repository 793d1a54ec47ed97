package store

import (
	"context"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/pages"
)

// Customer returns a customer of an office with its tasks, subscriptions and
// administrators.
func (s Directory) Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error) {
	row, err := s.read.Customer(ctx, db.CustomerParams{ID: id, OfficeID: officeID})
	if err != nil {
		return collaboration.Customer{}, notFound(err, collaboration.CodeCustomerNotFound)
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
	assign(one, tasks, subscriptions, administrators)
	return one[0], nil
}

// Customers returns one page of an office's customers, by name.
func (s Directory) Customers(ctx context.Context, officeID string, f collaboration.CustomerFilter) ([]collaboration.Customer, string, error) {
	after := db.Customer{}
	if f.Page.After != "" {
		var err error
		if after, err = s.read.Customer(ctx, db.CustomerParams{ID: f.Page.After, OfficeID: officeID}); err != nil {
			return nil, "", cursorError(err)
		}
	}
	limit := pageLimit(f.Page)
	names, numbers := searchPatterns(f.Query)
	phases, isShared := f.Sharing.Phases(), f.Sharing != collaboration.NotShared
	if !isShared {
		phases = collaboration.PhasesOf(collaboration.Activating, collaboration.AwaitingApproval, collaboration.Active)
	}
	rows, err := s.pages.Customers(ctx, pages.Search{
		OfficeID: officeID, AfterName: after.NameKey, AfterID: after.ID,
		NamePattern: names, NumberPattern: numbers, TaskOwnerID: f.TaskOwnerID,
		Phases: phases, Shared: isShared, SolutionID: f.SolutionID, Archived: f.Archived, Limit: limit + 1,
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

// LiveActivations are the live activations of customers that Customers returned.
func (s *Store) LiveActivations(ctx context.Context, officeID string, page []collaboration.Customer) ([]collaboration.LiveActivation, error) {
	if len(page) == 0 {
		return nil, nil
	}
	rows, err := s.pages.Live(ctx, toPage(officeID, page))
	live := make([]collaboration.LiveActivation, len(rows))
	for i, r := range rows {
		live[i] = collaboration.LiveActivation{Activation: collaboration.ActivationID(r.ID), CustomerID: r.CustomerID, SolutionID: r.SolutionID, State: collaboration.State(r.State)}
		if err == nil {
			err = fromJSON(r.Agreement, &live[i].Agreement)
		}
	}
	return live, failure(err)
}

// toPage has the ids of customers.
func toPage(officeID string, customers []collaboration.Customer) pages.Page {
	p := pages.Page{OfficeID: officeID}
	for _, c := range customers {
		p.Customers = append(p.Customers, c.ID)
	}
	return p
}

// fillPage reads the tasks, subscriptions and administrators of a page.
func (s Directory) fillPage(ctx context.Context, officeID string, rows []db.Customer) ([]collaboration.Customer, error) {
	page := make([]collaboration.Customer, len(rows))
	if len(rows) == 0 {
		return page, nil
	}
	for i, row := range rows {
		page[i] = customer(row)
	}
	of := toPage(officeID, page)
	tasks, err := s.pages.Tasks(ctx, of)
	if err != nil {
		return nil, err
	}
	subscriptions, err := s.pages.Subscriptions(ctx, of)
	if err != nil {
		return nil, err
	}
	administrators, err := s.pages.Administrators(ctx, of)
	if err != nil {
		return nil, err
	}
	assign(page, tasks, subscriptions, administrators)
	return page, nil
}

// assign adds tasks, subscriptions and administrators to their customers, and ignores
// those of other customers.
func assign(page []collaboration.Customer, tasks []db.Task, subscriptions []db.Subscription, administrators []db.Administrator) {
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

// searchPatterns returns LIKE patterns: a part of the name in lower case, and the start
// of the organisation number in any form. Both are "" without a query.
func searchPatterns(query string) (names, numbers string) {
	if query = collaboration.PlainText(query); query == "" {
		return "", ""
	}
	names = "%" + likeEscape.Replace(column.NameKey(query)) + "%"
	if digits := collaboration.SearchDigits(query); digits != "" {
		numbers = digits + "%"
	}
	return names, numbers
}

// likeEscape escapes a text for LIKE … ESCAPE '!'.
var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
