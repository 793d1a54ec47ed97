package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/servertest"
	"countersign/internal/store"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	must(t, err)
	latest := int64(len(files))
	onBoth(t, func(t *testing.T, b backend) {
		if version, err := b.Version(ctx); err != nil || !strings.Contains(version, "QL") {
			t.Errorf("version %q, %v", version, err)
		}
		for _, tt := range []struct {
			name, change string
			has          int64
			wrong        string
		}{
			{"as it should be", "SELECT 1", latest, ""},
			{"newer", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)", 9999, ""},
			{"older", "DELETE FROM goose_db_version WHERE version_id >= 1", 0, "it is at version 0, and"},
			{"none", "DROP TABLE goose_db_version", 0, "no schema yet"},
		} {
			if _, err := b.raw.Exec(tt.change); err != nil {
				t.Fatal(err)
			}
			has, wants, err := b.Schema(ctx)
			if has != tt.has || wants != latest || (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%s: has %d, wants %d, %v", tt.name, has, wants, err)
			}
		}
		if _, err := b.raw.Exec("SELECT * FROM goose_db_version"); err == nil {
			t.Error("Schema created a table")
		}
	})
}

func TestExisting_CreatesNoDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "countersign.db")
	if s, err := store.Open(ctx, "sqlite:"+path, store.Existing()); err == nil {
		s.Close()
		t.Error("opened a missing database")
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("created a database")
	}
	for _, url := range []string{"sqlite:" + path, servertest.As(servertest.Postgres(t), servertest.Owner)} {
		s, err := store.Open(ctx, url)
		must(t, err)
		must(t, s.Migrate(ctx))
		s.Close()
		if s, err = store.Open(ctx, url, store.Existing()); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
}

// TestOpen_HidesInvalidURL: the driver's error would quote the URL, with its password.
func TestOpen_HidesInvalidURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://u:s3cret@localhost/db?connect_timeout=soon", "postgres://u@localhost:port/db?password=s3cret", "postgres://u:s3cret@localhost/db?sslmode=s3cret",
	} {
		_, err := store.Open(ctx, url)
		if collaboration.CodeOf(err) != collaboration.CodeInternal || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "URL") {
			t.Errorf("got %v", err)
		}
	}
}
