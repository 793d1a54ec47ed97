package store

import (
	"context"
	"time"

	"github.com/pressly/goose/v3"

	"countersign/collaboration"
)

// Existing makes no database where there is none.
func Existing() Option { return func(o *options) { o.existing = true } }

// Version is what the database says it is.
func (s *Store) Version(ctx context.Context) (string, error) {
	var version string
	err := s.reader.QueryRowContext(ctx, s.dialect.version).Scan(&version)
	return version, failure(err)
}

// Ahead is how far the clock of this machine is ahead of the database's.
func (s *Store) Ahead(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	theirs, err := s.dialect.now(ctx, s.reader)
	return began.Add(time.Since(began) / 2).Sub(theirs), failure(err)
}

// Schema is the version that the database's schema has and the one that this
// program wants. A newer one is good, too: the next release has been there.
// It changes nothing, and is an error where the schema is older.
func (s *Store) Schema(ctx context.Context) (has, wants int64, err error) {
	m, err := s.migrator()
	if err != nil {
		return 0, 0, failure(err)
	}
	for _, source := range m.ListSources() {
		wants = max(wants, source.Version)
	}
	err = s.reader.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+goose.DefaultTablename).Scan(&has)
	switch {
	case noTable(err):
		return 0, wants, collaboration.Errorf(collaboration.CodeInternal, "there is no schema yet")
	case err != nil:
		return 0, wants, failure(err)
	case has < wants:
		return has, wants, collaboration.Errorf(collaboration.CodeInternal, "it is at version %d, and %d is wanted", has, wants)
	}
	return has, wants, nil
}
