package config_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/contrib/envconfig"

	"countersign/internal/config"
)

func validSettings() map[string]string {
	return map[string]string{
		"COUNTERSIGN_DATABASE_URL":         "postgres://localhost/countersign",
		"COUNTERSIGN_MIGRATE_DATABASE_URL": "postgres://countersign_owner@localhost/countersign",
		"COUNTERSIGN_REDIS_URL":            "redis://localhost:6379",
		"COUNTERSIGN_PUBLIC_URL":           "https://countersign.example",
		"COUNTERSIGN_LINK_KEYS":            "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_AUDIT_KEYS":           "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_ENCRYPTION_KEYS":      "2027-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,2026-01:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		"COUNTERSIGN_API_TOKENS":           "maja@ekstroms.example:0123456789abcdef,nils@ekstroms.example:fedcba9876543210",
		"COUNTERSIGN_OIDC_ISSUER":          "https://login.example", "COUNTERSIGN_OIDC_CLIENT_ID": "countersign",
		"COUNTERSIGN_MAIL": "smtp", "COUNTERSIGN_SMTP_ADDRESS": "localhost:1025", "COUNTERSIGN_SMTP_TLS": "none",
		"COUNTERSIGN_MAIL_FROM": "Countersign <no-reply@countersign.example>",
	}
}

func TestLoad_ValidSettings(t *testing.T) {
	t.Parallel()
	for _, role := range []config.Role{config.API, config.Worker, config.Migrate, config.Keys, config.Operator} {
		c, err := config.Load(role, validSettings())
		if err != nil {
			t.Fatal(err)
		}
		if len(c.APITokens) != 2 || c.Listen != ":8080" || c.Mail.SMTP.TLS != "none" || c.EncryptionKeys[0].ID != "2027-01" || string(c.EncryptionKeys[1].Key) != "01234567890123456789012345678901" || !c.HasEncryption() || c.Mail.SendGrid.URL != "https://api.sendgrid.com" {
			t.Errorf("%s: %+v", role, c)
		}
	}
}

