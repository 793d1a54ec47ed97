package cli_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"countersign/cli"
)

const (
	invalidBody = `{"type":"urn:countersign:problem:invalid_request","title":"Some of the details need to be corrected.","status":422,"code":"invalid_request",
		"errors":[{"field":"task_id","code":"required","message":"This is required."},{"field":"contact.email","code":"invalid_format","message":"This is not in the right format."}]}`
	rowsBody = `{"type":"urn:countersign:problem:invalid_request","title":"Some of the details need to be corrected.","status":422,"code":"invalid_request",
		"rows":[{"line":2,"field":"name","code":"required","message":"This is required."},{"line":9,"code":"invalid_csv","message":"The file could not be read as CSV."}]}`
	existsBody  = `{"type":"urn:countersign:problem:activation_exists","title":"There already is a live activation.","status":409,"code":"activation_exists","activation":"m4q8-p7r2"}`
	decidedBody = `{"type":"urn:countersign:problem:already_decided","title":"The invitation has already been answered.","status":409,"code":"already_decided","decision":{"outcome":"decline","at":"2026-11-24T08:30:00Z"}}`
	loginBody   = `{"type":"urn:countersign:problem:unauthenticated","title":"Log in first.","status":401,"code":"unauthenticated"}`
	brokenBody  = `{"type":"urn:countersign:problem:internal","title":"Something went wrong on our side.","status":500,"code":"internal","instance":"urn:countersign:request:R4QX"}`
	busyBody    = `{"type":"urn:countersign:problem:unavailable","title":"The service cannot be reached right now.","status":503,"code":"unavailable"}`
	unseenBody  = `{"type":"urn:countersign:problem:outcome_unknown","title":"We have not yet seen it recorded.","status":202,"code":"outcome_unknown"}`
)

var problems = []struct {
	name, args, route string
	status            int
	body, text        string
}{
	{"invalid fields", "start c-1", "POST /v1/activations", 422, invalidBody,
		"countersign: Some of the details need to be corrected. (invalid_request)\n  task_id: This is required. (required)\n  contact.email: This is not in the right format. (invalid_format)\n"},
	{"invalid lines", "import FILE", "POST /v1/customers/import", 422, rowsBody,
		"countersign: Some of the details need to be corrected. (invalid_request)\n  line 2, name: This is required. (required)\n  line 9: The file could not be read as CSV. (invalid_csv)\n"},
	{"existing activation", "start c-1 --task t-1", "POST /v1/activations", 409, existsBody,
		"countersign: There already is a live activation. (activation_exists)\n  see: countersign status m4q8-p7r2\n"},
	{"earlier decision", "decide t0k-en decline --reason price", "POST /v1/invitations/t0k-en/decision", 409, decidedBody,
		"countersign: The invitation has already been answered. (already_decided)\n  answered 2026-11-24 09:30: decline\n"},
	{"invalid token", "customers", "GET /v1/customers", 401, loginBody, "countersign: Log in first. (unauthenticated)\n  set COUNTERSIGN_TOKEN to your token\n"},
	{"form", "form c-1 financial-overview", "GET /v1/customers/c-1/solutions/financial-overview", 500, brokenBody, "countersign: Something went wrong on our side. (internal)\n  reference: urn:countersign:request:R4QX\n"},
	{"list", "list", "GET /v1/activations", 401, loginBody, "countersign: Log in first. (unauthenticated)\n  set COUNTERSIGN_TOKEN to your token\n"},
	{"status", "status a", "GET /v1/activations/a", 401, loginBody, "countersign: Log in first. (unauthenticated)\n  set COUNTERSIGN_TOKEN to your token\n"},
	{"followed status", "status a --follow", "GET /v1/activations/a", 401, loginBody, "countersign: Log in first. (unauthenticated)\n  set COUNTERSIGN_TOKEN to your token\n"},
	{"invitation", "decide t0k-en approve", "GET /v1/invitations/t0k-en", 401, loginBody, "countersign: Log in first. (unauthenticated)\n  set COUNTERSIGN_TOKEN to your token\n"},
	{"unknown outcome", "withdraw a", "POST /v1/activations/a/withdraw", 202, unseenBody, "countersign: We have not yet seen it recorded. (outcome_unknown)\n"},
	{"resend", "resend a", "POST /v1/activations/a/resend", 401, loginBody, "countersign: Log in first. (unauthenticated)\n  set COUNTERSIGN_TOKEN to your token\n"},
	{"unavailable service", "resend a", "POST /v1/activations/a/resend", 503, busyBody, "countersign: The service cannot be reached right now. (unavailable)\n"},
	{"end", "end a", "POST /v1/activations/a/end", 401, loginBody, "countersign: Log in first. (unauthenticated)\n  set COUNTERSIGN_TOKEN to your token\n"},
}

