package e2e_test

import (
	"os"
	"strings"
	"testing"

	"countersign/internal/servertest"
)

// balance runs the balancer that is shipped, with these apis behind it.
func balance(t *testing.T, address string, apis [2]*process) {
	t.Helper()
	shipped, err := os.ReadFile("../../deploy/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	caddyfile := string(shipped)
	for old, here := range map[string]string{
		"\n:8080 {":              "\nhttp://" + address + " {",
		"countersign-api-1:8080": strings.TrimPrefix(apis[0].address, "http://"),
		"countersign-api-2:8080": strings.TrimPrefix(apis[1].address, "http://"),
	} {
		if strings.Count(caddyfile, old) != 1 {
			t.Fatalf("%q is not in the Caddyfile once", old)
		}
		caddyfile = strings.ReplaceAll(caddyfile, old, here)
	}
	servertest.Caddy(t, address, caddyfile)
}
