// Package migrations has the schema of the database and brings a database to it. The
// files are written for PostgreSQL and translated for SQLite.
package migrations

import (
	"context"
	"embed"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"countersign/collaboration"
	"countersign/internal/store/sqldb"
)

// Files are the migrations of this program.
//
//go:embed *.sql
var Files embed.FS

// attempts bounds the attempts of a process that migrates SQLite at the same time as
// others: more than there are migrations. Each migration must therefore fail if it is
// applied a second time.
const attempts = 50

// Apply applies the missing migrations, creates all triggers again, and on PostgreSQL
// grants a role its Privileges, unless it is empty. Of several processes that migrate at
// once, one works and the others wait.
func Apply(ctx context.Context, d *sqldb.DB, files fs.FS, role string) error {
	err := up(ctx, d, files)
	// SQLite locks for one transaction only, and goose uses several. The second
	// process fails on the tables of the first, and finds the migration applied on
	// its next attempt. A migration that is wrong in itself is rolled back each time.
	for range attempts {
		if err == nil || !d.IsSQLite() || ctx.Err() != nil {
			break
		}
		err = up(ctx, d, files)
	}
	if err != nil {
		return err
	}
	return createTriggers(ctx, d, role)
}

func up(ctx context.Context, d *sqldb.DB, files fs.FS) error {
	p, err := provider(d, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func provider(d *sqldb.DB, files fs.FS) (*goose.Provider, error) {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.IsSQLite() {
		return goose.NewProvider(goose.DialectSQLite3, d.Writer, translated{files}, options...)
	}
	// An advisory lock, tried every second for five minutes.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, d.Writer, files, append(options, goose.WithSessionLocker(locker))...)
}

// Version returns the version of the database's schema and the version of Files. An
// older schema is an error.
func Version(ctx context.Context, d *sqldb.DB) (has, wants int64, err error) {
	p, err := provider(d, Files)
	if err != nil {
		return 0, 0, err
	}
	for _, source := range p.ListSources() {
		wants = max(wants, source.Version)
	}
	err = d.Reader.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+goose.DefaultTablename).Scan(&has)
	switch {
	case sqldb.IsMissingTable(err):
		return 0, wants, collaboration.Errorf(collaboration.CodeInternal, "there is no schema yet")
	case err != nil:
		return 0, wants, err
	case has < wants:
		return has, wants, collaboration.Errorf(collaboration.CodeInternal, "it is at version %d, and %d is wanted", has, wants)
	}
	return has, wants, nil
}

// forSQLite translates words of a migration. The driver reads back a time only from a
// column declared TIMESTAMP, and SQLite compares bytes by default.
var forSQLite = strings.NewReplacer("TIMESTAMPTZ", "TIMESTAMP", `COLLATE "C"`, "")

// translated has the files for SQLite.
type translated struct{ fs.FS }

func (t translated) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	raw, err := fs.ReadFile(t.FS, name)
	return translatedFile{f, strings.NewReader(forSQLite.Replace(string(raw)))}, err
}

type translatedFile struct {
	fs.File
	text *strings.Reader
}

func (f translatedFile) Read(p []byte) (int, error) { return f.text.Read(p) }
