package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the database to this program's schema. Of several that
// migrate at once, one works and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	files, err := fs.Sub(translated{migrations, s.dialect.migration}, "migrations")
	if err != nil {
		return failure(err)
	}
	locker, err := s.dialect.locker()
	if err != nil {
		return failure(err)
	}
	p, err := goose.NewProvider(s.dialect.goose, s.writer, files,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return failure(err)
	}
	_, err = p.Up(ctx)
	return failure(err)
}

// locker makes migrators wait for each other: an advisory lock, tried every
// second for five minutes, or SQLite's own lock.
func (d dialect) locker() (lock.SessionLocker, error) {
	if d.oneWriter {
		return fileLock{}, nil
	}
	return lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
}

// fileLock keeps SQLite's write lock for the whole session, across the
// transactions in which goose does its work.
type fileLock struct{}

func (fileLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	// The mode takes effect with the next write, which fails only after the
	// busy timeout; the loop outlasts a longer migration.
	for {
		_, err := conn.ExecContext(ctx, "PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE; COMMIT")
		if err == nil || !busy(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (fileLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	// The lock goes with the first access in the new mode.
	_, err := conn.ExecContext(ctx, "PRAGMA locking_mode=NORMAL; BEGIN IMMEDIATE; COMMIT")
	return err
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
