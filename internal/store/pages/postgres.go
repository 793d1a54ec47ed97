package pages

import (
	"context"

	"countersign/collaboration"
	"countersign/internal/store/column"
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
		TaskOwnerID: s.TaskOwnerID, Phases: commaList(s.Phases), Shared: s.Shared, SolutionID: s.SolutionID, Archived: s.Archived, MaxRows: int32(s.Limit),
	}
	convert := sameRows(func(c postgresdb.Customer) db.Customer { return db.Customer(c) })
	if !few {
		return convert(q.CustomersPage(ctx, search))
	}
	return convert(q.CustomersAmong(ctx, postgresdb.CustomersAmongParams{
		Customers: commaList(ids), OfficeID: search.OfficeID, AfterName: search.AfterName, AfterID: search.AfterID,
		NamePattern: search.NamePattern, NumberPattern: search.NumberPattern, TaskOwnerID: search.TaskOwnerID,
		Phases: search.Phases, Shared: search.Shared, SolutionID: search.SolutionID, Archived: search.Archived, MaxRows: search.MaxRows,
	}))
}

// candidates returns the customers that one of the filters selects. few is false without
// such a filter, or if each selects more than maxAmong.
func (q onPostgres) candidates(ctx context.Context, s Search) (ids []string, few bool, err error) {
	if s.Shared && len(s.Phases) > 0 {
		if ids, err = q.inPhases(ctx, s); err != nil || len(ids) <= maxAmong {
			return ids, true, err
		}
	}
	if s.TaskOwnerID == "" {
		return nil, false, nil
	}
	ids, err = q.CustomersOfTaskOwner(ctx, postgresdb.CustomersOfTaskOwnerParams{TaskOwnerID: s.TaskOwnerID, MaxRows: maxAmong + 1})
	return ids, len(ids) <= maxAmong, err
}

func (q onPostgres) inPhases(ctx context.Context, s Search) ([]string, error) {
	if s.SolutionID == "" {
		return q.CustomersInPhases(ctx, postgresdb.CustomersInPhasesParams{OfficeID: s.OfficeID, Phases: commaList(s.Phases), MaxRows: maxAmong + 1})
	}
	return q.CustomersInPhasesOfSolution(ctx, postgresdb.CustomersInPhasesOfSolutionParams{
		OfficeID: s.OfficeID, SolutionID: s.SolutionID, Phases: commaList(s.Phases), MaxRows: maxAmong + 1,
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

func (q onPostgres) Live(ctx context.Context, p Page) ([]db.LiveOfCustomerRow, error) {
	return sameRows(func(r postgresdb.LiveOfPageRow) db.LiveOfCustomerRow { return db.LiveOfCustomerRow(r) })(
		q.LiveOfPage(ctx, postgresdb.LiveOfPageParams{OfficeID: p.OfficeID, Customers: commaList(p.Customers)}))
}

func (q onPostgres) List(ctx context.Context, l List) ([]db.ActivationDetail, error) {
	details := sameRows(func(a postgresdb.ActivationDetail) db.ActivationDetail { return db.ActivationDetail(a) })
	phases, rows := commaList(l.Phases), int32(l.Limit)
	switch {
	case l.TaskOwnerID != "":
		return details(q.ActivationsOfTaskOwner(ctx, postgresdb.ActivationsOfTaskOwnerParams{
			OfficeID: l.OfficeID, TaskOwnerID: column.Text(l.TaskOwnerID), SolutionID: l.SolutionID, RequestedBy: l.RequestedBy,
			Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows,
		}))
	case l.RequestedBy != "":
		return details(q.ActivationsOfSender(ctx, postgresdb.ActivationsOfSenderParams{
			OfficeID: l.OfficeID, RequestedBy: l.RequestedBy, SolutionID: l.SolutionID, Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows,
		}))
	case l.SolutionID != "":
		return details(q.ActivationsOfSolution(ctx, postgresdb.ActivationsOfSolutionParams{
			OfficeID: l.OfficeID, SolutionID: l.SolutionID, Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows,
		}))
	default:
		return details(q.ActivationsInPhases(ctx, postgresdb.ActivationsInPhasesParams{OfficeID: l.OfficeID, Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows}))
	}
}

func (q onPostgres) Activations(ctx context.Context, officeID string, customers []string, limit int) ([]db.ActivationDetail, error) {
	return sameRows(func(a postgresdb.ActivationDetail) db.ActivationDetail { return db.ActivationDetail(a) })(
		q.ActivationsOfCustomers(ctx, postgresdb.ActivationsOfCustomersParams{
			OfficeID: officeID, Customers: commaList(customers), MaxRows: int32(limit * len(customers)),
		}))
}

func (q onPostgres) Access(ctx context.Context, officeID string, activations []collaboration.Activation) ([]db.AccessOnRow, error) {
	return sameRows(func(r postgresdb.AccessOfPageRow) db.AccessOnRow { return db.AccessOnRow(r) })(
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
