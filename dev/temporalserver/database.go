package temporalserver

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

// retention is how long Temporal keeps closed workflow executions.
const retention = 10 * 365 * 24 * time.Hour

// openDatabase returns a database with the schema and the default namespace.
func openDatabase(dir string) (*config.SQL, error) {
	if dir == "" {
		database := inMemory()
		return database, createNamespace(database)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create Temporal's folder: %w", err)
	}
	path := filepath.Join(dir, fileName())
	database := inFile(path)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := createFile(path); err != nil {
			return nil, err
		}
	}
	if err := createNamespace(database); err != nil {
		return nil, fmt.Errorf("open %s (is another Temporal running on it?): %w", path, err)
	}
	return database, nil
}

// fileName contains the versions of the schema. The server does not migrate SQLite,
// so a newer schema needs a new file.
func fileName() string {
	return fmt.Sprintf("temporal-%s-%s.db", schema.Version, schema.VisibilityVersion)
}

func inMemory() *config.SQL {
	return &config.SQL{
		PluginName:        plugin.PluginName,
		DatabaseName:      fmt.Sprintf("temporal-%d", rand.Uint64()),
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}
}

func inFile(path string) *config.SQL {
	return &config.SQL{
		PluginName:   plugin.PluginName,
		DatabaseName: path,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "normal",
			// Two servers on one file would process the same tasks.
			"locking_mode": "exclusive",
		},
	}
}

// createFile creates the schema in a temporary file and renames it, so that a kill
// never leaves half a schema at path.
func createFile(path string) error {
	draft := path + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	database := inFile(draft)
	database.ConnectAttributes["journal_mode"] = "delete"
	database.ConnectAttributes["locking_mode"] = "normal"
	if err := schema.SetupSchema(database); err != nil {
		return fmt.Errorf("create Temporal's database: %w", err)
	}
	return os.Rename(draft, path)
}

// createNamespace does nothing if the namespace exists.
func createNamespace(database *config.SQL) error {
	namespace, err := schema.NewNamespaceConfig(clusterName, Namespace, false, nil)
	if err != nil {
		return err
	}
	namespace.Detail.Config.Retention = durationpb.New(retention)
	if err := schema.CreateNamespaces(database, namespace); err != nil {
		return fmt.Errorf("create the namespace: %w", err)
	}
	return nil
}
