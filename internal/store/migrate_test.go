package store_test

import (
	"path/filepath"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/internal/servertest"
	"countersign/internal/store"
)

func TestMigrateAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		before := b.rows(t)["customers"]
		must(t, b.Migrate(ctx))
		if after := b.rows(t)["customers"]; before == 0 || after != before {
			t.Errorf("%d customers before, %d after", before, after)
		}
	})
}

// TestMigrateAtOnce: several processes start together on an empty database.
func TestMigrateAtOnce(t *testing.T) {
	for name, place := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "facts with space.db") },
		"postgres": func() string { return servertest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			url := place()
			var all sync.WaitGroup
			start := make(chan struct{})
			for range 12 {
				b := open(t, url)
				all.Go(func() {
					<-start
					if err := b.Migrate(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			b := open(t, url)
			must(t, b.Seed(ctx))
			files, err := filepath.Glob("migrations/*.sql")
			must(t, err)
			if n := b.count(t, "SELECT COUNT(*) FROM goose_db_version"); n != len(files)+1 { // and zero
				t.Errorf("%d versions recorded, want %d", n, len(files)+1)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for url, code := range map[string]collaboration.Code{
		"":                                  collaboration.CodeInternal,
		"mysql://root@localhost":            collaboration.CodeInternal,
		"sqlite:":                           collaboration.CodeInternal,
		"sqlite::memory:":                   collaboration.CodeInternal,
		"sqlite:/no/such/folder/f.db":       collaboration.CodeUnavailable,
		"postgres:///x?host=/no/such/place": collaboration.CodeUnavailable,
	} {
		_, err := store.Open(ctx, url)
		if wantCode(t, err, code); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
}
