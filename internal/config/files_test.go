package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"countersign/internal/config"
)

// file returns the path of a new file.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad_SettingsFile(t *testing.T) {
	t.Parallel()
	lines := "# comment\nexport COUNTERSIGN_CONFIG=elsewhere\n"
	for name, value := range validSettings() {
		lines += name + "='" + value + "'\n"
	}
	lines += "COUNTERSIGN_LISTEN=:1111\nCOUNTERSIGN_SMTP_USERNAME=u\nCOUNTERSIGN_SMTP_PASSWORD='with $1 and #'\nTEMPORAL_ADDRESS=temporal.example:7233\nTEMPORAL_NAMESPACE=ours\n"
	c, err := config.Load(config.Worker, map[string]string{
		config.File: file(t, lines), "COUNTERSIGN_LISTEN": ":2222", "COUNTERSIGN_REDIS_URL": "", "TEMPORAL_NAMESPACE": "theirs",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":2222" || c.RedisURL != "" || c.Temporal["TEMPORAL_NAMESPACE"] != "theirs" {
		t.Errorf("the environment does not take precedence: %q, %q, %q", c.Listen, c.RedisURL, c.Temporal)
	}
	if c.PublicURL != "https://countersign.example" || c.Mail.SMTP.Password != "with $1 and #" || c.Temporal["TEMPORAL_ADDRESS"] != "temporal.example:7233" {
		t.Errorf("got %+v", c)
	}
}

func TestLoad_InvalidSettingsFile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ path, want string }{
		"missing":   {"/no/such/s3cret", "COUNTERSIGN_CONFIG refers to a file that cannot be read: no such file or directory"},
		"directory": {t.TempDir(), "COUNTERSIGN_CONFIG refers to a file that cannot be read: is a directory"},
		"invalid line": {file(t, "COUNTERSIGN_MAIL=smtp\n# next\ns3cret s3cret\nCOUNTERSIGN_LISTEN=:80\n"),
			"COUNTERSIGN_CONFIG refers to a file in which line 3 is not NAME=VALUE"},
		"invalid first line": {file(t, "s3cret's\n"), "COUNTERSIGN_CONFIG refers to a file in which line 1 is not NAME=VALUE"},
		"invalid last line":  {file(t, "COUNTERSIGN_MAIL=smtp\ns3cret"), "COUNTERSIGN_CONFIG refers to a file in which line 2 is not NAME=VALUE"},
		"open quote":         {file(t, "COUNTERSIGN_MAIL=smtp\nCOUNTERSIGN_SMTP_PASSWORD='s3cret\n\n"), "COUNTERSIGN_CONFIG refers to a file in which line 2 is not NAME=VALUE"},
	} {
		t.Run(name, func(t *testing.T) {
			wantProblems(t, map[string]string{config.File: tt.path}, tt.want)
		})
	}
}

// wantProblems checks the problems of the API's settings.
func wantProblems(t *testing.T, environment map[string]string, want ...string) {
	t.Helper()
	_, err := config.Load(config.API, environment)
	var invalid *config.InvalidError
	if !errors.As(err, &invalid) || strings.Join(invalid.Problems, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %v, want %q", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error contains a value: %v", err)
	}
}

