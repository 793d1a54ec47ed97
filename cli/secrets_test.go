package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
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

	"countersign/cli"
	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

// TestMain runs the command line instead of the tests in a process that a test starts.
func TestMain(m *testing.M) {
	if os.Getenv("CLI_TEST_PROCESS") != "" {
		os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// marker is part of every secret.
const marker = "s3cretMARKERs3cretMARKER"

// echo returns the headers and the body of a request.
func echo(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusUnauthorized)
	r.Header.Write(w)
	io.Copy(w, r.Body)
}

// Neither countersign check nor errors nor logs contain a secret.
func TestCommands_PrintNoSecrets(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(server.Close)
	web, dead := server.URL, freeAddress(t)
	redis := servertest.Redis(t)
	base := map[string]string{
		"COUNTERSIGN_PUBLIC_URL": "http://" + dead, "COUNTERSIGN_LISTEN": "127.0.0.1:0", "COUNTERSIGN_ADMIN_LISTEN": "127.0.0.1:0", "COUNTERSIGN_DRAIN_FOR": "0s",
		"COUNTERSIGN_OIDC_ISSUER": web, "COUNTERSIGN_OIDC_CLIENT_ID": "countersign", "COUNTERSIGN_PLATFORM_URL": web,
		"COUNTERSIGN_MAIL": "smtp", "COUNTERSIGN_MAIL_FROM": "no-reply@countersign.example", "COUNTERSIGN_SMTP_ADDRESS": dead,
		"COUNTERSIGN_SMTP_USERNAME": "user", "COUNTERSIGN_SMTP_TLS": "none", "COUNTERSIGN_SENDGRID_URL": web, "TEMPORAL_ADDRESS": dead,
		"OTEL_EXPORTER_OTLP_ENDPOINT": web, "OTEL_BSP_SCHEDULE_DELAY": "50",
	}
	secrets := map[string]string{
		"COUNTERSIGN_REDIS_URL": "redis://:" + marker + "@" + redis,
		"COUNTERSIGN_LINK_KEYS": strings.Repeat(marker, 3)[:64], "COUNTERSIGN_AUDIT_KEYS": strings.Repeat(marker, 3)[:43] + "=", "COUNTERSIGN_ENCRYPTION_KEYS": "2026-01:" + strings.Repeat(marker, 3)[:43] + "=", "COUNTERSIGN_API_TOKENS": "maja@ekstroms.example:" + marker,
		"COUNTERSIGN_OIDC_CLIENT_SECRET": marker, "COUNTERSIGN_SENDGRID_API_KEY": marker, "COUNTERSIGN_SMTP_PASSWORD": marker,
		"COUNTERSIGN_PLATFORM_TOKEN": marker, "TEMPORAL_API_KEY": marker, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=" + marker,
	}
	moves := map[string]func(t *testing.T, environment, secrets map[string]string) map[string]string{
		"environment": inEnvironment, "files": inFiles, "a file": inOneFile, "a broken file": inBrokenFile, "paths": inPaths,
	}
	for name, change := range map[string]map[string]string{
		"complete":                 {},
		"sendgrid":                 {"COUNTERSIGN_MAIL": "sendgrid"},
		"wrong password":           {"COUNTERSIGN_DATABASE_URL": "postgres://u:" + marker + "@" + dead + "/countersign?sslmode=disable", "COUNTERSIGN_MIGRATE_DATABASE_URL": "postgres://o:" + marker + "@" + dead + "/countersign?sslmode=disable"},
		"unparsable URLs":          {"COUNTERSIGN_DATABASE_URL": "postgres://u@db:" + marker + "/x?password=" + marker, "COUNTERSIGN_MIGRATE_DATABASE_URL": "postgres://o@db:" + marker + "/x?password=" + marker, "COUNTERSIGN_REDIS_URL": "redis://" + marker + ":%zz@"},
		"URLs that drivers reject": {"COUNTERSIGN_DATABASE_URL": "postgres://u@db/x?password=" + marker + "&connect_timeout=" + marker, "COUNTERSIGN_MIGRATE_DATABASE_URL": "postgres://o@db/x?password=" + marker + "&connect_timeout=" + marker, "COUNTERSIGN_REDIS_URL": "redis://:" + marker + "@" + dead + "/0"},
		"values of another type": {
			"COUNTERSIGN_LINK_KEYS": marker + "!", "COUNTERSIGN_AUDIT_KEYS": marker + "!", "COUNTERSIGN_AUDIT_PUBLIC_KEYS": marker + "!", "COUNTERSIGN_ENCRYPTION_KEYS": marker, "COUNTERSIGN_API_TOKENS": marker, "COUNTERSIGN_DATABASE_URL": marker, "COUNTERSIGN_MIGRATE_DATABASE_URL": marker, "COUNTERSIGN_REDIS_URL": marker,
			"COUNTERSIGN_DRAIN_FOR": marker, "COUNTERSIGN_MAIL_PER_SECOND": marker, "COUNTERSIGN_SMTP_USERNAME": "", "OTEL_EXPORTER_OTLP_HEADERS": marker, "OTEL_EXPORTER_OTLP_ENDPOINT": marker, "TEMPORAL_TLS_CLIENT_KEY_DATA": marker, "TEMPORAL_TLS_CLIENT_CERT_DATA": marker,
		},
	} {
		for where, move := range moves {
			t.Run(name+" in "+where, func(t *testing.T) {
				t.Parallel()
				secrets := maps.Clone(secrets)
				secrets["COUNTERSIGN_DATABASE_URL"] = "sqlite:" + filepath.Join(t.TempDir(), "countersign.db")
				environment := maps.Clone(base)
				maps.Copy(environment, secrets)
				maps.Copy(environment, change)
				environment = move(t, environment, secrets)
				for _, command := range []string{"check", "check --json", "migrate", "keys rotate", "worker", "api"} {
					printed, served := process(t, environment, command)
					if strings.Contains(printed, marker) {
						t.Errorf("%s printed %s", command, printed)
					}
					if printed == "" && strings.HasPrefix(command, "check") {
						t.Errorf("%s printed nothing", command)
					}
					if starts := name == "complete" && (where == "environment" || where == "files" || where == "a file"); command == "api" && starts && !served {
						t.Errorf("the api did not serve: %s", printed)
					}
				}
			})
		}
	}
}

// process runs a command in a new process and returns its output. An api receives one
// request after it has started, and is then stopped.
func process(t *testing.T, environment map[string]string, command string) (printed string, served bool) {
	t.Helper()
	deadline := eventually.Context(t)
	ctx, stop := context.WithCancel(deadline)
	defer stop()
	c := exec.CommandContext(ctx, os.Args[0], strings.Fields(command)...)
	c.Env = []string{"CLI_TEST_PROCESS=1"}
	for name, value := range environment {
		c.Env = append(c.Env, name+"="+value)
	}
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = eventually.Deadline
	out := &output{serves: func(address string) {
		served = true
		go func() {
			defer stop()
			sendRequest(ctx, "http://"+address)
		}()
	}}
	c.Stdout, c.Stderr = out, out
	_ = c.Run() // only its output matters
	if deadline.Err() != nil {
		t.Errorf("%s did not end: %s", command, out.printed.String())
	}
	return out.printed.String(), served
}

// output collects the output of a process. It calls serves with the address that an api
// logs when it has started.
type output struct {
	printed bytes.Buffer
	serves  func(address string)
	read    int // of printed, in whole lines
}

func (o *output) Write(b []byte) (int, error) {
	o.printed.Write(b)
	for {
		line, _, whole := bytes.Cut(o.printed.Bytes()[o.read:], []byte("\n"))
		if !whole {
			return len(b), nil
		}
		o.read += len(line) + 1
		var logged struct{ Msg, Address string }
		if json.Unmarshal(line, &logged) == nil && logged.Msg == "serving" {
			o.serves(logged.Address)
		}
	}
}

// sendRequest calls the api with a token.
func sendRequest(ctx context.Context, base string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/customers", nil)
	if err != nil {
		return
	}
	r.Header.Set("Authorization", "Bearer "+marker)
	if response, err := http.DefaultClient.Do(r); err == nil {
		response.Body.Close()
	}
}

func inEnvironment(_ *testing.T, environment, _ map[string]string) map[string]string {
	return environment
}

// inFiles moves each secret into a file.
func inFiles(t *testing.T, environment, secrets map[string]string) map[string]string {
	moved, dir := maps.Clone(environment), t.TempDir()
	for name := range secrets {
		moved[name+"_FILE"] = filepath.Join(dir, name)
		write(t, moved[name+"_FILE"], moved[name]+"\n")
		delete(moved, name)
	}
	return moved
}

// inPaths sets each _FILE variable to the secret itself instead of a path.
func inPaths(_ *testing.T, environment, secrets map[string]string) map[string]string {
	moved := maps.Clone(environment)
	for name := range secrets {
		moved[name+"_FILE"] = moved[name]
		delete(moved, name)
	}
	moved["COUNTERSIGN_SMTP_PASSWORD"] = marker // set twice
	return moved
}

func inOneFile(t *testing.T, environment, _ map[string]string) map[string]string {
	return inText(t, environment, "")
}

func inBrokenFile(t *testing.T, environment, _ map[string]string) map[string]string {
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
