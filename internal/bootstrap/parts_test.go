package bootstrap

import (
	"log/slog"
	"path/filepath"
	"testing"

	"countersign/internal/config"
)

func TestOpen_LimitsDatabaseConnections(t *testing.T) {
	t.Parallel()
	c := config.Config{
		DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "countersign.db"), DatabaseConnections: 5,
		LinkKeys: []config.Key{make([]byte, 32)}, EncryptionKeys: []config.MasterKey{{ID: "a", Key: make([]byte, 32)}},
	}
	p, err := open(t.Context(), config.API, c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	most := 0
	for _, pool := range p.db.Pools() {
		most = max(most, pool.Stats().MaxOpenConnections)
	}
	if most != 5 {
		t.Errorf("a pool has up to %d connections, want 5", most)
	}
}
