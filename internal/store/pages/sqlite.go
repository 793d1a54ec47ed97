package pages

import (
	"cmp"
	"context"
	"slices"
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
	return q.TasksOfPage(ctx, db.TasksOfPageParams(nameRange(p)))
}

func (q onSQLite) Subscriptions(ctx context.Context, p Page) ([]db.Subscription, error) {
	return q.SubscriptionsOfPage(ctx, db.SubscriptionsOfPageParams(nameRange(p)))
}

func (q onSQLite) Administrators(ctx context.Context, p Page) ([]db.Administrator, error) {
	return q.AdministratorsOfPage(ctx, db.AdministratorsOfPageParams(nameRange(p)))
}

func (q onSQLite) Live(ctx context.Context, p Page) ([]db.LiveOfPageRow, error) {
	return q.LiveOfPage(ctx, nameRange(p))
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

func (q onSQLite) Activations(ctx context.Context, officeID string, customers []string, limit int) (all []db.ActivationDetail, err error) {
	for _, customer := range customers {
		rows, err := q.ActivationsOfCustomer(ctx, db.ActivationsOfCustomerParams{
			OfficeID: officeID, CustomerID: customer, Phases: LikeList(collaboration.Phases()), Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), MaxRows: int32(limit),
		})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// Access reads the range of time that the activations span.
func (q onSQLite) Access(ctx context.Context, officeID string, activations []collaboration.Activation) ([]db.AccessBetweenRow, error) {
	byTime := func(a, b collaboration.Activation) int { return a.RequestedAt.Compare(b.RequestedAt) }
	rows, err := q.AccessBetween(ctx, db.AccessBetweenParams{
		OfficeID: officeID, First: slices.MinFunc(activations, byTime).RequestedAt, Last: slices.MaxFunc(activations, byTime).RequestedAt,
	})
	ids := activationIDs(activations)
	return slices.DeleteFunc(rows, func(r db.AccessBetweenRow) bool { return !slices.Contains(ids, r.ActivationID) }), err
}

func activationIDs(activations []collaboration.Activation) []string {
	ids := make([]string, len(activations))
	for i, a := range activations {
		ids[i] = string(a.ID)
	}
	return ids
}

func nameRange(p Page) db.LiveOfPageParams {
	return db.LiveOfPageParams{OfficeID: p.OfficeID, FirstName: p.FirstName, LastName: p.LastName, Customers: LikeList(p.Customers)}
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
