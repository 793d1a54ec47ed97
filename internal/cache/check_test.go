package cache_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"countersign/internal/cache"
	"countersign/internal/servertest"
)

func TestCheckRedis(t *testing.T) {
	server := servertest.RedisServer(t)
	r, err := cache.NewRedis("redis://" + server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if version, err := cache.CheckRedis(t.Context(), r); err != nil || strings.Count(version, ".") != 2 {
		t.Errorf("version %q, %v", version, err)
	}
	if keys := r.Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("left behind: %q", keys)
	}
	// A copy of another server takes no writes.
	_, port, _ := net.SplitHostPort(server.Addr)
	if err := r.ReplicaOf(t.Context(), "127.0.0.1", port).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.CheckRedis(t.Context(), r); err == nil || !strings.Contains(err.Error(), "READONLY") {
		t.Errorf("a copy: %v", err)
	}
	if err := r.ConfigSet(t.Context(), "requirepass", "s3cret").Err(); err != nil {
		t.Fatal(err)
	}
	stranger, err := cache.NewRedis("redis://:wr0ng@" + server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := cache.CheckRedis(t.Context(), stranger); err == nil || !strings.Contains(err.Error(), "WRONGPASS") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("a stranger: %v", err)
	}
	server.Stop()
	began := time.Now()
	if _, err := cache.CheckRedis(t.Context(), r); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("nobody there: %v", err)
	}
}
