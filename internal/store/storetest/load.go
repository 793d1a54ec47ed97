package storetest

import (
	"context"
	"database/sql"
	"errors"

	"countersign/collaboration"
	"countersign/internal/store"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// Dataset has offices with their employees and customers, whose ids the caller chose.
type Dataset struct {
	Offices   []collaboration.Office
	Employees []collaboration.Employee
	Customers []collaboration.Customer
	// Participants are the employees that work on a task beside its owner, by task.
	Participants map[string][]string
}

// Load adds a dataset to a migrated database, in one transaction. Rows that exist stay
// unchanged, and so does a customer that exists, with all that it has.
func Load(ctx context.Context, url string, d Dataset) error {
	conns, err := sqldb.Open(url, sqldb.Options{MaxConns: 2, Existing: true})
	if err != nil {
		return err
	}
	defer conns.Close()
	tx, err := conns.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	l := loader{db.New(tx), tx, d.Participants}
	if err := l.addOffices(ctx, d.Offices, d.Employees); err != nil {
		return err
	}
	for _, c := range d.Customers {
		if err := l.addCustomer(ctx, c); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return checkpoint(ctx, conns)
}

// checkpoint writes SQLite's log to the database file, so that tests can copy the file.
// While another connection reads, the log remains.
func checkpoint(ctx context.Context, conns *sqldb.DB) error {
	if !conns.IsSQLite() {
		return nil
	}
	_, err := conns.Writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// loader adds rows in a transaction. The product has no statements of its own that add
// offices and employees with an id of the caller's choice.
type loader struct {
	*db.Queries
	tx           *sql.Tx
	participants map[string][]string
}

func (l loader) addOffices(ctx context.Context, offices []collaboration.Office, employees []collaboration.Employee) error {
	for _, o := range offices {
		if _, err := l.tx.ExecContext(ctx, `INSERT INTO offices (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, o.ID, o.Name); err != nil {
			return err
		}
	}
	for _, e := range employees {
		const add = `INSERT INTO employees (id, office_id, name, email, role) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`
		if _, err := l.tx.ExecContext(ctx, add, e.ID, e.OfficeID, e.Name, e.Email, string(e.Role)); err != nil {
			return err
		}
	}
	return nil
}

func (l loader) addCustomer(ctx context.Context, c collaboration.Customer) error {
	added, err := l.AddCustomer(ctx, db.AddCustomerParams{
		ID: c.ID, OfficeID: c.OfficeID, OrganisationNumber: string(c.OrganisationNumber), Name: c.Name, NameKey: column.NameKey(c.Name), CreatedAt: c.CreatedAt.UTC(),
	})
	if err != nil || added == 0 {
		return err
	}
	for _, task := range c.Tasks {
		if err := l.addTask(ctx, c, task); err != nil {
			return err
		}
	}
	for _, a := range c.Administrators {
		_, err := l.AddAdministrator(ctx, db.AddAdministratorParams{
			ID: a.ID, CustomerID: c.ID, Name: a.Name, Email: a.Email, Phone: a.Phone, MainContact: a.MainContact,
		})
		if err != nil {
			return err
		}
	}
	for _, s := range c.Subscriptions {
		_, err := l.AddSubscription(ctx, db.AddSubscriptionParams{
			ID: sqldb.NewID(), CustomerID: c.ID, SolutionID: s.SolutionID, Variant: s.Variant,
			InvoiceRecipient: string(s.InvoiceRecipient), Since: s.Since.UTC(), RenewsOn: column.Date(s.RenewsOn),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l loader) addTask(ctx context.Context, c collaboration.Customer, task collaboration.Task) error {
	_, err := l.AddTask(ctx, db.AddTaskParams{ID: task.ID, OfficeID: c.OfficeID, CustomerID: c.ID, OwnerID: task.OwnerID, Name: task.Name, IsOpen: task.Open})
	if err != nil {
		return err
	}
	for _, employee := range l.participants[task.ID] {
		if err := l.AddParticipant(ctx, db.AddParticipantParams{TaskID: task.ID, EmployeeID: employee, OfficeID: c.OfficeID}); err != nil {
			return err
		}
	}
	return nil
}

// productRole is the role of the api and the worker at the PostgreSQL of the tests.
const productRole = "countersign"

// Create migrates a database and adds the offices of this package. At a PostgreSQL the URL
// has the owner's role.
func Create(ctx context.Context, url string) error {
	s, err := store.Open(ctx, url, store.GrantTo(productRole))
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close(), Seed(ctx, url))
}
