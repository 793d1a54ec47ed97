package store

import (
	"context"
	"time"

	"github.com/pressly/goose/v3"

	"countersign/collaboration"
)

// Existing prevents Open from creating a missing database file.
func Existing() Option { return func(o *options) { o.existing = true } }

// Version returns the name and version of the database.
func (s *Store) Version(ctx context.Context) (string, error) {
	var version string
	err := s.reader.QueryRowContext(ctx, s.dialect.version).Scan(&version)
	return version, failure(err)
}

// Ahead returns how far this machine's clock is ahead of the database's.
func (s *Store) Ahead(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	theirs, err := s.dialect.now(ctx, s.reader)
	return began.Add(time.Since(began) / 2).Sub(theirs), failure(err)
}

// Schema returns the version of the database's schema and the version that this program
// requires. An older schema is an error. A newer one is not: during an upgrade or after
// a rollback, the program uses the next version's schema.
func (s *Store) Schema(ctx context.Context) (has, wants int64, err error) {
	m, err := s.migrator(migrations)
	if err != nil {
		return 0, 0, failure(err)
	}
	for _, source := range m.ListSources() {
		wants = max(wants, source.Version)
	}
	err = s.reader.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+goose.DefaultTablename).Scan(&has)
	switch {
	case isMissingTable(err):
		return 0, wants, collaboration.Errorf(collaboration.CodeInternal, "there is no schema yet")
	case err != nil:
		return 0, wants, failure(err)
	case has < wants:
		return has, wants, collaboration.Errorf(collaboration.CodeInternal, "it is at version %d, and %d is wanted", has, wants)
	}
	return has, wants, nil
}
