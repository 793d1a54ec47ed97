package store

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/collaboration"
)

// dialect has the differences between the databases, except for error codes.
type dialect struct {
	open      func(dsn string) (*sql.DB, error)
	goose     goose.Dialect
	oneWriter bool
	// snapshot is the isolation level at which a transaction reads one snapshot.
	snapshot sql.IsolationLevel
	// migration translates the migrations from PostgreSQL to the database's SQL.
	migration *strings.Replacer
	// writerDSN and readerDSN return the driver's data source names.
	writerDSN, readerDSN func(source string) string
	// version is the query for the database's name and version.
	version string
	// clock is the query for the database's time, in microseconds since 1970.
	clock string
	// appendOnly has the triggers that reject changes of the audit.
	appendOnly []string
	// owners has the triggers that maintain the task owner of an activation.
	owners []string
}

var (
	onPostgres = dialect{
		open: openPostgres, goose: goose.DialectPostgres, snapshot: sql.LevelRepeatableRead,
		migration:  strings.NewReplacer(),
		writerDSN:  func(source string) string { return source },
		version:    "SELECT 'PostgreSQL ' || current_setting('server_version')",
		clock:      "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
		appendOnly: appendOnlyOnPostgres, owners: ownersOnPostgres,
	}
	onSQLite = dialect{
		open: openSQLite, goose: goose.DialectSQLite3, oneWriter: true,
		// The driver reads back a time only from a column declared TIMESTAMP;
		// SQLite compares bytes by default.
		migration:  strings.NewReplacer("TIMESTAMPTZ", "TIMESTAMP", `COLLATE "C"`, ""),
		writerDSN:  func(source string) string { return sqliteDSN(source, "_txlock=immediate") },
		readerDSN:  func(source string) string { return sqliteDSN(source, "_pragma=query_only(1)") },
		version:    "SELECT 'SQLite ' || sqlite_version()",
		clock:      "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
		appendOnly: appendOnlyOnSQLite, owners: ownersOnSQLite,
	}
)

// openPostgres opens a pool that plans each statement once per connection: planning a
// list takes longer than reading it.
func openPostgres(dsn string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET plan_cache_mode = force_generic_plan")
		return err
	})), nil
}

func openSQLite(dsn string) (*sql.DB, error) { return sql.Open("sqlite", dsn) }

// asked is a connection or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (d dialect) now(ctx context.Context, of querier) (time.Time, error) {
	var microseconds int64
	err := of.QueryRowContext(ctx, d.clock).Scan(&microseconds)
	return time.UnixMicro(microseconds).UTC(), err
}

// existing returns a dialect that creates no missing database file. Only SQLite does.
func (d dialect) existing() dialect {
	if d.oneWriter {
		writer := d.writerDSN
		d.writerDSN = func(source string) string { return writer(source) + "&mode=rw" }
	}
	return d
}

func parseURL(s string) (dialect, string, error) {
	switch scheme, rest, _ := strings.Cut(s, ":"); {
	case scheme == "sqlite" && rest != "" && !strings.Contains(rest, ":memory:"):
		return onSQLite, rest, nil
	case scheme == "postgres" || scheme == "postgresql":
		return onPostgres, s, nil
	}
	// Not the URL itself: it may hold a password.
	return dialect{}, "", collaboration.Errorf(collaboration.CodeInternal, "database URL: want sqlite:PATH or postgres://…")
}

func sqliteDSN(path, more string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join([]string{
		"_pragma=busy_timeout(5000)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)", "_pragma=foreign_keys(1)",
		"_time_format=sqlite", "_timezone=UTC", "_texttotime=1", more,
	}, "&")
}
