package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/dev/harness"
)

// A role without settings prints every missing setting and exits with 2.
func TestRoles_NameMissingSettings(t *testing.T) {
	t.Parallel()
	for role, want := range map[string][]string{
		"api":    {"AUDIT_KEYS", "DATABASE_URL", "ENCRYPTION_KEYS", "LINK_KEYS", "OIDC_CLIENT_ID", "OIDC_ISSUER", "PUBLIC_URL"},
		"worker": {"AUDIT_KEYS", "DATABASE_URL", "ENCRYPTION_KEYS", "LINK_KEYS", "MAIL", "MAIL_FROM", "PUBLIC_URL"},
	} {
		code, output := harness.RunCommand(t, nil, role)
		if code != 2 {
			t.Errorf("%s: exit code %d: %s", role, code, output)
		}
		var named []string
		for line := range strings.Lines(output) {
			if _, problem, found := strings.Cut(line, "  - COUNTERSIGN_"); found {
				named = append(named, strings.Fields(problem)[0])
			}
		}
		if !slices.Equal(named, want) {
			t.Errorf("%s names %q, want %q: %s", role, named, want, output)
		}
	}
}

// A role that cannot connect to its database prints the host and not the password.
func TestRoles_WithoutDatabase(t *testing.T) {
	t.Parallel()
	settings := []string{
		"COUNTERSIGN_PUBLIC_URL=http://localhost", "COUNTERSIGN_OIDC_ISSUER=https://login.example", "COUNTERSIGN_OIDC_CLIENT_ID=countersign",
		"COUNTERSIGN_LINK_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "COUNTERSIGN_AUDIT_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "COUNTERSIGN_ENCRYPTION_KEYS=" + harness.EncryptionKeys,
		"COUNTERSIGN_MAIL=smtp", "COUNTERSIGN_SMTP_ADDRESS=localhost:25", "COUNTERSIGN_MAIL_FROM=no-reply@countersign.example",
	}
	for _, host := range []string{"127.0.0.1:1", "nowhere.invalid"} {
		database := fmt.Sprintf("postgres://countersign:s3cr3t@%s/facts?sslmode=disable", host)
		for _, role := range []string{"api", "worker", "migrate"} {
			code, output := harness.RunCommand(t, append([]string{"COUNTERSIGN_DATABASE_URL=" + database, "COUNTERSIGN_MIGRATE_DATABASE_URL=" + database}, settings...), role)
			name, _, _ := strings.Cut(host, ":")
			if code != 1 || !strings.Contains(output, name) || strings.Contains(output, "s3cr3t") {
				t.Errorf("%s without %s: exit code %d: %s", role, host, code, output)
			}
			if strings.Count(output, "\n") > 3 {
				t.Errorf("%s without %s prints more than 3 lines: %s", role, host, output)
			}
		}
	}
}
