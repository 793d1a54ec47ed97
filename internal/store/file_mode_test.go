package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"countersign/internal/store"
)

// TestOpen_CreatesPrivateFile: only its owner can read a new SQLite database and the
// log files beside it.
func TestOpen_CreatesPrivateFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(ctx, "sqlite:"+filepath.Join(dir, "countersign.db"))
	must(t, err)
	defer s.Close()
	must(t, s.Migrate(ctx))
	files, err := os.ReadDir(dir)
	must(t, err)
	if len(files) != 3 {
		t.Errorf("files %v, want the database, its log and the log's index", files)
	}
	for _, f := range files {
		info, err := f.Info()
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %o", f.Name(), info.Mode().Perm())
		}
	}
}
