package cli_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/oauth2-proxy/mockoidc"

	"countersign/internal/servertest"
	"countersign/internal/store/storetest"
)

// startServers starts everything that the roles need, except Temporal.
func startServers(t *testing.T) {
	t.Helper()
	settings(t)
	if code, _, stderr := run(t, "migrate"); code != 0 {
		t.Fatal(stderr)
	}
	createDataKey(t)
	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { provider.Shutdown() })
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/platform/status", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"has_solution": false}`)) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"COUNTERSIGN_REDIS_URL": servertest.RedisDatabase(t), "COUNTERSIGN_OIDC_ISSUER": provider.Issuer(),
		"COUNTERSIGN_PLATFORM_URL": server.URL + "/platform", "COUNTERSIGN_PUBLIC_URL": server.URL, "COUNTERSIGN_SMTP_ADDRESS": startMailServer(t), "TEMPORAL_ADDRESS": freeAddress(t),
	} {
		t.Setenv(name, value)
	}
}

// startMailServer returns the address of an SMTP server that accepts every sender and
// recipient, which is all that a check needs.
func startMailServer(t *testing.T) string {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return acceptingSession{}, nil }))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

type acceptingSession struct{ smtp.Session }

func (acceptingSession) Reset()                               {}
func (acceptingSession) Logout() error                        { return nil }
func (acceptingSession) Mail(string, *smtp.MailOptions) error { return nil }
func (acceptingSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

// normalize replaces addresses and versions, which differ between runs.
func normalize(printed string) string {
	printed = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(printed, "HOST")
	return regexp.MustCompile(`\d+\.\d+\.\d+`).ReplaceAllString(printed, "X.Y.Z")
}

func TestCheck_PrintsTable(t *testing.T) {
	startServers(t)
	code, stdout, stderr := run(t, "check")
	want := `database         ok      SQLite X.Y.Z
database writes  ok      stored and rolled back
schema           ok      version ` + latestMigration(t) + `
clock            ok      in sync with the database
offices          ok      no office yet; add one: countersign office add NAME --manager EMAIL
Redis            ok      version X.Y.Z, writable
encryption keys  ok      2026-01 is active; all data keys can be unwrapped
Temporal         FAILED  failed reaching server: connection error: desc = "transport: Error while dialing: dial tcp HOST: connect: connection refused"
                         → start Temporal or correct TEMPORAL_ADDRESS and the other TEMPORAL_* (API key, TLS)
OpenID provider  ok      issuer matches; keys: 1
mail (smtp)      ok      accepts mail
platform         ok      reachable
public URL       ok      an api is ready
`
	if code != 1 || normalize(stdout) != want || stderr != "countersign: 1 of 12 checks failed\n" {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
}

func latestMigration(t *testing.T) string {
	t.Helper()
	all, err := filepath.Glob("../internal/store/migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimLeft(filepath.Base(all[len(all)-1])[:5], "0")
}

type checkAnswer struct {
	OK          bool
	Settings    []string
	Connections []struct {
		Name, Detail, Fix string
		OK                bool
	}
}

func checkJSON(t *testing.T, args ...string) (code int, answer checkAnswer) {
	t.Helper()
	code, stdout, stderr := run(t, append([]string{"check", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || (code == 0) != (stderr == "") {
		t.Fatalf("exit code %d, %s%s: %v", code, stdout, stderr, err)
	}
	return code, answer
}

// Each failed check names the setting or command that fixes it.
func TestCheck_PrintsFixes(t *testing.T) {
	startServers(t) // a check does not change them
	for _, tt := range []struct{ check, role, name, value, detail, fix string }{
		{"database", "migrate", "COUNTERSIGN_DATABASE_URL", "postgres://user:s3cret@HOST/countersign?sslmode=disable", "connection refused", "COUNTERSIGN_DATABASE_URL"},
		{"clock", "api", "COUNTERSIGN_DATABASE_URL", "BEHIND", "1h0m0s ahead of the database", "NTP"},
		{"database of the migration", "migrate", "COUNTERSIGN_DATABASE_URL", "POSTGRES", "connection refused", "COUNTERSIGN_MIGRATE_DATABASE_URL"},
		{"database role", "api", "COUNTERSIGN_DATABASE_URL", "MIGRATED", "can add to the audit, and not change it", ""},
		{"database role", "api", "COUNTERSIGN_DATABASE_URL", "OWNER", "owns tables", "countersign migrate"},
		{"schema", "migrate", "COUNTERSIGN_DATABASE_URL", "POSTGRES", "there is no schema yet", "countersign migrate"},
		{"database", "migrate", "COUNTERSIGN_DATABASE_URL", "sqlite:/no/such/file", "unable to open", "countersign migrate"},
		{"encryption keys", "api", "COUNTERSIGN_ENCRYPTION_KEYS", "2027-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", `needs the master key "2026-01"`, "COUNTERSIGN_ENCRYPTION_KEYS"},
		{"encryption keys", "worker", "COUNTERSIGN_ENCRYPTION_KEYS", "2026-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", `does not unwrap with the configured master key "2026-01"`, "COUNTERSIGN_ENCRYPTION_KEYS"},
		{"encryption keys", "worker", "COUNTERSIGN_LISTEN", ":8080", "2026-01 is active", ""},
		{"Redis", "api", "COUNTERSIGN_REDIS_URL", "redis://:s3cret@HOST", "connection refused", "COUNTERSIGN_REDIS_URL"},
		{"OpenID provider", "api", "COUNTERSIGN_OIDC_ISSUER", "http://HOST", "connection refused", "COUNTERSIGN_OIDC_ISSUER"},
		{"public URL", "api", "COUNTERSIGN_PUBLIC_URL", "SERVER/busy", "no api is ready: 503", "COUNTERSIGN_PUBLIC_URL"},
		{"public URL", "worker", "COUNTERSIGN_PUBLIC_URL", "SERVER/other", "another server responds: 404", "COUNTERSIGN_PUBLIC_URL"},
		{"public URL", "api", "COUNTERSIGN_PUBLIC_URL", "http://HOST", "no server listens there yet", ""},
		{"platform", "worker", "COUNTERSIGN_PLATFORM_URL", "SERVER/other", "status 404", "COUNTERSIGN_PLATFORM_URL"},
		{"mail (smtp)", "worker", "COUNTERSIGN_MAIL", "smtp", "connection refused", "COUNTERSIGN_SMTP_ADDRESS"},
		{"mail (sendgrid)", "worker", "COUNTERSIGN_MAIL", "sendgrid", "SendGrid returned status 401", "COUNTERSIGN_SENDGRID_API_KEY"},
		{"traces", "worker", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://HOST", "connection refused", "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"traces", "api", "OTEL_EXPORTER_OTLP_ENDPOINT", "SERVER", "the collector returned 404 Not Found", "OTEL_EXPORTER_OTLP_ENDPOINT"},
	} {
		t.Run(tt.check, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasPrefix(r.URL.Path, "/busy"):
					w.WriteHeader(http.StatusServiceUnavailable)
				case r.URL.Path == "/v3/scopes":
					w.WriteHeader(http.StatusUnauthorized)
				default:
					w.WriteHeader(http.StatusNotFound)
				}
			}))
			defer server.Close()
			value := strings.NewReplacer("SERVER", server.URL, "HOST", freeAddress(t)).Replace(tt.value)
			switch value {
			case "POSTGRES":
				value = servertest.Postgres(t)
			case "MIGRATED", "OWNER":
				value = servertest.PostgresFrom(t, "seeded", func(url string) error { return storetest.Create(context.Background(), url) })
				if tt.value == "OWNER" {
					value = servertest.As(value, servertest.Owner)
				}
			case "BEHIND":
				value = servertest.ClockBehind(t, servertest.Postgres(t))
			}
			for name, value := range map[string]string{
				"COUNTERSIGN_MIGRATE_DATABASE_URL": "postgres://owner:s3cret@" + freeAddress(t) + "/countersign", "COUNTERSIGN_SMTP_ADDRESS": freeAddress(t), "COUNTERSIGN_SENDGRID_API_KEY": "SG.s3cret", "COUNTERSIGN_SENDGRID_URL": server.URL, tt.name: value,
			} {
				t.Setenv(name, value)
			}
			_, answer := checkJSON(t, tt.role)
			for _, f := range answer.Connections {
				if f.Name == tt.check {
					if f.OK != (tt.fix == "") || !strings.Contains(f.Detail, tt.detail) || !strings.Contains(f.Fix, tt.fix) {
						t.Errorf("got %+v", f)
					}
					return
				}
			}
			t.Errorf("%s was not checked: %+v", tt.check, answer.Connections)
		})
	}
}

func TestCheck_PrintsJSON(t *testing.T) {
	startServers(t)
	if code, answer := checkJSON(t, "migrate"); code != 0 || !answer.OK || len(answer.Settings) != 0 || len(answer.Connections) != 5 {
		t.Errorf("exit code %d, %+v", code, answer)
	}
	if code, answer := checkJSON(t); code != 1 || answer.OK || len(answer.Connections) != 12 {
		t.Errorf("exit code %d, %+v", code, answer)
	}
	os.Unsetenv("COUNTERSIGN_PUBLIC_URL")
	os.Unsetenv("COUNTERSIGN_MAIL")
	if code, answer := checkJSON(t); code != 2 || answer.OK || len(answer.Connections) != 0 ||
		strings.Join(answer.Settings, "; ") != "COUNTERSIGN_MAIL must be one of sendgrid, smtp; COUNTERSIGN_PUBLIC_URL is not set" {
		t.Errorf("exit code %d, %+v", code, answer)
	}
	if code, stdout, stderr := run(t, "check"); code != 2 || stdout != "" || !strings.Contains(stderr, "- COUNTERSIGN_PUBLIC_URL is not set") {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
}

func TestConfig_FromFlagOrEnvironment(t *testing.T) {
	unsetSettings(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "settings")
	if err := os.WriteFile(file, []byte("COUNTERSIGN_DATABASE_URL=sqlite:"+filepath.Join(dir, "countersign.db")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, "migrate"); code != 2 {
		t.Errorf("without: exit code %d, %s", code, stderr)
	}
	for _, command := range []string{"migrate", "check migrate"} {
		if code, _, stderr := run(t, append(strings.Fields(command), "--config", file)...); code != 0 {
			t.Errorf("%s: exit code %d, %s", command, code, stderr)
		}
	}
	t.Setenv("COUNTERSIGN_CONFIG", file)
	if code, _, stderr := run(t, "check", "migrate"); code != 0 {
		t.Errorf("by the environment: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := run(t, "migrate", "--config", "/no/such/file"); code != 2 || !strings.Contains(stderr, "COUNTERSIGN_CONFIG refers to a file that cannot be read") {
		t.Errorf("no file: exit code %d, %s", code, stderr)
	}
}
