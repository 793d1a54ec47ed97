package harness

import (
	"os"
	"strings"
	"testing"

	"countersign/internal/servertest"
)

// balance runs Caddy with the shipped configuration in front of two APIs. It fails
// the test if the configuration has no place for the test's addresses.
func balance(t *testing.T, address string, apis [2]*Process) {
	t.Helper()
	shipped, err := os.ReadFile("../../deploy/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	caddyfile := string(shipped)
	for old, here := range map[string]string{
		"\n:8080 {":              "\nhttp://" + address + " {",
		"countersign-api-1:8080": strings.TrimPrefix(apis[0].Address, "http://"),
		"countersign-api-2:8080": strings.TrimPrefix(apis[1].Address, "http://"),
	} {
		if strings.Count(caddyfile, old) != 1 {
			t.Fatalf("the Caddyfile has %q %d times, want 1", old, strings.Count(caddyfile, old))
		}
		caddyfile = strings.ReplaceAll(caddyfile, old, here)
	}
	servertest.Caddy(t, address, caddyfile)
}
