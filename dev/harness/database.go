package harness

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign/internal/servertest"
	"countersign/internal/store/storetest"
)

// seedSQLite puts a migrated and seeded database into a folder, unless it has one. All
// stacks get a copy of one file, because the migration takes longer than a copy.
func seedSQLite(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "countersign.db")
	if _, err := os.Stat(path); err == nil {
		return
	}
	content, err := seededSQLite()
	NoError(t, err)
	NoError(t, os.MkdirAll(dir, 0o700))
	NoError(t, os.WriteFile(path, content, 0o600))
}

var seededSQLite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "countersign-seeded-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := migrateAndSeed(DatabaseIn(dir)); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "countersign.db"))
})

func migrateAndSeed(url string) error { return storetest.Create(context.Background(), url) }

// OpenDatabase opens the product's database for queries that bypass the store.
func OpenDatabase(url string) (*sql.DB, error) {
	if path, isFile := strings.CutPrefix(url, "sqlite:"); isFile {
		return sql.Open("sqlite", path)
	}
	return sql.Open("pgx", servertest.As(url, servertest.Superuser))
}