func TestLoad_SecretFiles(t *testing.T) {
	t.Parallel()
	secret := map[string]string{
		"COUNTERSIGN_DATABASE_URL": "postgres://u:p@db/countersign", "COUNTERSIGN_MIGRATE_DATABASE_URL": "postgres://o:p@db/countersign", "COUNTERSIGN_REDIS_URL": "redis://:p@redis:6379",
		"COUNTERSIGN_LINK_KEYS":          "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_AUDIT_KEYS":         "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_ENCRYPTION_KEYS":    "a:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_API_TOKENS":         "maja@ekstroms.example:0123456789abcdef",
		"COUNTERSIGN_OIDC_CLIENT_SECRET": " with spaces ", "COUNTERSIGN_SENDGRID_API_KEY": "SG.key",
		"COUNTERSIGN_SMTP_PASSWORD": "two newlines\n", "COUNTERSIGN_PLATFORM_TOKEN": "from windows\r", "TEMPORAL_API_KEY": "key",
		"OTEL_EXPORTER_OTLP_HEADERS": "x-key=k",
	}
	environment := with("SMTP_USERNAME", "u")
	environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://collector:4318"
	for name, value := range secret {
		environment[name] = "" // as Compose passes an unset variable
		environment[name+"_FILE"] = file(t, value+"\n")
	}
	c, err := config.Load(config.API, environment)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ got, want string }{
		{c.DatabaseURL, "postgres://u:p@db/countersign"}, {c.MigrateDatabaseURL, "postgres://o:p@db/countersign"}, {c.RedisURL, "redis://:p@redis:6379"}, {string(c.LinkKeys[0]), "01234567890123456789012345678901"}, {string(c.AuditKeys[0]), "01234567890123456789012345678901"}, {string(c.EncryptionKeys[0].Key), "01234567890123456789012345678901"},
		{c.APITokens[0], "maja@ekstroms.example:0123456789abcdef"}, {c.OIDC.ClientSecret, " with spaces "}, {c.Mail.SendGrid.APIKey, "SG.key"},
		{c.Mail.SMTP.Password, "two newlines\n"}, {c.PlatformToken, "from windows"}, {c.Temporal["TEMPORAL_API_KEY"], "key"},
		{c.OpenTelemetry()["OTEL_EXPORTER_OTLP_HEADERS"], "x-key=k"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestLoad_SecretFileInSettingsFile(t *testing.T) {
	t.Parallel()
	environment := with("OIDC_CLIENT_SECRET", "")
	delete(environment, "COUNTERSIGN_OIDC_CLIENT_SECRET")
	environment[config.File] = file(t, "COUNTERSIGN_OIDC_CLIENT_SECRET_FILE="+file(t, "from a file\n"))
	for _, role := range []config.Role{config.API, config.Operator} {
		if c, err := config.Load(role, environment); err != nil || c.OIDC.ClientSecret != "from a file" {
			t.Errorf("got %q, %v", c.OIDC.ClientSecret, err)
		}
	}
}

func TestLoad_InvalidSecretFiles(t *testing.T) {
	t.Parallel()
	environment := with("DATABASE_URL", "", "DATABASE_URL_FILE", "/s3cret/in/the/wrong/place", "LINK_KEYS", "", "LINK_KEYS_FILE", file(t, "\n"),
		"OIDC_CLIENT_SECRET", "s3cret", "OIDC_CLIENT_SECRET_FILE", file(t, "s3cret"), "API_TOKENS", "", "API_TOKENS_FILE", file(t, "s3cret"),
		"OIDC_CLIENT_ID", "")
	wantProblems(t, environment,
		"COUNTERSIGN_API_TOKENS entry 1 must be EMAIL:TOKEN, the token at least 16 characters, without two dots",
		"COUNTERSIGN_DATABASE_URL_FILE refers to a file that cannot be read: no such file or directory",
		"COUNTERSIGN_LINK_KEYS_FILE refers to an empty file",
		"COUNTERSIGN_OIDC_CLIENT_ID is not set",
		"COUNTERSIGN_OIDC_CLIENT_SECRET and COUNTERSIGN_OIDC_CLIENT_SECRET_FILE are both set",
	)
}

// The example is a valid settings file except for its keys, which an operator generates.
func TestExampleFile_IsSettingsFile(t *testing.T) {
	t.Parallel()
	for _, role := range []config.Role{config.API, config.Worker, config.Migrate} {
		c, err := config.Load(role, map[string]string{config.File: "../../.env.example", "COUNTERSIGN_LINK_KEYS": validSettings()["COUNTERSIGN_LINK_KEYS"], "COUNTERSIGN_AUDIT_KEYS": validSettings()["COUNTERSIGN_AUDIT_KEYS"], "COUNTERSIGN_ENCRYPTION_KEYS": validSettings()["COUNTERSIGN_ENCRYPTION_KEYS"]})
		if err != nil || c.Mail.From != "Countersign <no-reply@countersign.example>" {
			t.Errorf("%s: %q, %v", role, c.Mail.From, err)
		}
	}
}

// Editors and shells of Windows write UTF-16 or a byte order mark.
func TestLoad_ByteOrderMark(t *testing.T) {
	t.Parallel()
	lines := ""
	for name, value := range validSettings() {
		lines += name + "='" + value + "'\n"
	}
	utf16le := func(text string) string {
		encoded := "\xff\xfe"
		for _, unit := range utf16.Encode([]rune(text)) {
			encoded += string([]byte{byte(unit), byte(unit >> 8)})
		}
		return encoded
	}
	for name, encode := range map[string]func(string) string{
		"UTF-8": func(text string) string { return "\ufeff" + text }, "UTF-16": utf16le,
	} {
		c, err := config.Load(config.Worker, map[string]string{config.File: file(t, encode(lines))})
		if err != nil || c.PublicURL != "https://countersign.example" {
			t.Errorf("%s settings: %q, %v", name, c.PublicURL, err)
		}
		secret, err := config.Secret("S", map[string]string{"S_FILE": file(t, encode("s3cret\n"))})
		if err != nil || secret != "s3cret" {
			t.Errorf("%s secret: %q, %v", name, secret, err)
		}
	}
}
