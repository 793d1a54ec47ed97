package harness

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/dev/stack"
	"countersign/dev/temporalserver"
	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

// Backends are the databases and caches that the product supports.
var Backends = []struct {
	Name string
	Use  func(*testing.T, *stack.Options)
}{
	{"embedded", UseEmbedded},
	{"servers", UseServers},
}

// UseEmbedded stores the stack's data in SQLite and its cache in the process, which
// is the default.
func UseEmbedded(*testing.T, *stack.Options) {}

// UseServers stores the stack's data in PostgreSQL and its cache in Redis.
func UseServers(t *testing.T, o *stack.Options) {
	o.DatabaseURL = servertest.PostgresFrom(t, "seeded", migrateAndSeed)
	o.OwnerURL = servertest.As(o.DatabaseURL, servertest.Owner)
	o.RedisURL = servertest.RedisDatabase(t)
}

// StartStack runs a stack until the test ends, and returns a manager of its first
// office. All stacks of a test binary share one Temporal server; each has its own
// namespace.
func StartStack(t *testing.T, change func(*testing.T, *stack.Options)) *Office {
	t.Helper()
	if testing.Short() {
		t.Skip("-short skips tests that start the whole product")
	}
	log := &output{}
	o := stack.Options{Dir: t.TempDir(), Log: LoggerTo(log), Temporal: addNamespace(t), NoBuild: true}
	change(t, &o)
	if o.DatabaseURL == "" {
		seedSQLite(t, o.Dir)
	}
	ctx, stop := context.WithCancel(context.Background())
	ready, stopped := make(chan stack.Addresses, 1), make(chan error, 1)
	go func() {
		err := stack.Run(ctx, o, func(a stack.Addresses) { ready <- a })
		close(ready)
		stopped <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("the stack stopped with: %v", err)
		}
		log.showIfFailed(t, "the stack's log")
	})
	addresses := eventually.Receive(t, "the stack has started", ready)
	if addresses.API == "" {
		t.Fatal("the stack did not start")
	}
	return NewOffice(t, addresses, cmp.Or(o.DatabaseURL, DatabaseIn(o.Dir)), EncryptionKeysIn(t, o.Dir))
}

// LoggerTo logs errors to w. COUNTERSIGN_TEST_VERBOSE adds information.
func LoggerTo(w io.Writer) *slog.Logger {
	level := slog.LevelError
	if os.Getenv("COUNTERSIGN_TEST_VERBOSE") != "" {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// DatabaseIn returns the URL of the database in a stack's folder.
func DatabaseIn(dir string) string { return "sqlite:" + filepath.Join(dir, "countersign.db") }

// EncryptionKeysIn returns the master key in a stack's folder, in the format of
// COUNTERSIGN_ENCRYPTION_KEYS.
func EncryptionKeysIn(t *testing.T, dir string) string {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(dir, "encryption.key"))
	NoError(t, err)
	return "dev:" + string(key)
}

// sharedTemporal is the one Temporal server of this test binary. Main stops it.
var sharedTemporal struct {
	sync.Mutex
	*temporalserver.Server
	dir        string
	log        output
	namespaces atomic.Int64
	short      atomic.Int64 // namespaces with short histories
}

const (
	// ShortHistory is the number of events from which Temporal suggests
	// continue-as-new in a namespace of UseShortHistories.
	ShortHistory = 200
	// maxShortHistories bounds the calls of UseShortHistories in a test binary.
	maxShortHistories = 20
)

// UseShortHistories puts a stack on the shared server in a separate namespace, where
// Temporal suggests continue-as-new from ShortHistory events on.
func UseShortHistories(t *testing.T, o *stack.Options) {
	t.Helper()
	o.Temporal = addNamedNamespace(t, shortHistories(sharedTemporal.short.Add(1)))
}

func shortHistories(n int64) string { return fmt.Sprintf("short-histories-%d", n) }

// addNamespace returns a namespace of the test's own on the shared server.
func addNamespace(t *testing.T) stack.Temporal {
	t.Helper()
	return addNamedNamespace(t, fmt.Sprintf("test-%d", sharedTemporal.namespaces.Add(1)))
}

func addNamedNamespace(t *testing.T, namespace string) stack.Temporal {
	t.Helper()
	s := &sharedTemporal
	s.Lock()
	defer s.Unlock()
	if s.Server == nil {
		var err error
		s.dir, err = os.MkdirTemp("", "countersign-temporal-")
		NoError(t, err)
		suggestions := map[string]int{}
		for n := range int64(maxShortHistories) {
			suggestions[shortHistories(n+1)] = ShortHistory
		}
		s.Server, err = temporalserver.Start(context.Background(), temporalserver.Options{Dir: s.dir, NoUI: true, Logger: LoggerTo(&s.log), SuggestContinueAsNew: suggestions})
		if err != nil {
			t.Fatalf("Temporal did not start: %v\n%s", err, s.log.Tail())
		}
	}
	NoError(t, s.AddNamespace(eventually.Context(t), namespace))
	return stack.Temporal{Address: s.Address(), Namespace: namespace}
}

func stopSharedTemporal() {
	if sharedTemporal.Server != nil {
		sharedTemporal.Stop()
		os.RemoveAll(sharedTemporal.dir)
	}
}