func TestProblems_PrintText(t *testing.T) {
	for _, p := range problems {
		t.Run(p.name, func(t *testing.T) {
			fake := serve(t, map[string][]answer{p.route: {{p.status, p.body}}})
			code, stdout, stderr := run(t, arguments(t, p.args)...)
			if code != 1 || stdout != "" || stderr != p.text {
				t.Errorf("exit code %d, printed %q\ngot\n%s\nwant\n%s", code, stdout, stderr, p.text)
			}
			fake.onlyRequest(t) // no retries
		})
	}
}

func TestProblems_PrintJSON(t *testing.T) {
	for _, p := range problems {
		t.Run(p.name, func(t *testing.T) {
			serve(t, map[string][]answer{p.route: {{p.status, p.body + "\n"}}})
			code, stdout, stderr := run(t, append(arguments(t, p.args), "--json")...)
			if code != 1 || stdout != p.body+"\n" || stderr != p.text {
				t.Errorf("exit code %d, %q\ngot\n%s\nwant\n%s", code, stderr, stdout, p.body)
			}
		})
	}
}

func TestRequest_RejectsForeignResponses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer answer
		want   string
	}{
		{"error of a proxy", answer{502, "<html>"}, "returned 502 Bad Gateway"},
		{"HTML page", answer{200, "<html>"}, "is not this API"},
		{"truncated problem", answer{500, `{"type":"urn:countersign:problem`}, "is not this API"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			serve(t, map[string][]answer{"GET /v1/customers": {tt.answer}})
			code, stdout, stderr := run(t, "customers", "--json")
			if code != 1 || stdout != "" || !strings.Contains(stderr, os.Getenv("COUNTERSIGN_URL")+" ") || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, printed %q, %q", code, stdout, stderr)
			}
		})
	}
}

func TestRequest_ReportsUnreachableURL(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // frees the port
	for _, address := range []string{"http://" + l.Addr().String(), "localhost:8080", "ftp://localhost"} {
		t.Setenv("COUNTERSIGN_URL", address)
		code, stdout, stderr := run(t, "customers", "--json")
		if code != 1 || stdout != "" || !strings.HasPrefix(stderr, "countersign: "+address+" cannot be reached: ") || strings.Contains(stderr, "/v1/") {
			t.Errorf("%s: exit code %d, printed %q, %q", address, code, stdout, stderr)
		}
	}
}

// requestRecorder records requests and fails them.
type requestRecorder struct{ requests []*http.Request }

func (s *requestRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	s.requests = append(s.requests, r)
	return nil, io.ErrUnexpectedEOF
}

func TestRequest_UsesDefaultURL(t *testing.T) {
	unsetSettings(t)
	transport, before := &requestRecorder{}, http.DefaultTransport
	http.DefaultTransport = transport
	t.Cleanup(func() { http.DefaultTransport = before })
	code, _, stderr := run(t, "customers")
	if code != 1 || stderr != "countersign: http://localhost:8080 cannot be reached: unexpected EOF\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if r := transport.requests[0]; r.URL.Host != "localhost:8080" || r.Header["Authorization"] != nil {
		t.Errorf("%s with %q", r.URL, r.Header["Authorization"])
	}
}

func TestRequest_AcceptsURLWithSlash(t *testing.T) {
	fake := serve(t, map[string][]answer{"GET /v1/activations": {{body: listBody}}})
	t.Setenv("COUNTERSIGN_URL", os.Getenv("COUNTERSIGN_URL")+"/")
	if code, _, stderr := run(t, "list"); code != 0 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	fake.onlyRequest(t)
}

func TestRequest_SendsLanguage(t *testing.T) {
	for lang, want := range map[string]string{"sv_SE.UTF-8": "sv", "sv": "sv", "en_GB.UTF-8": "en", "C": "en", "": "en"} {
		fake := serve(t, map[string][]answer{"GET /v1/customers": {{body: customersBody}}})
		t.Setenv("LANG", lang)
		run(t, "customers")
		if got := fake.onlyRequest(t).header.Get("Accept-Language"); got != want {
			t.Errorf("LANG=%s: Accept-Language %q, want %q", lang, got, want)
		}
	}
}

func TestRequest_FailsWhenCancelled(t *testing.T) {
	fake := serve(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := cli.Run(ctx, []string{"withdraw", "a"}, strings.NewReader(""), io.Discard, io.Discard); code != 1 || len(fake.requests) != 0 {
		t.Errorf("exit code %d, %d requests", code, len(fake.requests))
	}
}
