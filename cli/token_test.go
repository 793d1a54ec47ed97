package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An unreadable token file is an error before the first request, and no error shows a token.
func TestToken_FromFile(t *testing.T) {
	dir := t.TempDir()
	valid, empty := filepath.Join(dir, "valid"), filepath.Join(dir, "empty")
	for name, text := range map[string]string{valid: "token-of-nils\n", empty: "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, token, file, bearer, problem string
	}{
		{"file", "", valid, "Bearer token-of-nils", ""},
		{"variable", "token-of-maja", "", "Bearer token-of-maja", ""},
		{"both", "token-of-maja", valid, "", "COUNTERSIGN_TOKEN and COUNTERSIGN_TOKEN_FILE are both set"},
		{"missing file", "", filepath.Join(dir, "s3cret"), "", "COUNTERSIGN_TOKEN_FILE refers to a file that cannot be read"},
		{"empty file", "", empty, "", "COUNTERSIGN_TOKEN_FILE refers to an empty file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t, map[string][]answer{"POST /v1/webhooks/w/enable": {{body: `{}`}}})
			t.Setenv("COUNTERSIGN_TOKEN", tt.token)
			t.Setenv("COUNTERSIGN_TOKEN_FILE", tt.file)
			code, _, stderr := run(t, "webhooks", "enable", "w")
			if tt.problem == "" {
				if got := f.onlyRequest(t).header.Get("Authorization"); code != 0 || got != tt.bearer {
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
