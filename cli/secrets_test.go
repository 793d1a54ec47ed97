package cli_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/cli"
	"countersign/internal/servertest"
)

// TestMain lets a test run the command line as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("CLI_TEST_PROCESS") != "" {
		os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// marker is in every secret.
const marker = "s3cretMARKERs3cretMARKER"

// gossip tells all who ask what they said.
func gossip(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusUnauthorized)
	r.Header.Write(w)
	io.Copy(w, r.Body)
}

// Whatever goes wrong, no secret is printed: not by countersign check, not in an
// error, not in the log of a role.
func TestNothingSecretIsPrinted(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(gossip))
	defer server.Close()
	web, dead, listen := server.URL, freeAddress(t), freeAddress(t)
	redis := servertest.Redis(t)
	facts := "sqlite:" + filepath.Join(t.TempDir(), "facts.db")
	base := map[string]string{
		"COUNTERSIGN_PUBLIC_URL": "http://" + listen, "COUNTERSIGN_LISTEN": listen, "COUNTERSIGN_ADMIN_LISTEN": "127.0.0.1:0", "COUNTERSIGN_DRAIN_FOR": "0s",
		"COUNTERSIGN_OIDC_ISSUER": web, "COUNTERSIGN_OIDC_CLIENT_ID": "countersign", "COUNTERSIGN_PLATFORM_URL": web,
		"COUNTERSIGN_MAIL": "smtp", "COUNTERSIGN_MAIL_FROM": "no-reply@countersign.example", "COUNTERSIGN_SMTP_ADDRESS": dead,
		"COUNTERSIGN_SMTP_USERNAME": "user", "COUNTERSIGN_SMTP_TLS": "none", "COUNTERSIGN_SENDGRID_URL": web, "TEMPORAL_ADDRESS": dead,
		"OTEL_EXPORTER_OTLP_ENDPOINT": web, "OTEL_BSP_SCHEDULE_DELAY": "50",
	}
	secrets := map[string]string{
		"COUNTERSIGN_DATABASE_URL": facts, "COUNTERSIGN_REDIS_URL": "redis://:" + marker + "@" + redis,
		"COUNTERSIGN_LINK_KEYS": strings.Repeat(marker, 3)[:64], "COUNTERSIGN_ENCRYPTION_KEYS": "2026-01:" + strings.Repeat(marker, 3)[:43] + "=", "COUNTERSIGN_API_TOKENS": "maja@ekstroms.example:" + marker,
		"COUNTERSIGN_OIDC_CLIENT_SECRET": marker, "COUNTERSIGN_SENDGRID_API_KEY": marker, "COUNTERSIGN_SMTP_PASSWORD": marker,
		"COUNTERSIGN_PLATFORM_TOKEN": marker, "TEMPORAL_API_KEY": marker, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=" + marker,
	}
	for name, change := range map[string]map[string]string{
		"whole":                     {},
		"sendgrid":                  {"COUNTERSIGN_MAIL": "sendgrid"},
		"a password that is wrong":  {"COUNTERSIGN_DATABASE_URL": "postgres://u:" + marker + "@" + dead + "/countersign?sslmode=disable"},
		"URLs that nobody can read": {"COUNTERSIGN_DATABASE_URL": "postgres://u@db:" + marker + "/x?password=" + marker, "COUNTERSIGN_REDIS_URL": "redis://" + marker + ":%zz@"},
		"URLs for their drivers":    {"COUNTERSIGN_DATABASE_URL": "postgres://u@db/x?password=" + marker + "&connect_timeout=" + marker, "COUNTERSIGN_REDIS_URL": "redis://:" + marker + "@" + dead + "/0"},
		"values of another kind": {
			"COUNTERSIGN_LINK_KEYS": marker + "!", "COUNTERSIGN_ENCRYPTION_KEYS": marker, "COUNTERSIGN_API_TOKENS": marker, "COUNTERSIGN_DATABASE_URL": marker, "COUNTERSIGN_REDIS_URL": marker,
			"COUNTERSIGN_DRAIN_FOR": marker, "COUNTERSIGN_MAIL_PER_SECOND": marker, "COUNTERSIGN_SMTP_USERNAME": "", "OTEL_EXPORTER_OTLP_HEADERS": marker, "OTEL_EXPORTER_OTLP_ENDPOINT": marker, "TEMPORAL_TLS_CLIENT_KEY_DATA": marker, "TEMPORAL_TLS_CLIENT_CERT_DATA": marker,
		},
	} {
		environment := maps.Clone(base)
		maps.Copy(environment, secrets)
		maps.Copy(environment, change)
		for where, environment := range map[string]map[string]string{
			"environment": environment, "files": inFiles(t, environment, secrets), "a file": inOneFile(t, environment), "a broken file": inBrokenFile(t, environment),
			"paths": inPaths(environment, secrets),
		} {
			t.Run(name+" in "+where, func(t *testing.T) {
				for _, command := range []string{"check", "check --json", "migrate", "seed", "keys rotate", "worker", "api"} {
					printed := process(t, environment, command)
					if strings.Contains(printed, marker) {
						t.Errorf("%s printed %s", command, printed)
					}
					if printed == "" && strings.HasPrefix(command, "check") {
						t.Errorf("%s printed nothing", command)
					}
				}
			})
		}
	}
}

// process is all that a process of its own printed. A role that goes on is
// stopped once it is ready and was asked something.
func process(t *testing.T, environment map[string]string, command string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	c := exec.CommandContext(ctx, os.Args[0], strings.Fields(command)...)
	c.Env = []string{"CLI_TEST_PROCESS=1"}
	for name, value := range environment {
		c.Env = append(c.Env, name+"="+value)
	}
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	if command == "api" {
		go func() {
			defer stop()
			ask(ctx, environment["COUNTERSIGN_PUBLIC_URL"])
		}()
	}
	printed, _ := c.CombinedOutput() // how it ends is not asked here
	return string(printed)
}

// ask calls the api as a program does, once it answers, for as long as an api
// that cannot start has to say so.
func ask(ctx context.Context, base string) {
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/customers", nil)
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Bearer "+marker)
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
			return
		}
	}
}

// inFiles moves every secret into a file of its own.
func inFiles(t *testing.T, environment, secrets map[string]string) map[string]string {
	moved, dir := maps.Clone(environment), t.TempDir()
	for name := range secrets {
		moved[name+"_FILE"] = filepath.Join(dir, name)
		write(t, moved[name+"_FILE"], moved[name]+"\n")
		delete(moved, name)
	}
	return moved
}

// inPaths has every secret where the path of its file should be.
func inPaths(environment, secrets map[string]string) map[string]string {
	moved := maps.Clone(environment)
	for name := range secrets {
		moved[name+"_FILE"] = moved[name]
		delete(moved, name)
	}
	moved["COUNTERSIGN_SMTP_PASSWORD"] = marker // and this one in both places
	return moved
}

func inOneFile(t *testing.T, environment map[string]string) map[string]string {
	return inText(t, environment, "")
}

func inBrokenFile(t *testing.T, environment map[string]string) map[string]string {
	return inText(t, environment, marker+" "+marker+"\n")
}

func inText(t *testing.T, environment map[string]string, text string) map[string]string {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		text += name + "='" + environment[name] + "'\n"
	}
	path := filepath.Join(t.TempDir(), "settings")
	write(t, path, text)
	return map[string]string{"COUNTERSIGN_CONFIG": path, "COUNTERSIGN_PUBLIC_URL": environment["COUNTERSIGN_PUBLIC_URL"]}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
