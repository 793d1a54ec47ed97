package store

import (
	"context"
	"io/fs"
)

// MigrateFrom applies other migrations than the program's.
func (s *Store) MigrateFrom(ctx context.Context, files fs.FS) error { return s.migrate(ctx, files) }
