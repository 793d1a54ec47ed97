package store

import (
	"context"
	"database/sql"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/apikeys"
	"countersign/internal/store/db"
	"countersign/internal/store/directory"
	"countersign/internal/store/migrations"
	"countersign/internal/store/offices"
	"countersign/internal/store/pages"
	"countersign/internal/store/sqldb"
)

// Store is the product's database. Each part has the operations on one aggregate;
// consumers declare the small interfaces that they need. A store is safe for
// concurrent use.
type Store struct {
	*database
	Directory
	Lists
	AuditLog
	Steps
	MailDeliveries
	WebhookRegistry
	Batches
	DataKeys
	IdempotencyKeys
	Erasure
}

func newStore(d *database) *Store {
	return &Store{
		database: d, Directory: Directory{d}, Lists: Lists{d}, AuditLog: AuditLog{d}, Steps: Steps{d}, MailDeliveries: MailDeliveries{d},
		WebhookRegistry: WebhookRegistry{d}, Batches: Batches{d}, DataKeys: DataKeys{d}, IdempotencyKeys: IdempotencyKeys{d}, Erasure: Erasure{d},
	}
}

// database is what the parts share: the connections, the transactions (tx.go), and
// the functions that are called after a commit.
type database struct {
	conns             *sqldb.DB
	read              *db.Queries
	pages             pages.Reader
	onCustomerChanged []func(ctx context.Context, customerID string)
	onEvent           func(context.Context, collaboration.WebhookDelivery) error
	onStepStored      func(StoredStep)
	secrets           SecretCipher
	signer            RowSigner
	grantTo           string
}

// Option is an option of Open.
type Option func(*options)

type options struct {
	sqldb.Options
	grantTo string
}

// MaxConns limits the connections to the database: one half is for reads, the other for
// transactions. The default is 16.
func MaxConns(n int) Option { return func(o *options) { o.MaxConns = n } }

// Existing prevents Open from creating a missing database file.
func Existing() Option { return func(o *options) { o.Existing = true } }

// GrantTo makes Migrate grant a role of PostgreSQL the rights of an api and a worker.
// SQLite has no roles.
func GrantTo(role string) Option { return func(o *options) { o.grantTo = role } }

// Open connects to "sqlite:PATH" or "postgres://…". It does not migrate.
func Open(ctx context.Context, url string, opts ...Option) (*Store, error) {
	o := options{Options: sqldb.Options{MaxConns: 16}}
	for _, opt := range opts {
		opt(&o)
	}
	conns, err := sqldb.Open(url, o.Options)
	if err != nil {
		return nil, failure(err)
	}
	s := newStore(&database{conns: conns, read: db.New(conns.Reader), pages: pages.New(conns), secrets: noCipher{}, signer: unsigned{}, grantTo: o.grantTo})
	if err := s.Ping(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// OnCustomerChanged adds a function that runs after the commit of each write that
// changes the result of a customer lookup. Call it before the first write.
func (s *Store) OnCustomerChanged(f func(ctx context.Context, customerID string)) {
	s.onCustomerChanged = append(s.onCustomerChanged, f)
}

// Migrate brings the database to this program's schema. On PostgreSQL its role owns the
// tables. Of several processes that
// migrate at once, one works and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	return failure(migrations.Apply(ctx, s.conns, migrations.Files, s.grantTo))
}

// Schema returns the version of the database's schema and the version that this program
// requires. An older schema is an error. A newer one is not: during an upgrade or after
// a rollback, the program uses the next version's schema.
func (s *Store) Schema(ctx context.Context) (has, wants int64, err error) {
	has, wants, err = migrations.Version(ctx, s.conns)
	return has, wants, failure(err)
}

// CheckRole returns an error if the role of the connection could change stored rows of the
// audit, as the owner of the tables can.
func (s *Store) CheckRole(ctx context.Context) error {
	return failure(migrations.CheckRole(ctx, s.conns))
}

// CheckWrites returns an error if the database stores nothing, as on a full disk.
func (s *Store) CheckWrites(ctx context.Context) error { return failure(s.conns.CheckWrites(ctx)) }

// RoleOf returns the role in the URL of a PostgreSQL, and "" for SQLite.
func RoleOf(url string) (string, error) {
	role, err := sqldb.RoleOf(url)
	return role, failure(err)
}

// Version returns the name and version of the database.
func (s *Store) Version(ctx context.Context) (string, error) {
	version, err := s.conns.Version(ctx)
	return version, failure(err)
}

// Ahead returns how far this machine's clock is ahead of the database's.
func (s *Store) Ahead(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	theirs, err := s.conns.Now(ctx, s.conns.Reader)
	return began.Add(time.Since(began) / 2).Sub(theirs), failure(err)
}

// Ping reports whether the database answers. It waits for no transaction.
func (s *Store) Ping(ctx context.Context) error { return failure(s.conns.Reader.PingContext(ctx)) }

// Pools returns the connection pools by name, for metrics.
func (s *Store) Pools() map[string]*sql.DB { return s.conns.Pools() }

// Close closes all connections.
func (s *Store) Close() error { return s.conns.Close() }

// OfficeDirectory returns the part that an office changes itself.
func (s *Store) OfficeDirectory() directory.Directory { return directory.New(s.read, s.writeDirectory) }

// OfficeLogos returns the part that has the logos of offices.
func (s *Store) OfficeLogos() directory.Logos { return directory.NewLogos(s.OfficeDirectory()) }

// APIKeys returns the part that has the API keys of offices.
func (s *Store) APIKeys() apikeys.Registry { return apikeys.New(s.conns) }

// Offices returns the part that operators change.
func (s *Store) Offices() offices.Offices { return offices.New(s.conns) }
