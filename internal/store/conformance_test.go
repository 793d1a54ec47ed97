package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/codec"
	"countersign/internal/servertest"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

const (
	office   = "office-1"
	solution = "financial-overview"
)

var (
	noon = time.Date(2026, 3, 10, 12, 0, 0, 123456000, time.UTC)
	ctx  = context.Background()
)

// backend is a store on one of the databases, with a direct connection to it.
type backend struct {
	*store.Store
	url string
	raw *sql.DB
}

// seeded has, for each kind of database, a function that returns the URL of a
// migrated and seeded database of the test's own.
var seeded = map[string]func(*testing.T) string{"sqlite": seededSQLite, "postgres": seededPostgres}

// onBoth runs a test against SQLite and PostgreSQL, each with the seed alone.
func onBoth(t *testing.T, test func(t *testing.T, b backend)) {
	t.Helper()
	for name, database := range seeded {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, database(t)))
		})
	}
}

// eachOnBoth runs a table of cases, each in a database with the seed alone.
func eachOnBoth[C any](t *testing.T, cases map[string]C, test func(t *testing.T, b backend, c C)) {
	t.Helper()
	for database, of := range seeded {
		for name, c := range cases {
			t.Run(database+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(t, open(t, of(t)), c)
			})
		}
	}
}

func seededPostgres(t *testing.T) string {
	t.Helper()
	return servertest.PostgresFrom(t, "seeded", migrateAndSeed)
}

func seededSQLite(t *testing.T) string {
	t.Helper()
	content, err := sqliteTemplate()
	must(t, err)
	path := filepath.Join(t.TempDir(), "countersign.db")
	must(t, os.WriteFile(path, content, 0o600))
	return "sqlite:" + path
}

// sqliteTemplate returns the content of a migrated and seeded database file. All
// tests copy it, because a migration takes longer than most tests.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "store-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "countersign.db")
	if err := storetest.Create(ctx, "sqlite:"+path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrateAndSeed(url string) error { return storetest.Create(ctx, url) }

func open(t *testing.T, url string) backend {
	t.Helper()
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	encryptSecrets(t, s, masterKey)
	driver, source := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_txlock=immediate"
	}
	if driver == "pgx" {
		source = servertest.As(url, servertest.Superuser)
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

// Migrate migrates as the owner of the database.
func (b backend) Migrate(ctx context.Context) error {
	return b.asOwner(ctx, func(s *store.Store) error { return s.Migrate(ctx) })
}

// MigrateFrom applies other migrations as the owner of the database.
func (b backend) MigrateFrom(ctx context.Context, files fs.FS) error {
	return b.asOwner(ctx, func(s *store.Store) error { return s.MigrateFrom(ctx, files) })
}

func (b backend) asOwner(ctx context.Context, do func(*store.Store) error) error {
	if b.sqlite() {
		return do(b.Store)
	}
	s, err := store.Open(ctx, servertest.As(b.url, servertest.Owner), store.GrantTo(servertest.Product))
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

var masterKey = codec.MasterKey{ID: "2026-01", Key: bytes.Repeat([]byte{1}, 32)}

// encryptSecrets gives a store the keys for the secrets of webhooks.
func encryptSecrets(t *testing.T, s *store.Store, keys ...codec.MasterKey) *codec.Codec {
	t.Helper()
	c, err := codec.New(s, keys...)
	must(t, err)
	s.EncryptSecrets(c)
	return c
}

func (b backend) sqlite() bool { return strings.HasPrefix(b.url, "sqlite:") }

// exec runs all statements on the direct connection, and returns the first error.
func (b backend) exec(statements ...string) error {
	for _, s := range statements {
		if _, err := b.raw.Exec(s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// count runs a query on the direct connection.
func (b backend) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	if err := b.raw.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// rows returns the number of rows of each table that steps write.
func (b backend) rows(t *testing.T) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, table := range []string{"activations", "audit", "subscriptions", "administrators", "access", "mail_deliveries", "customers", "tasks", "idempotency_keys"} {
		n[table] = b.count(t, "SELECT COUNT(*) FROM "+table)
	}
	n["versions"] = b.count(t, "SELECT COALESCE(SUM(version), 0) FROM activations")
	return n
}

// orderFor returns a valid order of scenario C for one of the seed's customers.
func orderFor(customer string) collaboration.Order {
	return collaboration.Order{
		Activation: collaboration.NewActivationID(office, customer, solution),
		OfficeID:   office, CustomerID: customer, SolutionID: solution, Scenario: collaboration.NewCustomer,
		TaskID: "t-" + strings.TrimPrefix(customer, "c-") + "-1", InvoiceRecipient: collaboration.PaidByOffice,
		Period:          collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2026, Month: 4, Day: 1}},
		AgreementMonths: 12, Locale: collaboration.Swedish, OnEnd: collaboration.EndPolicies{collaboration.ReadOnly},
		Contact:     &collaboration.Contact{Name: "Åsa Öberg", Email: "asa@kund.example", Phone: "070-174 06 99"},
		RequestedBy: "emp-maja", RequestedAt: noon,
	}
}

func invitation(o collaboration.Order, generation int) collaboration.Notification {
	sent := noon.AddDate(0, 0, generation)
	return collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationInvitation, Generation: generation, By: "emp-maja", At: sent, ExpiresAt: sent.AddDate(0, 0, 30)}
}

func approval(o collaboration.Order) message.ApprovalInput {
	return message.ApprovalInput{
		Activation: o.Activation, At: noon.Add(time.Hour),
		Decision: collaboration.Decision{
			ID: "decision-1", Activation: o.Activation, Generation: 1, Outcome: collaboration.Approve, By: "a-1",
			At: noon.Add(time.Hour), Offer: &collaboration.Offer{TermsVersion: "2026-11", TermsHash: "hash", Locale: collaboration.Swedish},
		},
		Agreement: collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 4, Day: 1}, Months: 12, Term: 1, Renews: true},
	}
}

