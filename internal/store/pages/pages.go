// Package pages reads pages of customers and activations, and what belongs to their rows.
// PostgreSQL reads what belongs to a page in one statement. SQLite, which is for
// development, reads it row by row.
package pages

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
	"countersign/internal/store/postgresdb"
	"countersign/internal/store/sqldb"
)

// Reader reads pages of customers and activations, and what belongs to their rows.
type Reader interface {
	// Customers returns a page by name.
	Customers(ctx context.Context, s Search) ([]db.Customer, error)
	// The other methods return what the customers of a page have.
	Tasks(ctx context.Context, p Page) ([]db.Task, error)
	Subscriptions(ctx context.Context, p Page) ([]db.Subscription, error)
	Administrators(ctx context.Context, p Page) ([]db.Administrator, error)
	Live(ctx context.Context, p Page) ([]db.LiveOfCustomerRow, error)
	// Activations returns the activations of an office's customers, at most limit for
	// each customer.
	Activations(ctx context.Context, officeID string, customers []string, limit int) ([]db.ActivationDetail, error)
	// List returns the activations of a list, newest first, in one statement: otherwise an
	// activation that changes its phase in between would be missing, or be listed twice.
	List(ctx context.Context, l List) ([]db.ActivationDetail, error)
	// Access returns the employees with access, for the active ones of some activations.
	Access(ctx context.Context, officeID string, activations []collaboration.Activation) ([]db.AccessOnRow, error)
}

// New returns the reader for a database.
func New(d *sqldb.DB) Reader {
	if d.IsSQLite() {
		return onSQLite{db.New(d.Reader)}
	}
	return onPostgres{postgresdb.New(d.Reader)}
}

// Search selects the customers of a page. Each filter is optional.
type Search struct {
	OfficeID string
	// AfterName and AfterID are those of the last customer of the page before.
	AfterName, AfterID string
	// NamePattern and NumberPattern are alternative patterns of LIKE.
	NamePattern, NumberPattern string
	TaskOwnerID                string
	// Shared is whether a customer must have a live activation in one of the phases, or
	// must not.
	Phases     []collaboration.Phase
	Shared     bool
	SolutionID string
	// Archived selects the archived customers instead of the others.
	Archived bool
	Limit    int
}

// List selects the activations of a list that is not the one of a customer or of a task. The
// texts are optional filters.
type List struct {
	OfficeID                             string
	Phases                               []collaboration.Phase
	SolutionID, TaskOwnerID, RequestedBy string
	// Before and BeforeID are those of the last activation of the page before.
	Before   time.Time
	BeforeID string
	Limit    int
}

// Page has the customers of a page.
type Page struct {
	OfficeID  string
	Customers []string
}
