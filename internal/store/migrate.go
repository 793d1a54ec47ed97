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

// migrateAttempts bounds how often a migrator on SQLite may come second: more
// often than there are migrations. Each of those has to fail where it is done
// already.
const migrateAttempts = 50

// Migrate brings the database to this program's schema. Of several that
// migrate at once, one works and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	err := s.up(ctx)
	// SQLite has a lock for one transaction only, and goose uses several. Who
	// comes second fails on what the first one made, and finds it done on the
	// next try; a migration that fails in itself leaves nothing each time.
	for range migrateAttempts {
		if err == nil || !s.dialect.oneWriter || ctx.Err() != nil {
			break
		}
		err = s.up(ctx)
	}
	if err != nil {
		return failure(err)
	}
	if err := s.seal(ctx); err != nil {
		return failure(err)
	}
	if err := s.addDays(ctx); err != nil {
		return failure(err)
	}
	return failure(s.protect(ctx))
}

func (s *Store) up(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func (s *Store) migrator() (*goose.Provider, error) {
	files, err := fs.Sub(translated{migrations, s.dialect.migration}, "migrations")
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

// translated is files with some words replaced.
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
