package store_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"testing/fstest"

	"countersign/collaboration"
	"countersign/internal/servertest"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

func TestMigrate_IsIdempotent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		before := b.rows(t)["customers"]
		must(t, b.Migrate(ctx))
		if after := b.rows(t)["customers"]; before == 0 || after != before {
			t.Errorf("%d customers before, %d after", before, after)
		}
	})
}

// TestMigrate_Concurrently: several processes start together on an empty database.
func TestMigrate_Concurrently(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "facts with space.db") },
		"postgres": func(t *testing.T) string { return servertest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := place(t)
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
			must(t, storetest.Seed(ctx, url))
			files, err := filepath.Glob("migrations/*.sql")
			must(t, err)
			if n := b.count(t, "SELECT COUNT(*) FROM goose_db_version"); n != len(files)+1 { // and zero
				t.Errorf("%d versions recorded, want %d", n, len(files)+1)
			}
		})
	}
}

// nextVersion returns the migrations of a later version of the program: this one's
// and one more file with the statements.
func nextVersion(t *testing.T, statements string) fstest.MapFS {
	t.Helper()
	paths, err := filepath.Glob("migrations/*.sql")
	must(t, err)
	files := fstest.MapFS{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		must(t, err)
		files[filepath.Base(path)] = &fstest.MapFile{Data: text}
	}
	files[fmt.Sprintf("%05d_next.sql", len(paths)+1)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + statements)}
	return files
}

// A later version adds a migration. The stored data stays, the next version's
// columns are there, and this version continues on the newer schema: during the
// upgrade, and after going back.
func TestMigrate_AppliesNextFile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		rows, record := b.rows(t), b.record(t, o.Activation)
		file, _ := b.exported(t, o)
		next := nextVersion(t, `ALTER TABLE offices ADD COLUMN founded_at TIMESTAMPTZ; ALTER TABLE offices ADD COLUMN note TEXT COLLATE "C" NOT NULL DEFAULT 'none';`)
		for range 2 { // the second applies no file
			must(t, b.MigrateFrom(ctx, next))
		}
		if n := b.count(t, "SELECT COUNT(*) FROM offices WHERE founded_at IS NULL AND note = 'none'"); n == 0 {
			t.Error("no office has the new columns")
		}
		if after := b.rows(t); !maps.Equal(after, rows) {
			t.Errorf("rows %v, before %v", after, rows)
		}
		if after := b.record(t, o.Activation); !reflect.DeepEqual(after, record) {
			t.Errorf("record %+v, before %+v", after, record)
		}
		if after, _ := b.exported(t, o); !reflect.DeepEqual(after, file) {
			t.Errorf("audit %+v, before %+v", after, file)
		}
		must(t, b.Migrate(ctx))
		if has, wants, err := b.Schema(ctx); err != nil || has != wants+1 {
			t.Errorf("schema %d, wants %d: %v", has, wants, err)
		}
		b.renewedAndEnded(t, o)
		b.exported(t, o)
	})
}

// A migration is one transaction: a failure in it leaves the schema as it was.
func TestMigrate_RollsBackFailedFile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		has, _, err := b.Schema(ctx)
		must(t, err)
		next := nextVersion(t, "ALTER TABLE offices ADD COLUMN note TEXT; INSERT INTO no_such_table (id) VALUES (1);")
		wantCode(t, b.MigrateFrom(ctx, next), collaboration.CodeInternal)
		if err := b.exec("SELECT note FROM offices"); err == nil {
			t.Error("the failed migration left a column")
		}
		if after, _, err := b.Schema(ctx); err != nil || after != has {
			t.Errorf("schema %d, before %d: %v", after, has, err)
		}
	})
}

func TestOpen_RejectsURL(t *testing.T) {
	t.Parallel()
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