func TestLoad_ReportsAllProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		role   config.Role
		change map[string]string
		want   []string
	}{
		{"nothing set for migrate", config.Migrate, nil, []string{"DATABASE_URL is not set", "MIGRATE_DATABASE_URL is not set"}},
		{"nothing set for an office", config.Office, nil, []string{"DATABASE_URL is not set"}},
		{"no owner for a migration", config.Migrate, with("MIGRATE_DATABASE_URL", "sqlite:secret.db"), []string{"MIGRATE_DATABASE_URL must be postgres://OWNER"}},
		{"nothing set for the API", config.API, nil, []string{"AUDIT_KEYS is not set", "DATABASE_URL is not set", "ENCRYPTION_KEYS is not set", "LINK_KEYS is not set", "OIDC_CLIENT_ID is not set", "OIDC_ISSUER is not set", "PUBLIC_URL is not set"}},
		{"nothing set for a worker", config.Worker, nil, []string{"AUDIT_KEYS is not set", "DATABASE_URL is not set", "ENCRYPTION_KEYS is not set", "LINK_KEYS is not set", "MAIL must be", "MAIL_FROM must", "PUBLIC_URL is not set"}},
		{"everything invalid for the API", config.API, map[string]string{"DATABASE_URL": "mysql://x", "REDIS_URL": "localhost:6379", "PUBLIC_URL": "countersign", "LINK_KEYS": "c2hvcnQ=,secret-key!", "AUDIT_KEYS": "c2hvcnQ=,secret-key!", "AUDIT_PUBLIC_KEYS": "c2hvcnQ,secret-key!", "ENCRYPTION_KEYS": "a:c2hvcnQ=,MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,A:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,b:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,b:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,c:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MTIz", "API_TOKENS": "emp:short", "OIDC_ISSUER": "http://login.example", "OIDC_CLIENT_ID": "c", "SENDGRID_WEBHOOK_KEYS": "bm8ga2V5", "DRAIN_FOR": "secret-soon", "TRUSTED_PROXIES": "10.0.0.1,::1/128,here,10.0.0.0/33", "LIMIT_REQUESTS": "many", "LIMIT_MAILS": "-1"},
			[]string{"API_TOKENS entry 1", "AUDIT_KEYS entry 1", "AUDIT_KEYS entry 2", "AUDIT_PUBLIC_KEYS entry 1", "AUDIT_PUBLIC_KEYS entry 2", "DATABASE_URL must", "DRAIN_FOR is not a", "ENCRYPTION_KEYS entry 1", "ENCRYPTION_KEYS entry 2", "ENCRYPTION_KEYS entry 3", "ENCRYPTION_KEYS entry 5", "ENCRYPTION_KEYS entry 6", "LIMIT_MAILS must", "LIMIT_REQUESTS is not a", "LINK_KEYS entry 1", "LINK_KEYS entry 2", "OIDC_ISSUER must", "PUBLIC_URL must", "REDIS_URL must", "SENDGRID_WEBHOOK_KEYS entry 1", "TRUSTED_PROXIES entry 3", "TRUSTED_PROXIES entry 4"}},
		{"invalid formats", config.API, with("DATABASE_URL", "sqlite:", "REDIS_URL", "redis://localhost:6379/x", "LISTEN", "8080", "ADMIN_LISTEN", "here", "API_TOKENS", "a@x.example:0123456789abcdef,b@x.example:0123456789abcdef,emp-c:0123456789abcde-,d@x.example:01234567.89abc.def"),
			[]string{"ADMIN_LISTEN must", "API_TOKENS entry 2", "API_TOKENS entry 3", "API_TOKENS entry 4", "DATABASE_URL must", "LISTEN must", "REDIS_URL must"}},
		{"a published token", config.API, with("API_TOKENS", "maja@ekstroms.example:0123456789abcdef,maja@ekstroms.example:dev-manager-maja"),
			[]string{"API_TOKENS entry 2 is a published token"}},
		{"operators and origins", config.API, with("OPERATORS", "olle@drift.example,secret-olle, ola@drift.example", "CODEC_ORIGINS", "https://temporal.example,https://secret-ui.example/"),
			[]string{"CODEC_ORIGINS entry 2 must", "OPERATORS entry 2 must", "OPERATORS entry 3 must"}},
		{"nothing set for the keys", config.Keys, nil, []string{"DATABASE_URL is not set", "ENCRYPTION_KEYS is not set"}},
		{"invalid keys for an operator", config.Operator, with("ENCRYPTION_KEYS", "secret-key!"), []string{"ENCRYPTION_KEYS entry 1"}},
		{"SendGrid without a key", config.Worker, with("MAIL", "sendgrid"), []string{"SENDGRID_API_KEY is not set"}},
		{"incomplete SMTP", config.Worker, with("SMTP_ADDRESS", "localhost", "SMTP_USERNAME", "u", "SMTP_TLS", "maybe"), []string{"SMTP_ADDRESS must", "SMTP_TLS must", "SMTP_USERNAME and"}},
		{"invalid platform", config.Worker, with("PLATFORM_URL", "over there"), []string{"PLATFORM_URL must"}},
		{"build with spaces", config.Worker, with("BUILD", "the new one"), []string{"BUILD must"}},
		{"invalid build for an operator", config.Operator, map[string]string{"BUILD": "1.0.0:latest"}, []string{"BUILD must"}},
		{"numbers out of range", config.Worker, with("MAIL_FROM", "no address", "MAIL_PER_SECOND", "0", "DATABASE_CONNECTIONS", "0"), []string{"DATABASE_CONNECTIONS must", "MAIL_FROM must", "MAIL_PER_SECOND must"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			environment := map[string]string{}
			for k, v := range tt.change {
				environment["COUNTERSIGN_"+strings.TrimPrefix(k, "COUNTERSIGN_")] = v
			}
			_, err := config.Load(tt.role, environment)
			var invalid *config.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v", err)
			}
			if len(invalid.Problems) != len(tt.want) {
				t.Fatalf("got %q, want %q", invalid.Problems, tt.want)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(invalid.Problems[i], "COUNTERSIGN_"+want) {
					t.Errorf("got %q, want %q", invalid.Problems[i], want)
				}
			}
			if strings.Contains(err.Error(), "c2hvcnQ=") || strings.Contains(err.Error(), "secret-") {
				t.Errorf("the error contains a value: %v", err)
			}
		})
	}
}

func TestLoad_DatabaseSocket(t *testing.T) {
	t.Parallel()
	if _, err := config.Load(config.Migrate, with("DATABASE_URL", "postgres:///countersign?host=/run/postgresql")); err != nil {
		t.Error(err)
	}
	if _, err := config.Load(config.Migrate, with("DATABASE_URL", "postgres:///countersign")); err == nil {
		t.Error("a URL without a host was accepted")
	}
	if _, err := config.Load(config.Migrate, map[string]string{"COUNTERSIGN_DATABASE_URL": "sqlite:countersign.db"}); err != nil {
		t.Errorf("SQLite has no owner: %v", err)
	}
}

