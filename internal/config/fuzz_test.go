package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/config"
)

var setting = regexp.MustCompile(`^(COUNTERSIGN_[A-Z_]+|TEMPORAL_)`)

// marker is part of values that must not be in errors.
const marker = "secret-secret"

// FuzzLoad checks that every problem of a settings file has the name of a setting and no
// text of the file.
func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("../../.env.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, seed := range []string{"", "A", "A=", "=b", "A='", "A=\"\\", "A=${A}", "A=$(id)", "export A=b", "\x00=\x00", "A: b", "#", "COUNTERSIGN_CONFIG=.", "COUNTERSIGN_LISTEN=:99999",
		"COUNTERSIGN_MAIL_PER_SECOND=NaN", "COUNTERSIGN_MAIL_PER_SECOND=1e999", "COUNTERSIGN_DRAIN_FOR=-1s", "COUNTERSIGN_LINK_KEYS=,,,", "COUNTERSIGN_API_TOKENS=a@b.example:secret-secret-secret,",
		"COUNTERSIGN_TRUSTED_PROXIES=/,::/200,fe80::1%eth0", "COUNTERSIGN_LIMIT_REQUESTS=99999999999999999999", "COUNTERSIGN_LINK_KEYS_FILE=/", "TEMPORAL_ADDRESS=\xff", "COUNTERSIGN_DATABASE_URL=postgres://u:secret-secret@h:x/"} {
		f.Add(seed)
	}
	for name, value := range validSettings() {
		f.Add(name + "=" + value)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "_FILE") { // the test must not read other files
			return
		}
		path := filepath.Join(t.TempDir(), "settings")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, role := range []config.Role{config.API, config.Worker, config.Migrate, config.Operator} {
			_, err := config.Load(role, map[string]string{config.File: path})
			var invalid *config.InvalidError
			if err == nil {
				continue
			}
			if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
				t.Fatalf("%s: %v", role, err)
			}
			for _, problem := range invalid.Problems {
				if !setting.MatchString(problem) {
					t.Errorf("%s: %q has no setting", role, problem)
				}
				if strings.Contains(problem, marker) {
					t.Errorf("%s: %q contains a value", role, problem)
				}
			}
		}
	})
}
