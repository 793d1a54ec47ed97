package store

import (
	"context"
	"io/fs"

	"countersign/internal/store/migrations"
)

// MigrateFrom applies other migrations than the program's.
func (s *Store) MigrateFrom(ctx context.Context, files fs.FS) error {
	return failure(migrations.Apply(ctx, s.conns, files, s.grantTo))
}
