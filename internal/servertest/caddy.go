package servertest

import (
	"os"
	"path/filepath"
	"testing"
)

// Caddy starts a Caddy that ends with the test, with the text of a Caddyfile in
// which it listens at addr.
func Caddy(t testing.TB, addr, caddyfile string) *Server {
	t.Helper()
	program := find("caddy", "/usr/bin/caddy")
	if program == "" {
		Skip(t, "caddy")
	}
	dir, err := os.MkdirTemp("", "servertest-caddy-")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(config, []byte(caddyfile), 0o600); err != nil {
		t.Fatal(err)
	}
	// It keeps what it knows in its user's home otherwise.
	p, err := start(dir, nil, "/usr/bin/env", "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir,
		program, "run", "--adapter", "caddyfile", "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, "caddy", addr, p, listens(addr))
}
