package redisclient_test

import (
	"net"
	"strings"
	"testing"

	"countersign/internal/redisclient"
	"countersign/internal/servertest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	server := servertest.RedisServer(t)
	r := client(t, "redis://"+server.Addr)
	if version, err := redisclient.Check(t.Context(), r); err != nil || strings.Count(version, ".") != 2 {
		t.Errorf("version %q, %v", version, err)
	}
	if keys := r.Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("left keys behind: %q", keys)
	}
	_, port, _ := net.SplitHostPort(server.Addr)
	if err := r.ReplicaOf(t.Context(), "127.0.0.1", port).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := redisclient.Check(t.Context(), r); err == nil || !strings.Contains(err.Error(), "READONLY") {
		t.Errorf("read-only replica: %v", err)
	}
	if err := r.ConfigSet(t.Context(), "requirepass", "s3cret").Err(); err != nil {
		t.Fatal(err)
	}
	unauthorized := client(t, "redis://:wr0ng@"+server.Addr)
	if _, err := redisclient.Check(t.Context(), unauthorized); err == nil || !strings.Contains(err.Error(), "WRONGPASS") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("wrong password: %v", err)
	}
	server.Stop()
	if _, err := redisclient.Check(t.Context(), r); err == nil {
		t.Error("stopped server: no error")
	}
}