func compensationOf(o collaboration.Order) message.CompensationInput {
	return message.CompensationInput{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: o.SolutionID, At: noon.Add(time.Hour)}
}

func endOf(o collaboration.Order) message.EndInput {
	return message.EndInput{Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: o.SolutionID, OnEnd: o.OnEnd.Resolve(), By: "emp-maja", At: noon.AddDate(0, 1, 0)}
}

func closing(o collaboration.Order, state collaboration.State) message.CloseInput {
	return message.CloseInput{Activation: o.Activation, State: state, By: collaboration.ActorSystem, At: noon.Add(time.Hour)}
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

// opened requests an activation.
func (b backend) opened(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	must(t, b.OpenActivation(ctx, o))
	return o
}

// provisioned activates the solution and creates the administrator.
func (b backend) provisioned(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.opened(t, o)
	must(t, b.ActivateSolution(ctx, o, noon))
	must(t, b.CreateAdministrator(ctx, o, noon))
	return o
}

// invited sends the invitation.
func (b backend) invited(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.provisioned(t, o)
	_, err := b.BeginMail(ctx, invitation(o, 1), "")
	must(t, err)
	must(t, b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryAccepted, "provider-1"))
	return o
}

// startOf returns the first day of an approved agreement.
func startOf(r message.ApprovalInput) message.StartInput {
	r.Agreement.Started = true
	return message.StartInput{Activation: r.Activation, Agreement: r.Agreement, At: r.At}
}

// approve stores an approval and the start of its agreement.
func (b backend) approve(ctx context.Context, r message.ApprovalInput) error {
	if err := b.RecordApproval(ctx, r); err != nil {
		return err
	}
	return b.StartAgreement(ctx, startOf(r))
}

// running returns the agreement after its first day.
func running(o collaboration.Order) collaboration.Agreement { return startOf(approval(o)).Agreement }

// approved approves the invitation; the agreement has not started.
func (b backend) approved(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.invited(t, o)
	must(t, b.RecordApproval(ctx, approval(o)))
	return o
}

// active approves the invitation, and starts the agreement.
func (b backend) active(t *testing.T, o collaboration.Order) collaboration.Order {
	t.Helper()
	b.invited(t, o)
	must(t, b.approve(ctx, approval(o)))
	return o
}

func (b backend) record(t *testing.T, id collaboration.ActivationID) collaboration.Activation {
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
