package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/servertest"
	"countersign/internal/store"
)

const (
	office   = "office-1"
	solution = "financial-overview"
)

var (
	noon = time.Date(2026, 3, 10, 12, 0, 0, 123456000, time.UTC)
	ctx  = context.Background()
)

// backend is one of the databases, with a way past the store to look at it.
type backend struct {
	*store.Store
	url string
	raw *sql.DB
}

// onBoth runs a test against SQLite and PostgreSQL, each empty but for the
// seed.
func onBoth(t *testing.T, test func(t *testing.T, b backend)) {
	t.Helper()
	for name, place := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "facts.db") },
		"postgres": func(t *testing.T) string { return servertest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, place(t))
			if err := b.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			if err := b.Seed(ctx); err != nil {
				t.Fatal(err)
			}
			test(t, b)
		})
	}
}

// eachOnBoth runs a table of cases, each on the seed alone.
func eachOnBoth[C any](t *testing.T, cases map[string]C, test func(t *testing.T, b backend, c C)) {
	t.Helper()
	onBoth(t, func(t *testing.T, b backend) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				b.reset(t)
				test(t, b, c)
			})
		}
	})
}

// reset takes everything back but the seed.
func (b backend) reset(t *testing.T) {
	t.Helper()
	b.acceptAudit(t)
	for _, table := range []string{"erased_data_keys", "data_keys", "batch_rows", "batches", "webhooks", "audit_private", "audit", "access", "mail_deliveries", "idempotency_keys", "activations", "subscriptions", "administrators", "task_participants", "tasks", "customers"} {
		must(t, b.exec("DELETE FROM "+table))
	}
	must(t, b.Seed(ctx))
}

func open(t *testing.T, url string) backend {
	t.Helper()
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	driver, source := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_txlock=immediate"
	}
	raw, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		raw.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return backend{s, url, raw}
}

func (b backend) sqlite() bool { return strings.HasPrefix(b.url, "sqlite:") }

// exec has the database itself do all of it, or says what it refuses.
func (b backend) exec(statements ...string) error {
	for _, s := range statements {
		if _, err := b.raw.Exec(s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// count asks the database itself.
func (b backend) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	if err := b.raw.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// rows is how many rows there are of what steps write.
func (b backend) rows(t *testing.T) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, table := range []string{"activations", "audit", "subscriptions", "administrators", "access", "mail_deliveries", "customers", "tasks", "idempotency_keys"} {
		n[table] = b.count(t, "SELECT COUNT(*) FROM "+table)
	}
	n["versions"] = b.count(t, "SELECT COALESCE(SUM(version), 0) FROM activations")
	return n
}

// orderFor is a good order of scenario C, for one of the seed's customers.
func orderFor(customer string) collaboration.Order {
	return collaboration.Order{
		Activation: collaboration.NewActivationID(office, customer, solution),
		OfficeID:   office, CustomerID: customer, SolutionID: solution, Scenario: collaboration.NewCustomer,
		TaskID: "t-" + strings.TrimPrefix(customer, "c-") + "-1", InvoiceRecipient: collaboration.PaidByOffice,
		Period:          collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2026, Month: 4, Day: 1}},
		AgreementMonths: 12, Locale: collaboration.Swedish, OnEnd: collaboration.ReadOnly,
		Contact:     &collaboration.Contact{Name: "Åsa Öberg", Email: "asa@kund.example", Phone: "070-174 06 99"},
		RequestedBy: "emp-maja", RequestedAt: noon,
	}
}

func invitation(o collaboration.Order, generation int) collaboration.Invitation {
	sent := noon.AddDate(0, 0, generation)
	return collaboration.Invitation{Order: o, Generation: generation, By: "emp-maja", At: sent, ExpiresAt: sent.AddDate(0, 0, 30)}
}

func approval(o collaboration.Order) collaboration.Start {
	return collaboration.Start{
		Activation: o.Activation, At: noon.Add(time.Hour),
		Decision: collaboration.Decision{
			ID: "decision-1", Activation: o.Activation, Generation: 1, Outcome: collaboration.Approve, By: "a-1",
			At: noon.Add(time.Hour), TermsVersion: "2026-11", TermsHash: "hash", Locale: collaboration.Swedish,
		},
		Agreement: collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 4, Day: 1}, Months: 12, Term: 1, Renews: true},
	}
}

func undoOf(o collaboration.Order) collaboration.Undo {
	return collaboration.Undo{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: o.SolutionID, At: noon.Add(time.Hour)}
}

func endOf(o collaboration.Order) collaboration.End {
	return collaboration.End{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: o.SolutionID, OnEnd: o.OnEnd, By: "emp-maja", At: noon.AddDate(0, 1, 0)}
}

func closing(o collaboration.Order, state collaboration.State) collaboration.Closing {
	return collaboration.Closing{Activation: o.Activation, State: state, By: collaboration.ActorSystem, At: noon.Add(time.Hour)}
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode checks the code of an error; "" for none.
func wantCode(t *testing.T, err error, code collaboration.Code) {
	t.Helper()
	if got := collaboration.CodeOf(err); got != code {
		t.Errorf("got %v, want code %q", err, code)
	}
	var e *collaboration.Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("%v is not of the catalogue", err)
	}
}

// opened is an activation that was just requested.
func (b backend) opened(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	must(t, b.OpenActivation(ctx, o))
	return o
}

// provisioned has its solution and its administrator.
func (b backend) provisioned(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.opened(t, o)
	must(t, b.ActivateSolution(ctx, o, noon))
	must(t, b.CreateAdministrator(ctx, o, noon))
	return o
}

// invited waits for the customer.
func (b backend) invited(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.provisioned(t, o)
	_, err := b.BeginMail(ctx, invitation(o, 1).Letter(), "")
	must(t, err)
	must(t, b.FinishMail(ctx, invitation(o, 1).Letter(), "", collaboration.DeliveryAccepted, "provider-1"))
	return o
}

// active is a running collaboration.
func (b backend) active(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.invited(t, o)
	must(t, b.StartAgreement(ctx, approval(o)))
	return o
}

func (b backend) record(t *testing.T, id collaboration.ActivationID) collaboration.Record {
	t.Helper()
	r, err := b.Activation(ctx, id)
	must(t, err)
	return r
}

func (b backend) customer(t *testing.T, id string) collaboration.Customer {
	t.Helper()
	c, err := b.Customer(ctx, office, id)
	must(t, err)
	return c
}
