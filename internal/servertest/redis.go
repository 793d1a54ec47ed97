package servertest

import (
	"fmt"
	"os"
	"testing"
)

// Redis is the address of an empty Redis of the test's own.
func Redis(t testing.TB) string {
	t.Helper()
	return RedisServer(t).Addr
}

// RedisServer starts a Redis that ends with the test. What it holds outlives a
// stop and a kill.
func RedisServer(t testing.TB) *Server {
	t.Helper()
	program := find("redis-server", "/usr/bin/redis-server")
	if program == "" {
		Skip(t, "redis-server")
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "servertest-redis-")
	if err != nil {
		t.Fatal(err)
	}
	p, err := start(dir, nil, program, "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--appendonly", "yes")
	if err != nil {
		t.Fatal(err)
	}
	addr := loopback(port)
	return serve(t, "redis-server", addr, p, listens(addr))
}
