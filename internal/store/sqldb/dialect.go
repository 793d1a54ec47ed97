package sqldb

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/collaboration"
)

// dialect has the differences between the databases, except for error codes.
type dialect struct {
	oneWriter bool
	// version is the query for the database's name and version.
	version string
	// clock is the query for the database's time, in microseconds since 1970.
	clock string
	// fill creates a table and writes so much to it that the database needs new space on
	// its disk. PostgreSQL's role of the api may create temporary tables only.
	fill []string
}

var (
	onPostgres = dialect{
		version: "SELECT 'PostgreSQL ' || current_setting('server_version')",
		clock:   "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
		fill:    []string{"CREATE TEMPORARY TABLE write_check ON COMMIT DROP AS SELECT md5(n::text) AS content FROM generate_series(1, 16384) n"},
	}
	onSQLite = dialect{
		oneWriter: true,
		version:   "SELECT 'SQLite ' || sqlite_version()",
		clock:     "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
		// More than the page cache holds, so that SQLite writes it before the commit.
		fill: []string{"CREATE TABLE write_check (content BLOB)", "INSERT INTO write_check VALUES (zeroblob(4194304))"},
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

// RoleOf returns the role with which a URL of PostgreSQL logs in, and "" for SQLite.
func RoleOf(databaseURL string) (string, error) {
	if d, _, err := parseURL(databaseURL); err != nil || d.oneWriter {
		return "", err
	}
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return "", err
	}
	return config.User, nil
}

// createFile creates a missing database file that only its owner can read. SQLite itself
// would let the umask decide. Its log files get the mode of the database file.
//
// It does not open an existing file: closing that would drop the locks that the other
// connections of this process hold, and another process could delete the log.
func createFile(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE, 0o600)
	if err != nil {
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	return f.Close()
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

func sqliteDSN(path string, more ...string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(append([]string{
		"_pragma=busy_timeout(5000)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)", "_pragma=foreign_keys(1)",
		"_time_format=sqlite", "_timezone=UTC", "_texttotime=1",
	}, more...), "&")
}
