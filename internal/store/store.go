package store

import (
	"context"
	"database/sql"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
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
	dialect dialect
	// writer carries transactions and reader single queries. On PostgreSQL they are
	// one pool. SQLite has one writer at a time: waiting for it in the pool is fair and
	// honours contexts, unlike waiting for its lock.
	writer, reader    *sql.DB
	read              *db.Queries
	onCustomerChanged []func(ctx context.Context, customerID string)
	onEvent           func(context.Context, collaboration.WebhookDelivery) error
	onStepStored      func(StoredStep)
}

// Option is an option of Open.
type Option func(*options)

type options struct {
	maxConns int
	existing bool
}

// MaxConns limits the connections to the database. The default is 16.
func MaxConns(n int) Option { return func(o *options) { o.maxConns = n } }

// Open connects to "sqlite:PATH" or "postgres://…". It does not migrate.
func Open(ctx context.Context, url string, opts ...Option) (*Store, error) {
	o := options{maxConns: 16}
	for _, opt := range opts {
		opt(&o)
	}
	d, source, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	if o.existing {
		d = d.existing()
	}
	s := newStore(&database{dialect: d})
	if s.writer, err = d.open(d.writerDSN(source)); err != nil {
		return nil, failure(err)
	}
	if s.reader = s.writer; d.oneWriter {
		s.writer.SetMaxOpenConns(1)
		if s.reader, err = d.open(d.readerDSN(source)); err != nil {
			return nil, failure(err)
		}
	}
	s.reader.SetMaxOpenConns(o.maxConns)
	s.reader.SetMaxIdleConns(o.maxConns)
	s.reader.SetConnMaxIdleTime(5 * time.Minute)
	s.read = db.New(s.reader)
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

// Pools returns the connection pools by name, for metrics.
func (s *Store) Pools() map[string]*sql.DB {
	if s.reader == s.writer {
		return map[string]*sql.DB{"facts": s.writer}
	}
	return map[string]*sql.DB{"facts_writer": s.writer, "facts_reader": s.reader}
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return failure(s.writer.PingContext(ctx)) }

// Close closes all connections.
func (s *Store) Close() error {
	err := s.writer.Close()
	if s.reader != s.writer {
		if readerErr := s.reader.Close(); err == nil {
			err = readerErr
		}
	}
	return err
}
