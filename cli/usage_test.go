package cli_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An invalid call sends no request.
func TestCommands_RejectInvalidCalls(t *testing.T) {
	for line, want := range map[string]string{
		"activate":                               `unknown command "activate"`,
		"customers --nonsense":                   "unknown flag: --nonsense",
		"customers extra":                        "accepts 0 arg(s), received 1",
		"list extra":                             "accepts 0 arg(s), received 1",
		"list --state":                           "flag needs an argument",
		"form c-1":                               "accepts 2 arg(s), received 1",
		"start":                                  "accepts 1 arg(s), received 0",
		"start c-1 --months soon":                "invalid argument",
		"start c-1 --task t-1 --period 2027-13":  "YYYY-MM-DD",
		"start c-1 --task t-1 --period 20270101": "YYYY-MM-DD",
		"status":                                 "accepts 1 arg(s), received 0",
		"decide t0k-en":                          "accepts 2 arg(s), received 1",
		"decide t0k-en maybe":                    "neither approve nor decline",
		"withdraw":                               "accepts 1 arg(s), received 0",
		"resend a b":                             "accepts 1 arg(s), received 2",
		"end":                                    "accepts 1 arg(s), received 0",
		"import":                                 "accepts 1 arg(s), received 0",
		"health":                                 "accepts 1 arg(s), received 0",
		"health ://":                             "missing protocol scheme",
		"api now":                                "accepts 0 arg(s), received 1",
		"worker --json":                          "unknown flag: --json",
		"migrate down":                           "accepts 0 arg(s), received 1",
		"seed":                                   `unknown command "seed"`,
		"keys rotate now":                        "accepts 0 arg(s), received 1",
		"keys digest":                            "accepts 1 arg(s), received 0",
		"check everything":                       `invalid argument "everything"`,
		"release":                                "set COUNTERSIGN_BUILD",
		"release 1.0.0":                          "accepts 0 arg(s), received 1",
		"release --build 1 --unversioned":        "exclude each other",
		"release --build 1 --percent 101":        "from 0 to 100",
		"release --build=":                       "set COUNTERSIGN_BUILD",
		"check api worker":                       "accepts at most 1 arg(s), received 2",
	} {
		t.Run(line, func(t *testing.T) {
			fake := serve(t, nil)
			code, stdout, stderr := run(t, strings.Fields(line)...)
			if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "countersign: ") || !strings.Contains(stderr, want) {
				t.Errorf("exit code %d, printed %q, %q", code, stdout, stderr)
			}
			if len(fake.requests) > 0 {
				t.Errorf("sent %+v", fake.requests)
			}
		})
	}
}

func TestHelp_ListsCommands(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"help"}, {"--help"}} {
		code, stdout, stderr := run(t, args...)
		if code != 0 || stderr != "" {
			t.Errorf("%q: exit code %d, %s", args, code, stderr)
		}
		for name := range strings.FieldsSeq("customers form start status list decide withdraw resend end import api worker migrate keys release check health ops") {
			if !strings.Contains(stdout, "\n  "+name+" ") {
				t.Errorf("%q does not list %s", args, name)
			}
		}
	}
}

func TestImport_FailsWithoutFile(t *testing.T) {
	fake := serve(t, nil)
	code, _, stderr := run(t, "import", "no-such-file.csv")
	if code != 1 || !strings.Contains(stderr, "no-such-file.csv") || len(fake.requests) > 0 {
		t.Errorf("exit code %d, %q, %d requests", code, stderr, len(fake.requests))
	}
}

func TestHealth_ExitsByStatus(t *testing.T) {
	t.Parallel()
	status, requests := http.StatusOK, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { requests++; w.WriteHeader(status) }))
	defer server.Close()
	if code, stdout, stderr := run(t, "health", server.URL+"/readyz"); code != 0 || stdout+stderr != "" {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
	status = http.StatusServiceUnavailable
	if code, _, stderr := run(t, "health", server.URL+"/readyz"); code != 1 || stderr != "countersign: "+server.URL+"/readyz returned 503 Service Unavailable\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if requests != 2 {
		t.Errorf("%d requests", requests)
	}
	server.Close()
	if code, _, stderr := run(t, "health", server.URL); code != 1 || !strings.Contains(stderr, "connect") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}
