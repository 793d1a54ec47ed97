package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/server/common/config"
	plugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	schema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention is how long a closed run stays to be looked at.
const retention = 10 * 365 * 24 * time.Hour

// openStore answers with a database that has its schema and its namespace.
func openStore(dir string) (*config.SQL, error) {
	if dir == "" {
		store := memory()
		return store, createNamespace(store)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the engine's directory: %w", err)
	}
	path := filepath.Join(dir, fileName())
	store := file(path)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := createFile(path); err != nil {
			return nil, err
		}
	}
	if err := createNamespace(store); err != nil {
		return nil, fmt.Errorf("open %s (is another engine running on it?): %w", path, err)
	}
	return store, nil
}

// fileName carries the versions of the schema: the server does not migrate
// SQLite, so a newer one starts with a file of its own.
func fileName() string {
	return fmt.Sprintf("temporal-%s-%s.db", schema.Version, schema.VisibilityVersion)
}

func memory() *config.SQL {
	return &config.SQL{
		PluginName:        plugin.PluginName,
		DatabaseName:      fmt.Sprintf("engine-%d", rand.Uint64()),
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}
}

func file(path string) *config.SQL {
	return &config.SQL{
		PluginName:   plugin.PluginName,
		DatabaseName: path,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "normal",
			// One engine to a file: two would take its work from each other.
			"locking_mode": "exclusive",
		},
	}
}

// createFile makes the schema beside the place and then moves it there: a kill
// meanwhile must not leave half a schema behind.
func createFile(path string) error {
	draft := path + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	store := file(draft)
	store.ConnectAttributes["journal_mode"] = "delete"
	store.ConnectAttributes["locking_mode"] = "normal"
	if err := schema.SetupSchema(store); err != nil {
		return fmt.Errorf("create the engine's database: %w", err)
	}
	return os.Rename(draft, path)
}

// createNamespace does nothing when there is one already.
func createNamespace(store *config.SQL) error {
	namespace, err := schema.NewNamespaceConfig(clusterName, Namespace, false, nil)
	if err != nil {
		return err
	}
	namespace.Detail.Config.Retention = durationpb.New(retention)
	if err := schema.CreateNamespaces(store, namespace); err != nil {
		return fmt.Errorf("create the namespace: %w", err)
	}
	return nil
}
