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

// dialect is all that differs between the databases, but for error codes.
type dialect struct {
	open      func(dsn string) (*sql.DB, error)
	goose     goose.Dialect
	oneWriter bool
	// migration turns the migrations' PostgreSQL into the database's own.
	migration *strings.Replacer
	// writerDSN and readerDSN make the driver's words of a place.
	writerDSN, readerDSN func(source string) string
	// version asks what the database is.
	version string
	// clock asks the database for its time, in microseconds since 1970.
	clock string
	// appendOnly makes the database refuse to change the audit.
	appendOnly []string
	// owners makes the database keep who owns an activation's task.
	owners []string
}

var (
	onPostgres = dialect{
		open: openPostgres, goose: goose.DialectPostgres,
		migration:  strings.NewReplacer(),
		writerDSN:  func(source string) string { return source },
		version:    "SELECT 'PostgreSQL ' || current_setting('server_version')",
		clock:      "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
		appendOnly: appendOnlyOnPostgres, owners: ownersOnPostgres,
	}
	onSQLite = dialect{
		open: openSQLite, goose: goose.DialectSQLite3, oneWriter: true,
		// The driver reads back a time only from a column declared TIMESTAMP;
		// SQLite compares bytes without being told.
		migration:  strings.NewReplacer("TIMESTAMPTZ", "TIMESTAMP", `COLLATE "C"`, ""),
		writerDSN:  func(source string) string { return sqliteDSN(source, "_txlock=immediate") },
		readerDSN:  func(source string) string { return sqliteDSN(source, "_pragma=query_only(1)") },
		version:    "SELECT 'SQLite ' || sqlite_version()",
		clock:      "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
		appendOnly: appendOnlyOnSQLite, owners: ownersOnSQLite,
	}
)

// openPostgres makes a pool whose statements are planned once for each connection:
// planning a list for what is asked for each time takes longer than reading it.
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
type asked interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (d dialect) now(ctx context.Context, of asked) (time.Time, error) {
	var microseconds int64
	err := of.QueryRowContext(ctx, d.clock).Scan(&microseconds)
	return time.UnixMicro(microseconds).UTC(), err
}

// existing is the dialect that makes no database where there is none, as only
// SQLite does.
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
