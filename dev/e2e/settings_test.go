package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A role with nothing set says all that it lacks, and ends at once.
func TestRolesWithoutSettings(t *testing.T) {
	for role, want := range map[string][]string{
		"api":    {"DATABASE_URL", "ENCRYPTION_KEYS", "LINK_KEYS", "OIDC_CLIENT_ID", "OIDC_ISSUER", "PUBLIC_URL"},
		"worker": {"DATABASE_URL", "ENCRYPTION_KEYS", "LINK_KEYS", "MAIL", "MAIL_FROM", "PUBLIC_URL"},
	} {
		code, said := run(t, nil, role)
		if code != 2 {
			t.Errorf("%s: exit code %d: %s", role, code, said)
		}
		var named []string
		for line := range strings.Lines(said) {
			if _, problem, found := strings.Cut(line, "  - COUNTERSIGN_"); found {
				named = append(named, strings.Fields(problem)[0])
			}
		}
		if !slices.Equal(named, want) {
			t.Errorf("%s names %q, want %q: %s", role, named, want, said)
		}
	}
}

// A role whose database is not there says so, and not how to get in.
func TestRolesWithoutTheirDatabase(t *testing.T) {
	settings := []string{
		"COUNTERSIGN_PUBLIC_URL=http://localhost", "COUNTERSIGN_OIDC_ISSUER=https://login.example", "COUNTERSIGN_OIDC_CLIENT_ID=countersign",
		"COUNTERSIGN_LINK_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "COUNTERSIGN_ENCRYPTION_KEYS=" + siteKeys,
		"COUNTERSIGN_MAIL=smtp", "COUNTERSIGN_SMTP_ADDRESS=localhost:25", "COUNTERSIGN_MAIL_FROM=no-reply@countersign.example",
	}
	for _, host := range []string{"127.0.0.1:1", "nowhere.invalid"} {
		database := fmt.Sprintf("COUNTERSIGN_DATABASE_URL=postgres://countersign:s3cr3t@%s/facts?sslmode=disable", host)
		for _, role := range []string{"api", "worker", "migrate", "seed"} {
			began := time.Now()
			code, said := run(t, append([]string{database}, settings...), role)
			name, _, _ := strings.Cut(host, ":")
			if code != 1 || !strings.Contains(said, name) || strings.Contains(said, "s3cr3t") {
				t.Errorf("%s without %s: exit code %d: %s", role, host, code, said)
			}
			if strings.Count(said, "\n") > 3 {
				t.Errorf("%s without %s says too much: %s", role, host, said)
			}
			t.Logf("%s without %s, %s: %s", role, host, time.Since(began).Round(time.Millisecond), said)
		}
	}
}
