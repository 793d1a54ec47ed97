package store

import (
	"context"
	"embed"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateAttempts bounds the attempts of a process that migrates SQLite at the same
// time as others: more than there are migrations. Each migration must therefore fail
// if it is applied a second time.
const migrateAttempts = 50

// Migrate brings the database to this program's schema. Of several processes that
// migrate at once, one works and the others wait.
func (s *Store) Migrate(ctx context.Context) error { return s.migrate(ctx, migrations) }

func (s *Store) migrate(ctx context.Context, files fs.FS) error {
	err := s.up(ctx, files)
	// SQLite locks for one transaction only, and goose uses several. The second
	// process fails on the tables of the first, and finds the migration applied on
	// its next attempt. A migration that is wrong in itself is rolled back each time.
	for range migrateAttempts {
		if err == nil || !s.dialect.oneWriter || ctx.Err() != nil {
			break
		}
		err = s.up(ctx, files)
	}
	if err != nil {
		return failure(err)
	}
	return failure(s.createTriggers(ctx))
}

func (s *Store) up(ctx context.Context, files fs.FS) error {
	p, err := s.migrator(files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func (s *Store) migrator(files fs.FS) (*goose.Provider, error) {
	files, err := fs.Sub(translated{files, s.dialect.migration}, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if !s.dialect.oneWriter {
		// An advisory lock, tried every second for five minutes.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(s.dialect.goose, s.writer, files, options...)
}

// translated replaces words in files.
type translated struct {
	fs.FS
	words *strings.Replacer
}

func (t translated) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	raw, err := fs.ReadFile(t.FS, name)
	return translatedFile{f, strings.NewReader(t.words.Replace(string(raw)))}, err
}

type translatedFile struct {
	fs.File
	text *strings.Reader
}

func (f translatedFile) Read(p []byte) (int, error) { return f.text.Read(p) }
