package store

import (
	"context"
	"database/sql"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Store is the facts in one database. It is safe for concurrent use.
type Store struct {
	dialect dialect
	// writer carries transactions and reader single queries. They are the
	// same pool on PostgreSQL; SQLite has one writer at a time, so waiting for
	// it in the pool is fair and honours contexts, unlike waiting for its lock.
	writer, reader *sql.DB
	read           *db.Queries
	changed        []func(ctx context.Context, customerID string)
	event          func(context.Context, collaboration.WebhookDelivery) error
	recorded       func(Recorded)
}

// Option changes how a store is opened.
type Option func(*options)

type options struct {
	maxConns int
	existing bool
}

// MaxConns bounds the connections to the database; 16 where left out.
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
	s := &Store{dialect: d}
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

// OnCustomerChanged adds a function that is called after the commit of every
// write that changes what a customer lookup shows. Add before the first write.
func (s *Store) OnCustomerChanged(f func(ctx context.Context, customerID string)) {
	s.changed = append(s.changed, f)
}

// Pools are the connections to the database, by what they are for.
func (s *Store) Pools() map[string]*sql.DB {
	if s.reader == s.writer {
		return map[string]*sql.DB{"facts": s.writer}
	}
	return map[string]*sql.DB{"facts_writer": s.writer, "facts_reader": s.reader}
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return failure(s.writer.PingContext(ctx)) }

// Close ends every connection.
func (s *Store) Close() error {
	err := s.writer.Close()
	if s.reader != s.writer {
		if readerErr := s.reader.Close(); err == nil {
			err = readerErr
		}
	}
	return err
}
