package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"countersign/internal/servertest"
)

// surroundings are what every role needs but for the engine, all good.
func surroundings(t *testing.T) {
	t.Helper()
	settings(t)
	if code, _, stderr := run(t, "migrate"); code != 0 {
		t.Fatal(stderr)
	}
	encryptSomething(t)
	people, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { people.Shutdown() })
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/platform/status", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"has_solution": false}`)) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"COUNTERSIGN_REDIS_URL": "redis://" + servertest.Redis(t), "COUNTERSIGN_OIDC_ISSUER": people.Issuer(),
		"COUNTERSIGN_PLATFORM_URL": server.URL + "/platform", "COUNTERSIGN_PUBLIC_URL": server.URL, "TEMPORAL_ADDRESS": freeAddress(t),
	} {
		t.Setenv(name, value)
	}
}

// plain is what a command prints, without what differs from run to run.
func plain(printed string) string {
	printed = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(printed, "HOST")
	return regexp.MustCompile(`\d+\.\d+\.\d+`).ReplaceAllString(printed, "X.Y.Z")
}

func TestCheckPrintsATable(t *testing.T) {
	surroundings(t)
	code, stdout, stderr := run(t, "check")
	want := `database         ok     SQLite X.Y.Z
schema           ok     at version ` + latest(t) + `
clock            ok     as the database's
Redis            ok     version X.Y.Z, takes writes
encryption keys  ok     2026-01 is active; all data keys can be unwrapped
Temporal         WRONG  failed reaching server: connection error: desc = "transport: Error while dialing: dial tcp HOST: connect: connection refused"
                        → start Temporal, or mend TEMPORAL_ADDRESS and the other TEMPORAL_* (API key, TLS)
OpenID provider  ok     is the issuer; keys: 1
mail (inbox)     ok     would take mail
platform         ok     answers
public address   ok     an api is ready there
`
	if code != 1 || plain(stdout) != want || stderr != "countersign: 1 of 10 are wrong\n" {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
}

func latest(t *testing.T) string {
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
		What, Says, Mend string
		OK               bool
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

// Each thing that is wrong is named, with the setting or the command that mends it.
func TestCheckSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ what, role, name, value, says, mend string }{
		{"database", "migrate", "COUNTERSIGN_DATABASE_URL", "postgres://nobody:s3cret@HOST/countersign?sslmode=disable", "connection refused", "COUNTERSIGN_DATABASE_URL"},
		{"clock", "api", "COUNTERSIGN_DATABASE_URL", "BEHIND", "1h0m0s ahead of the database's", "NTP"},
		{"schema", "migrate", "COUNTERSIGN_DATABASE_URL", "POSTGRES", "there is no schema yet", "countersign migrate"},
		{"database", "migrate", "COUNTERSIGN_DATABASE_URL", "sqlite:/no/such/file", "unable to open", "countersign migrate"},
		{"encryption keys", "api", "COUNTERSIGN_ENCRYPTION_KEYS", "2027-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", `needs the master key "2026-01"`, "COUNTERSIGN_ENCRYPTION_KEYS"},
		{"encryption keys", "worker", "COUNTERSIGN_ENCRYPTION_KEYS", "2026-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", `another master key than the one that is called "2026-01" here`, "COUNTERSIGN_ENCRYPTION_KEYS"},
		{"encryption keys", "worker", "COUNTERSIGN_LISTEN", ":8080", "2026-01 is active", ""},
		{"Redis", "api", "COUNTERSIGN_REDIS_URL", "redis://:s3cret@HOST", "connection refused", "COUNTERSIGN_REDIS_URL"},
		{"OpenID provider", "api", "COUNTERSIGN_OIDC_ISSUER", "http://HOST", "connection refused", "COUNTERSIGN_OIDC_ISSUER"},
		{"public address", "api", "COUNTERSIGN_PUBLIC_URL", "SERVER/busy", "no api is ready there: 503", "COUNTERSIGN_PUBLIC_URL"},
		{"public address", "worker", "COUNTERSIGN_PUBLIC_URL", "SERVER/other", "something else is there: 404", "COUNTERSIGN_PUBLIC_URL"},
		{"public address", "api", "COUNTERSIGN_PUBLIC_URL", "http://HOST", "nobody answers there yet", ""},
		{"platform", "worker", "COUNTERSIGN_PLATFORM_URL", "SERVER/other", "status 404", "COUNTERSIGN_PLATFORM_URL"},
		{"mail (smtp)", "worker", "COUNTERSIGN_MAIL", "smtp", "connection refused", "COUNTERSIGN_SMTP_ADDRESS"},
		{"mail (sendgrid)", "worker", "COUNTERSIGN_MAIL", "sendgrid", "answered 401", "COUNTERSIGN_SENDGRID_API_KEY"},
		{"traces", "worker", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://HOST", "connection refused", "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"traces", "api", "OTEL_EXPORTER_OTLP_ENDPOINT", "SERVER", "the collector answers 404 Not Found", "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"mail (inbox)", "worker", "COUNTERSIGN_INBOX_DIR", "/dev/null/inbox", "not a directory", "COUNTERSIGN_INBOX_DIR"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			surroundings(t)
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
			case "BEHIND":
				value = servertest.ClockBehind(t, servertest.Postgres(t))
			}
			for name, value := range map[string]string{
				"COUNTERSIGN_SMTP_ADDRESS": freeAddress(t), "COUNTERSIGN_SENDGRID_API_KEY": "SG.s3cret", "COUNTERSIGN_SENDGRID_URL": server.URL, tt.name: value,
			} {
				t.Setenv(name, value)
			}
			_, answer := checkJSON(t, tt.role)
			for _, f := range answer.Connections {
				if f.What == tt.what {
					if f.OK != (tt.mend == "") || !strings.Contains(f.Says, tt.says) || !strings.Contains(f.Mend, tt.mend) {
						t.Errorf("got %+v", f)
					}
					return
				}
			}
			t.Errorf("%s was not tried: %+v", tt.what, answer.Connections)
		})
	}
}

