package pages

import (
	"context"

	"countersign/collaboration"
	"countersign/internal/store/db"
	"countersign/internal/store/postgresdb"
)

// maxAmong bounds the customers that are read by id. If a filter selects more, the index
// by name finds a page of them soon.
const maxAmong = 1000

type onPostgres struct{ *postgresdb.Queries }

func (q onPostgres) Customers(ctx context.Context, s Search) ([]db.Customer, error) {
	ids, few, err := q.candidates(ctx, s)
	if err != nil || few && len(ids) == 0 {
		return nil, err
	}
	search := postgresdb.CustomersPageParams{
		OfficeID: s.OfficeID, AfterName: s.AfterName, AfterID: s.AfterID, NamePattern: s.NamePattern, NumberPattern: s.NumberPattern,
		TaskOwnerID: s.TaskOwnerID, States: commaList(s.States), Shared: s.Shared, SolutionID: s.SolutionID, Archived: s.Archived, MaxRows: int32(s.Limit),
	}
	convert := sameRows(func(c postgresdb.Customer) db.Customer { return db.Customer(c) })
	if !few {
		return convert(q.CustomersPage(ctx, search))
	}
	return convert(q.CustomersAmong(ctx, postgresdb.CustomersAmongParams{
		Customers: commaList(ids), OfficeID: search.OfficeID, AfterName: search.AfterName, AfterID: search.AfterID,
		NamePattern: search.NamePattern, NumberPattern: search.NumberPattern, TaskOwnerID: search.TaskOwnerID,
		States: search.States, Shared: search.Shared, SolutionID: search.SolutionID, Archived: search.Archived, MaxRows: search.MaxRows,
	}))
}

// candidates returns the customers that one of the filters selects. few is false without
// such a filter, or if each selects more than maxAmong.
func (q onPostgres) candidates(ctx context.Context, s Search) (ids []string, few bool, err error) {
	if s.Shared {
		for _, state := range s.States {
			some, err := q.inState(ctx, s, string(state))
			if err != nil {
				return nil, false, err
			}
			ids = append(ids, some...)
		}
		if len(s.States) > 0 && len(ids) <= maxAmong {
			return ids, true, nil
		}
	}
	if s.TaskOwnerID == "" {
		return nil, false, nil
	}
	ids, err = q.CustomersOfTaskOwner(ctx, postgresdb.CustomersOfTaskOwnerParams{TaskOwnerID: s.TaskOwnerID, MaxRows: maxAmong + 1})
	return ids, len(ids) <= maxAmong, err
}

func (q onPostgres) inState(ctx context.Context, s Search, state string) ([]string, error) {
	if s.SolutionID == "" {
		return q.CustomersInState(ctx, postgresdb.CustomersInStateParams{OfficeID: s.OfficeID, State: state, MaxRows: maxAmong + 1})
	}
	return q.CustomersInStateOfSolution(ctx, postgresdb.CustomersInStateOfSolutionParams{
		OfficeID: s.OfficeID, SolutionID: s.SolutionID, State: state, MaxRows: maxAmong + 1,
	})
}

func (q onPostgres) Tasks(ctx context.Context, p Page) ([]db.Task, error) {
	return sameRows(func(t postgresdb.Task) db.Task { return db.Task(t) })(q.TasksOfPage(ctx, commaList(p.Customers)))
}

func (q onPostgres) Subscriptions(ctx context.Context, p Page) ([]db.Subscription, error) {
	return sameRows(func(s postgresdb.Subscription) db.Subscription { return db.Subscription(s) })(q.SubscriptionsOfPage(ctx, commaList(p.Customers)))
}

func (q onPostgres) Administrators(ctx context.Context, p Page) ([]db.Administrator, error) {
	return sameRows(func(a postgresdb.Administrator) db.Administrator { return db.Administrator(a) })(q.AdministratorsOfPage(ctx, commaList(p.Customers)))
}

func (q onPostgres) Live(ctx context.Context, p Page) ([]db.LiveOfPageRow, error) {
	return sameRows(func(r postgresdb.LiveOfPageRow) db.LiveOfPageRow { return db.LiveOfPageRow(r) })(
		q.LiveOfPage(ctx, postgresdb.LiveOfPageParams{OfficeID: p.OfficeID, Customers: commaList(p.Customers)}))
}

func (q onPostgres) Activations(ctx context.Context, officeID string, customers []string, limit int) ([]db.ActivationDetail, error) {
	return sameRows(func(a postgresdb.ActivationDetail) db.ActivationDetail { return db.ActivationDetail(a) })(
		q.ActivationsOfCustomers(ctx, postgresdb.ActivationsOfCustomersParams{
			OfficeID: officeID, Customers: commaList(customers), MaxRows: int32(limit * len(customers)),
		}))
}

func (q onPostgres) Access(ctx context.Context, officeID string, activations []collaboration.Activation) ([]db.AccessBetweenRow, error) {
	return sameRows(func(r postgresdb.AccessOfPageRow) db.AccessBetweenRow { return db.AccessBetweenRow(r) })(
		q.AccessOfPage(ctx, postgresdb.AccessOfPageParams{Activations: commaList(activationIDs(activations)), OfficeID: officeID}))
}

// sameRows converts rows to the type of the same table in package db.
func sameRows[From, To any](convert func(From) To) func([]From, error) ([]To, error) {
	return func(rows []From, err error) ([]To, error) {
		converted := make([]To, len(rows))
		for i, row := range rows {
			converted[i] = convert(row)
		}
		return converted, err
	}
}
