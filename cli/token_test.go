package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A token may stand in a file, as every other secret may; one that is not there
// to be read is said before anything is asked, and never shown.
func TestTheTokenMayStandInAFile(t *testing.T) {
	dir := t.TempDir()
	good, empty := filepath.Join(dir, "good"), filepath.Join(dir, "empty")
	for name, text := range map[string]string{good: "token-of-nils\n", empty: "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, token, file, bearer, problem string
	}{
		{"a file", "", good, "Bearer token-of-nils", ""},
		{"the variable", "token-of-maja", "", "Bearer token-of-maja", ""},
		{"both", "token-of-maja", good, "", "COUNTERSIGN_TOKEN and COUNTERSIGN_TOKEN_FILE are both set"},
		{"no file", "", filepath.Join(dir, "s3cret"), "", "COUNTERSIGN_TOKEN_FILE names a file that cannot be read"},
		{"an empty one", "", empty, "", "COUNTERSIGN_TOKEN_FILE names a file that is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t, map[string][]answer{"POST /v1/webhooks/w/enable": {{body: `{}`}}})
			t.Setenv("COUNTERSIGN_TOKEN", tt.token)
			t.Setenv("COUNTERSIGN_TOKEN_FILE", tt.file)
			code, _, stderr := run(t, "webhooks", "enable", "w")
			if tt.problem == "" {
				if got := f.one(t).header.Get("Authorization"); code != 0 || got != tt.bearer {
					t.Errorf("exit code %d, %q: %s", code, got, stderr)
				}
				return
			}
			if code != 2 || !strings.Contains(stderr, tt.problem) || strings.Contains(stderr, "s3cret") || len(f.requests) != 0 {
				t.Errorf("exit code %d, %d requests: %s", code, len(f.requests), stderr)
			}
		})
	}
}
