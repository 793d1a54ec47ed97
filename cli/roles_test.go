package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/cli"
	"countersign/internal/eventually"
	"countersign/internal/store/storetest"
)

// freeAddress returns an address without a listener.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// settings sets the environment of every role, with a new database.
func settings(t *testing.T) (database, listen string) {
	t.Helper()
	unsetSettings(t)
	database, listen = filepath.Join(t.TempDir(), "countersign.db"), freeAddress(t)
	for name, value := range map[string]string{
		"DATABASE_URL": "sqlite:" + database,
		"PUBLIC_URL":   "http://" + listen, "LISTEN": listen, "ADMIN_LISTEN": "127.0.0.1:0", "DRAIN_FOR": "0s",
		"LINK_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "AUDIT_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "ENCRYPTION_KEYS": "2026-01:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "API_TOKENS": "maja@ekstroms.example:0123456789abcdef", "OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "countersign",
		"MAIL": "smtp", "SMTP_ADDRESS": freeAddress(t), "SMTP_TLS": "none", "MAIL_FROM": "no-reply@countersign.example",
	} {
		t.Setenv("COUNTERSIGN_"+name, value)
	}
	return database, listen
}

// A role with incomplete settings prints every error. It neither creates a database nor
// listens.
func TestRoles_RejectIncompleteSettings(t *testing.T) {
	for _, tt := range []struct {
		role string
		set  map[string]string
		want []string
	}{
		{"api", map[string]string{"PUBLIC_URL": "", "LINK_KEYS": "c2hvcnQ=", "ENCRYPTION_KEYS": "a:c2hvcnQ=", "API_TOKENS": "maja"}, []string{"API_TOKENS entry 1", "ENCRYPTION_KEYS entry 1", "LINK_KEYS entry 1", "PUBLIC_URL is not set"}},
		{"worker", map[string]string{"LINK_KEYS": "", "MAIL": "pigeon", "MAIL_FROM": "invalid"}, []string{"LINK_KEYS is not set", "MAIL must be", "MAIL_FROM must be"}},
		{"migrate", map[string]string{"DATABASE_URL": "mysql://secret@db"}, []string{"DATABASE_URL must be", "MIGRATE_DATABASE_URL is not set"}},
		{"keys rotate", map[string]string{"DATABASE_URL": "", "ENCRYPTION_KEYS": ""}, []string{"DATABASE_URL is not set", "ENCRYPTION_KEYS is not set"}},
	} {
		t.Run(tt.role, func(t *testing.T) {
			database, listen := settings(t)
			for name, value := range tt.set {
				t.Setenv("COUNTERSIGN_"+name, value)
			}
			code, stdout, stderr := run(t, strings.Fields(tt.role)...)
			if code != 2 || stdout != "" || strings.Contains(stderr, "secret") {
				t.Errorf("exit code %d, printed %q, %q", code, stdout, stderr)
			}
			lines := strings.Split(strings.TrimSpace(stderr), "\n")[1:]
			if len(lines) != len(tt.want) {
				t.Fatalf("%d problems, want %d: %s", len(lines), len(tt.want), stderr)
			}
			for n, want := range tt.want {
				if !strings.HasPrefix(lines[n], "  - COUNTERSIGN_"+want) {
					t.Errorf("got %q, want %q", lines[n], want)
				}
			}
			if _, err := os.Stat(database); err == nil {
				t.Error("the database was created")
			}
			if _, err := net.Dial("tcp", listen); err == nil {
				t.Error("the role listens")
			}
		})
	}
}

func TestMigrate_IsRepeatable(t *testing.T) {
	database, _ := settings(t)
	for range 2 {
		if code, stdout, stderr := run(t, "migrate"); code != 0 || stdout+stderr != "" {
			t.Errorf("exit code %d, %s%s", code, stdout, stderr)
		}
	}
	if info, err := os.Stat(database); err != nil || info.Size() == 0 {
		t.Errorf("%v %v", info, err)
	}
}

func TestMigrate_FailsWithoutDatabase(t *testing.T) {
	settings(t)
	t.Setenv("COUNTERSIGN_DATABASE_URL", "postgres://user:s3cret@"+freeAddress(t)+"/countersign?connect_timeout=1")
	t.Setenv("COUNTERSIGN_MIGRATE_DATABASE_URL", "postgres://owner:s3cret@"+freeAddress(t)+"/countersign?connect_timeout=1")
	if code, _, stderr := run(t, "migrate"); code != 1 || !strings.HasPrefix(stderr, "countersign: ") || strings.Contains(stderr, "s3cret") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestWorker_FailsWithoutTemporal(t *testing.T) {
	settings(t)
	t.Setenv("TEMPORAL_ADDRESS", freeAddress(t))
	if code, _, stderr := run(t, "worker"); code != 1 || !strings.Contains(stderr, "countersign: temporal: ") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// The api serves without Temporal and exits with 0 when it is stopped.
func TestAPI_ServesUntilStopped(t *testing.T) {
	database, listen := settings(t)
	if err := storetest.Create(t.Context(), "sqlite:"+database); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEMPORAL_ADDRESS", freeAddress(t))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stderr bytes.Buffer
	exit := make(chan int, 1)
	go func() { exit <- cli.Run(ctx, []string{"api"}, nil, &stderr, &stderr) }()
	eventually.OK(t, "the api is ready", func() error {
		if code, _, problem := run(t, "health", "http://"+listen+"/readyz"); code != 0 {
			return errors.New(problem)
		}
		return nil
	})
	t.Setenv("COUNTERSIGN_URL", "http://"+listen)
	t.Setenv("COUNTERSIGN_TOKEN", "0123456789abcdef")
	if code, stdout, problem := run(t, "customers", "--query", "5"); code != 0 || !strings.Contains(stdout, "c-1001") {
		t.Errorf("exit code %d, %s%s", code, stdout, problem)
	}
	stop()
	if code := <-exit; code != 0 {
		t.Errorf("exit code %d, %s", code, &stderr)
	}
}
