package store

import (
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/collaboration"
)

// dialect is all that differs between the databases, but for error codes.
type dialect struct {
	driver    string
	goose     goose.Dialect
	oneWriter bool
	// migration turns the migrations' PostgreSQL into the database's own.
	migration *strings.Replacer
	// writerDSN and readerDSN make the driver's words of a place.
	writerDSN, readerDSN func(source string) string
	// appendOnly makes the database refuse to change the audit.
	appendOnly []string
}

var (
	onPostgres = dialect{
		driver: "pgx", goose: goose.DialectPostgres,
		migration: strings.NewReplacer(),
		writerDSN: func(source string) string { return source },
		appendOnly: []string{
			`SELECT pg_advisory_xact_lock(hashtext('countersign audit'))`, // one migrator at a time
			`CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$`,
			`CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW WHEN (OLD.hash <> '') EXECUTE FUNCTION audit_append_only()`,
			`CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`,
		},
	}
	onSQLite = dialect{
		driver: "sqlite", goose: goose.DialectSQLite3, oneWriter: true,
		// The driver reads back a time only from a column declared TIMESTAMP;
		// SQLite compares bytes without being told.
		migration: strings.NewReplacer("TIMESTAMPTZ", "TIMESTAMP", `COLLATE "C"`, ""),
		writerDSN: func(source string) string { return sqliteDSN(source, "_txlock=immediate") },
		readerDSN: func(source string) string { return sqliteDSN(source, "_pragma=query_only(1)") },
		appendOnly: []string{
			`CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit WHEN OLD.hash <> '' BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
			`CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
		},
	}
)

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
