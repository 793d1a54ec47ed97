package pages

import (
	"cmp"
	"context"
	"strings"
	"time"

	"countersign/internal/store/db"
)

type onSQLite struct{ *db.Queries }

func (q onSQLite) Customers(ctx context.Context, s Search) ([]db.Customer, error) {
	return q.CustomersPage(ctx, db.CustomersPageParams{
		OfficeID: s.OfficeID, AfterName: s.AfterName, AfterID: s.AfterID, NamePattern: cmp.Or(s.NamePattern, "%"), NumberPattern: s.NumberPattern,
		TaskOwnerID: s.TaskOwnerID, States: likeList(s.States), Shared: s.Shared, SolutionID: s.SolutionID, MaxRows: int32(s.Limit),
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

func (q onSQLite) Activations(ctx context.Context, officeID string, customers []string, limit int) (all []db.ActivationDetail, err error) {
	for _, customer := range customers {
		rows, err := q.ActivationsOfCustomer(ctx, db.ActivationsOfCustomerParams{
			OfficeID: officeID, CustomerID: customer, Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), MaxRows: int32(limit),
		})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

func nameRange(p Page) db.LiveOfPageParams {
	return db.LiveOfPageParams{OfficeID: p.OfficeID, FirstName: p.FirstName, LastName: p.LastName, Customers: likeList(p.Customers)}
}

// likeList writes words so that LIKE '%,word,%' finds one of them; "" for none.
func likeList[T ~string](words []T) string {
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