func TestCheckForPrograms(t *testing.T) {
	surroundings(t)
	if code, answer := checkJSON(t, "migrate"); code != 0 || !answer.OK || len(answer.Settings) != 0 || len(answer.Connections) != 3 {
		t.Errorf("exit code %d, %+v", code, answer)
	}
	if code, answer := checkJSON(t); code != 1 || answer.OK || len(answer.Connections) != 10 {
		t.Errorf("exit code %d, %+v", code, answer)
	}
	os.Unsetenv("COUNTERSIGN_PUBLIC_URL")
	os.Unsetenv("COUNTERSIGN_MAIL")
	if code, answer := checkJSON(t); code != 2 || answer.OK || len(answer.Connections) != 0 ||
		strings.Join(answer.Settings, "; ") != "COUNTERSIGN_MAIL must be sendgrid, smtp or inbox; COUNTERSIGN_PUBLIC_URL is not set" {
		t.Errorf("exit code %d, %+v", code, answer)
	}
	if code, stdout, stderr := run(t, "check"); code != 2 || stdout != "" || !strings.Contains(stderr, "- COUNTERSIGN_PUBLIC_URL is not set") {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
}

// A file of settings is named by a flag as by the environment.
func TestConfigFlag(t *testing.T) {
	unset(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "settings")
	if err := os.WriteFile(file, []byte("COUNTERSIGN_DATABASE_URL=sqlite:"+filepath.Join(dir, "facts.db")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, "migrate"); code != 2 {
		t.Errorf("without: exit code %d, %s", code, stderr)
	}
	for _, command := range []string{"migrate", "seed", "check migrate"} {
		if code, _, stderr := run(t, append(strings.Fields(command), "--config", file)...); code != 0 {
			t.Errorf("%s: exit code %d, %s", command, code, stderr)
		}
	}
	t.Setenv("COUNTERSIGN_CONFIG", file)
	if code, _, stderr := run(t, "check", "migrate"); code != 0 {
		t.Errorf("by the environment: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := run(t, "migrate", "--config", "/no/such/file"); code != 2 || !strings.Contains(stderr, "COUNTERSIGN_CONFIG names a file that cannot be read") {
		t.Errorf("no file: exit code %d, %s", code, stderr)
	}
}
