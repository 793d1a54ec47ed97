// Package sqldb opens the two databases and hides their differences: connections,
// transactions, the clock and error codes. The migrations package has the schema.
package sqldb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// DB has the connections to one database. Writer carries transactions and Reader single
// queries, so that long transactions delay no read. SQLite has one writer at a time:
// waiting for it in the pool is fair and honours contexts, unlike waiting for its lock.
type DB struct {
	Writer, Reader *sql.DB
	dialect        dialect
}

// Options are options of Open.
type Options struct {
	// MaxConns limits the connections. Reads have one half and transactions the other;
	// each has one at least.
	MaxConns int
	// Existing prevents Open from creating a missing database file.
	Existing bool
}

// Open opens the pools for "sqlite:PATH" or "postgres://…". It connects to PostgreSQL
// with the first query.
func Open(url string, o Options) (*DB, error) {
	dialect, source, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	d := &DB{dialect: dialect}
	writers := max(o.MaxConns/2, 1)
	if dialect.oneWriter {
		writers, err = 1, d.openSQLite(source, o)
	} else {
		err = d.openPostgres(source)
	}
	if err != nil {
		return nil, err
	}
	limit(d.Reader, max(o.MaxConns/2, 1))
	limit(d.Writer, writers)
	return d, nil
}

func (d *DB) openPostgres(source string) (err error) {
	if d.Writer, err = openPostgres(source); err != nil {
		return err
	}
	d.Reader, err = openPostgres(source)
	return err
}

func limit(pool *sql.DB, conns int) {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
}

func (d *DB) openSQLite(path string, o Options) (err error) {
	if !o.Existing {
		if err := createFile(path); err != nil {
			return err
		}
	}
	if d.Writer, err = sql.Open("sqlite", sqliteDSN(path, "mode=rw", "_txlock=immediate")); err != nil {
		return err
	}
	d.Reader, err = sql.Open("sqlite", sqliteDSN(path, "mode=rw", "_pragma=query_only(1)"))
	return err
}

// NewID returns a random id for a row.
func NewID() string { return strings.ToLower(rand.Text()) }

// IsSQLite reports whether the database is SQLite.
func (d *DB) IsSQLite() bool { return d.dialect.oneWriter }

// Begin begins a transaction that writes.
func (d *DB) Begin(ctx context.Context) (*sql.Tx, error) { return d.Writer.BeginTx(ctx, nil) }

// Querier is a pool, a connection or a transaction.
type Querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Now returns the database's time.
func (d *DB) Now(ctx context.Context, q Querier) (time.Time, error) {
	var microseconds int64
	err := q.QueryRowContext(ctx, d.dialect.clock).Scan(&microseconds)
	return time.UnixMicro(microseconds).UTC(), err
}

// CheckWrites returns an error if the database stores nothing, as on a full disk. It writes
// in a transaction that it rolls back.
func (d *DB) CheckWrites(ctx context.Context) error {
	tx, err := d.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, statement := range d.dialect.fill {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Version returns the name and version of the database.
func (d *DB) Version(ctx context.Context) (version string, err error) {
	err = d.Reader.QueryRowContext(ctx, d.dialect.version).Scan(&version)
	return version, err
}

// Pools returns the connection pools by name, for metrics.
func (d *DB) Pools() map[string]*sql.DB {
	return map[string]*sql.DB{"facts_writer": d.Writer, "facts_reader": d.Reader}
}

// Close closes all connections.
func (d *DB) Close() error {
	return errors.Join(d.Writer.Close(), d.Reader.Close())
}
