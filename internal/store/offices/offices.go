// Package offices stores the accounting offices, which operators add, rename and
// deactivate. Every change has an audit row in the same transaction.
package offices

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Offices is the part of the database that has the offices.
type Offices struct{ conns *sqldb.DB }

// New returns the offices of a database.
func New(conns *sqldb.DB) Offices { return Offices{conns} }

// Office is an office with the number of its employees.
type Office struct {
	collaboration.Office
	Employees int
}

// Add adds an office with its first manager, and returns the office's id. The address of
// an employee of any office is a duplicate.
func (o Offices) Add(ctx context.Context, n collaboration.NewOffice) (id string, err error) {
	n = n.Clean()
	if err := n.Check(); err != nil {
		return "", err
	}
	id = "office-" + sqldb.NewID()
	manager := "emp-" + sqldb.NewID()
	err = o.write(ctx, change{id, "office_added", id, map[string]string{"name": n.Name, "manager": manager}}, func(q *db.Queries) (int64, error) {
		if err := q.AddNewOffice(ctx, db.AddNewOfficeParams{ID: id, Name: n.Name, Locale: string(n.Locale)}); err != nil {
			return 0, err
		}
		return 1, q.AddManager(ctx, db.AddManagerParams{ID: manager, OfficeID: id, Name: n.ManagerName, Email: n.ManagerEmail})
	})
	if sqldb.IsUniqueViolation(err) {
		err = &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{
			{Field: "manager", Code: collaboration.CodeDuplicate}}}
	}
	return id, sqldb.Failure(err)
}

// List returns all offices by name.
func (o Offices) List(ctx context.Context) ([]Office, error) {
	rows, err := db.New(o.conns.Reader).Offices(ctx)
	all := make([]Office, len(rows))
	for i, row := range rows {
		all[i] = Office{collaboration.Office{ID: row.ID, Name: row.Name, Locale: collaboration.Locale(row.Locale), DeactivatedAt: row.DeactivatedAt.Time}, int(row.Employees)}
	}
	slices.SortStableFunc(all, func(a, b Office) int { return strings.Compare(column.NameKey(a.Name), column.NameKey(b.Name)) })
	return all, sqldb.Failure(err)
}

// Count returns the number of offices.
func (o Offices) Count(ctx context.Context) (int, error) {
	n, err := db.New(o.conns.Reader).CountOffices(ctx)
	return int(n), sqldb.Failure(err)
}

// Rename changes the name that customers see.
func (o Offices) Rename(ctx context.Context, id, name string) error {
	name = strings.TrimSpace(name)
	if err := collaboration.CheckOfficeName(name); err != nil {
		return err
	}
	return sqldb.Failure(o.write(ctx, change{id, "office_renamed", id, map[string]string{"name": name}}, func(q *db.Queries) (int64, error) {
		return q.RenameOffice(ctx, db.RenameOfficeParams{ID: id, Name: name})
	}))
}

// SetActive deactivates an office, or activates it again.
func (o Offices) SetActive(ctx context.Context, id string, active bool) error {
	action, at := "office_activated", sql.NullTime{}
	if !active {
		action, at = "office_deactivated", sql.NullTime{Time: time.Now().UTC().Truncate(time.Microsecond), Valid: true}
	}
	return sqldb.Failure(o.write(ctx, change{id, action, id, map[string]string{}}, func(q *db.Queries) (int64, error) {
		return q.SetOfficeDeactivated(ctx, db.SetOfficeDeactivatedParams{ID: id, DeactivatedAt: at})
	}))
}

// change is one audit row of an operator's change.
type change struct {
	office, action, subject string
	detail                  map[string]string
}

// write runs do and stores the audit row in one transaction. It fails with CodeNotFound
// if do changes no row.
func (o Offices) write(ctx context.Context, c change, do func(*db.Queries) (int64, error)) error {
	tx, err := o.conns.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	q := db.New(tx)
	n, err := do(q)
	if err != nil {
		return err
	}
	if n == 0 {
		return &collaboration.Error{Code: collaboration.CodeNotFound}
	}
	now, err := o.conns.Now(ctx, tx)
	if err != nil {
		return err
	}
	detail, err := json.Marshal(c.detail)
	if err != nil {
		return err
	}
	err = q.AddDirectoryChange(ctx, db.AddDirectoryChangeParams{ID: sqldb.NewID(), OfficeID: c.office, HappenedAt: now,
		Actor: collaboration.ActorOperator, Action: c.action, Subject: c.subject, Detail: string(detail)})
	if err != nil {
		return err
	}
	return tx.Commit()
}
