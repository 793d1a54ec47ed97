package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// TestOpen_KeepsLocks: a process that opens a SQLite database twice keeps the lock of its
// first connection. Without it, another process that closes the database deletes the log.
func TestOpen_KeepsLocks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "countersign.db")
	first, err := store.Open(ctx, "sqlite:"+path)
	must(t, err)
	defer first.Close()
	must(t, first.Migrate(ctx))
	if !isLocked(t, path) {
		t.Fatal("an open database has no lock")
	}
	second, err := store.Open(ctx, "sqlite:"+path)
	must(t, err)
	defer second.Close()
	if !isLocked(t, path) {
		t.Error("opening the database again dropped the lock")
	}
}

// isLocked reports whether a process has a lock on a file. Only Linux lists locks.
func isLocked(t *testing.T, path string) bool {
	t.Helper()
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Skip("this system does not list locks")
	}
	info, err := os.Stat(path)
	must(t, err)
	return strings.Contains(string(locks), fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino))
}
