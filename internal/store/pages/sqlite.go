package pages

import (
	"cmp"
	"context"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

type onSQLite struct{ *db.Queries }

func (q onSQLite) Customers(ctx context.Context, s Search) ([]db.Customer, error) {
	return q.CustomersPage(ctx, db.CustomersPageParams{
		OfficeID: s.OfficeID, AfterName: s.AfterName, AfterID: s.AfterID, NamePattern: cmp.Or(s.NamePattern, "%"), NumberPattern: s.NumberPattern,
		TaskOwnerID: s.TaskOwnerID, Phases: LikeList(s.Phases), Shared: s.Shared, SolutionID: s.SolutionID, Archived: s.Archived, MaxRows: int32(s.Limit),
	})
}

func (q onSQLite) Tasks(ctx context.Context, p Page) ([]db.Task, error) {
	return each(p.Customers, func(id string) ([]db.Task, error) { return q.TasksOfCustomer(ctx, id) })
}

func (q onSQLite) Subscriptions(ctx context.Context, p Page) ([]db.Subscription, error) {
	return each(p.Customers, func(id string) ([]db.Subscription, error) { return q.SubscriptionsOfCustomer(ctx, id) })
}

func (q onSQLite) Administrators(ctx context.Context, p Page) ([]db.Administrator, error) {
	return each(p.Customers, func(id string) ([]db.Administrator, error) { return q.AdministratorsOfCustomer(ctx, id) })
}

func (q onSQLite) Live(ctx context.Context, p Page) ([]db.LiveOfCustomerRow, error) {
	return each(p.Customers, func(id string) ([]db.LiveOfCustomerRow, error) {
		return q.LiveOfCustomer(ctx, db.LiveOfCustomerParams{OfficeID: p.OfficeID, CustomerID: id})
	})
}

// each reads the rows of each id. SQLite is in the process: a query for each costs less than
// one statement that reads what lies between them.
func each[ID, Row any](ids []ID, read func(ID) ([]Row, error)) (all []Row, err error) {
	for _, id := range ids {
		rows, err := read(id)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

func (q onSQLite) List(ctx context.Context, l List) ([]db.ActivationDetail, error) {
	phases, rows := LikeList(l.Phases), int32(l.Limit)
	switch {
	case l.TaskOwnerID != "":
		return q.ActivationsOfTaskOwner(ctx, db.ActivationsOfTaskOwnerParams{
			OfficeID: l.OfficeID, TaskOwnerID: column.Text(l.TaskOwnerID), SolutionID: l.SolutionID, RequestedBy: l.RequestedBy,
			Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows,
		})
	case l.RequestedBy != "":
		return q.ActivationsOfSender(ctx, db.ActivationsOfSenderParams{
			OfficeID: l.OfficeID, RequestedBy: l.RequestedBy, SolutionID: l.SolutionID, Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows,
		})
	case l.SolutionID != "":
		return q.ActivationsOfSolution(ctx, db.ActivationsOfSolutionParams{
			OfficeID: l.OfficeID, SolutionID: l.SolutionID, Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows,
		})
	default:
		return q.ActivationsInPhases(ctx, db.ActivationsInPhasesParams{OfficeID: l.OfficeID, Phases: phases, Before: l.Before, BeforeID: l.BeforeID, MaxRows: rows})
	}
}

func (q onSQLite) Activations(ctx context.Context, officeID string, customers []string, limit int) ([]db.ActivationDetail, error) {
	return each(customers, func(id string) ([]db.ActivationDetail, error) {
		return q.ActivationsOfCustomer(ctx, db.ActivationsOfCustomerParams{
			OfficeID: officeID, CustomerID: id, Phases: LikeList(collaboration.Phases()), Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), MaxRows: int32(limit),
		})
	})
}

func (q onSQLite) Access(ctx context.Context, officeID string, activations []collaboration.Activation) ([]db.AccessOnRow, error) {
	return each(activationIDs(activations), func(id string) ([]db.AccessOnRow, error) {
		return q.AccessOn(ctx, db.AccessOnParams{ActivationID: id, OfficeID: officeID})
	})
}

func activationIDs(activations []collaboration.Activation) []string {
	ids := make([]string, len(activations))
	for i, a := range activations {
		ids[i] = string(a.ID)
	}
	return ids
}

// LikeList writes words so that LIKE '%,word,%' finds one of them; "" for none.
func LikeList[T ~string](words []T) string {
	if len(words) == 0 {
		return ""
	}
	return "," + commaList(words) + ","
}

func commaList[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(w))
	}
	return b.String()
}
