package servertest

import (
	"os"
	"path/filepath"
	"testing"
)

// Caddy starts a Caddy until the end of the test. The Caddyfile must contain the address
// addr to listen on.
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
	// By default it stores data in the user's home.
	p, err := start(dir, nil, "/usr/bin/env", "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir,
		program, "run", "--adapter", "caddyfile", "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	p.name = "caddy"
	return serve(t, addr, p, listens(addr))
}