func TestLoad_Issuer(t *testing.T) {
	t.Parallel()
	for issuer, valid := range map[string]bool{
		"https://login.example": true, "https://login.example/realms/one/": true, "http://localhost:8081": true, "http://127.0.0.1:8081": true, "http://[::1]:8081": true,
		"http://login.example": false, "http://localhost.example": false, "login.example": false, "https://login.example?realm=one": false, "ftp://localhost": false,
	} {
		_, err := config.Load(config.API, with("OIDC_ISSUER", issuer))
		if (err == nil) != valid {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	c, err := config.Load(config.API, with("OIDC_CLIENT_SECRET", "s", "OIDC_AUDIENCE", "a", "API_TOKENS", ""))
	if err != nil || c.OIDC != (config.OIDC{Issuer: "https://login.example", ClientID: "countersign", ClientSecret: "s", Audience: "a"}) || len(c.APITokens) != 0 {
		t.Errorf("got %+v, %v", c.OIDC, err)
	}
	if _, err := config.Load(config.Worker, with("OIDC_ISSUER", "")); err != nil {
		t.Errorf("the worker needs no issuer: %v", err)
	}
}

func TestLoad_CodecOrigins(t *testing.T) {
	t.Parallel()
	for origin, valid := range map[string]bool{
		"https://temporal.example": true, "https://temporal.example:8443": true, "http://localhost:8233": true, "http://127.0.0.1:8233": true, "http://[::1]:8233": true,
		"*": false, "null": false, "https://*.example": false, "https://": false, "temporal.example": false, "http://temporal.example": false, "http://localhost.example": false,
		"https://temporal.example/": false, "https://temporal.example/ui": false, "https://temporal.example?": false, "https://temporal.example#": false, "https://olle@temporal.example": false,
		"https://Temporal.example": false, "HTTPS://temporal.example": false, "https://temporal.example:443": false, "http://localhost:80": false, "https://temporal.example:": false, "file:///ui": false,
		" https://temporal.example": false,
	} {
		c, err := config.Load(config.API, with("CODEC_ORIGINS", origin))
		if (err == nil) != valid || valid && !slices.Equal(c.CodecOrigins, []string{origin}) {
			t.Errorf("%s: %v, %v", origin, c.CodecOrigins, err)
		}
	}
	c, err := config.Load(config.API, validSettings())
	if err != nil || len(c.CodecOrigins)+len(c.Operators) != 0 {
		t.Errorf("defaults: %v and %v, %v", c.CodecOrigins, c.Operators, err)
	}
}

func with(pairs ...string) map[string]string {
	m := validSettings()
	for i := 0; i < len(pairs); i += 2 {
		m["COUNTERSIGN_"+pairs[i]] = pairs[i+1]
	}
	return m
}

func TestExampleFile_HasEverySetting(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	var inExample []string
	for _, m := range regexp.MustCompile(`(?m)^#? ?((COUNTERSIGN|TEMPORAL)_[A-Z_]+)=`).FindAllSubmatch(example, -1) {
		inExample = append(inExample, string(m[1]))
	}
	read := slices.Concat(config.Names(), temporalNames(t))
	slices.Sort(inExample)
	slices.Sort(read)
	if !slices.Equal(inExample, read) {
		t.Errorf("example %v\ncode %v", inExample, read)
	}
}

// lookup records the names of the variables that are read.
type lookup struct{ names []string }

func (l *lookup) LookupEnv(name string) (string, bool) {
	l.names = append(l.names, name)
	return "", false
}

func (*lookup) Environ() []string { return nil }

// temporalNames returns the variables that Temporal's client reads, without its settings
// file and without the codec server, which Countersign is itself.
func temporalNames(t *testing.T) []string {
	t.Helper()
	var read lookup
	if _, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: &read}); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(read.names, func(name string) bool {
		return name == "TEMPORAL_CONFIG_FILE" || name == "TEMPORAL_PROFILE" || !strings.HasPrefix(name, "TEMPORAL_") || strings.HasPrefix(name, "TEMPORAL_CODEC_")
	})
}

// The problem of a value of the wrong type names its variable. It is found by the name of
// the field, so two providers cannot have a number or a bool of the same name.
func TestLoad_NamesSettingOfWrongType(t *testing.T) {
	t.Parallel()
	found := 0
	for _, name := range config.Names() {
		_, err := config.Load(config.Worker, with(strings.TrimPrefix(name, config.Prefix), "of another type"))
		var invalid *config.InvalidError
		if !errors.As(err, &invalid) {
			continue
		}
		for _, problem := range invalid.Problems {
			if strings.Contains(problem, " is not a ") {
				found++
				if !strings.HasPrefix(problem, name+" ") {
					t.Errorf("an invalid %s is reported as %q", name, problem)
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d settings have a type", found)
	}
}

func TestLoad_ChecksTemporalSettings(t *testing.T) {
	t.Parallel()
	environment := validSettings()
	environment["TEMPORAL_TLS_CLIENT_CERT_PATH"], environment["TEMPORAL_TLS_CLIENT_KEY_PATH"] = "no-such-file", "no-such-file"
	var invalid *config.InvalidError
	if _, err := config.Load(config.Worker, environment); !errors.As(err, &invalid) || len(invalid.Problems) != 1 || !strings.HasPrefix(invalid.Problems[0], "TEMPORAL_*") {
		t.Errorf("got %v", err)
	}
	delete(environment, "TEMPORAL_TLS_CLIENT_CERT_PATH")
	delete(environment, "TEMPORAL_TLS_CLIENT_KEY_PATH")
	environment["TEMPORAL_ADDRESS"] = "temporal.example:7233"
	c, err := config.Load(config.Worker, environment)
	if err != nil {
		t.Fatal(err)
	}
	if options, err := c.TemporalClient(); err != nil || options.HostPort != "temporal.example:7233" {
		t.Errorf("%+v, %v", options.HostPort, err)
	}
}
