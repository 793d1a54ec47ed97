package api_test

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// No address answers with a format that a spreadsheet opens. There, a name such as
// =HYPERLINK(…) would be a formula. A future export must escape its cells.
func TestInjection_NoSpreadsheets(t *testing.T) {
	t.Parallel()
	var described struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Content map[string]any }
		}
	}
	if err := json.Unmarshal(get("/openapi.json", "").send(newWorld().server(t)).Body.Bytes(), &described); err != nil {
		t.Fatal(err)
	}
	for path, operations := range described.Paths {
		for method, operation := range operations {
			for _, answer := range operation.Responses {
				for kind := range answer.Content {
					if kind != "application/json" && kind != "application/problem+json" && kind != "text/event-stream" && kind != "application/pdf" {
						t.Errorf("%s %s answers with %s", method, path, kind)
					}
				}
			}
		}
	}
	p := newPlace(t)
	for _, r := range p.s.Routes() {
		if r.Method != "GET" || strings.HasSuffix(r.Path, "/live") || strings.HasSuffix(r.Path, "/events") {
			continue
		}
		for _, who := range []string{"maja", "asa", ""} {
			p.renew()
			got := openBrowser(t, p.s, address(who)).send("GET", p.path(r.Method+" "+r.Path), nil)
			kind := got.Header().Get("Content-Type")
			if strings.Contains(kind, "csv") || strings.Contains(kind, "excel") || strings.Contains(kind, "spreadsheet") || got.Header().Get("Content-Disposition") != "" && kind != "application/pdf" {
				t.Errorf("%s answers with %s", r.Path, kind)
			}
		}
	}
}

// Input of offices and customers is escaped on every page that shows it.
func TestInjection_InputIsEscaped(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert(1)</script>"'>{{.}}=cmd|'/c calc'!A0`
	w := newWorld()
	c := w.customers["c-platform"]
	c.Name, c.Tasks[0].Name, c.Administrators[0].Name = evil, evil, evil
	w.customers["c-platform"] = c
	typed := func(r *collaboration.Activation) {
		r.CustomerName, r.OfficeName, r.TaskName, r.InvitedName, r.RequestedByName = evil, evil, evil, evil, evil
		if r.Decision != nil {
			r.Decision.Comment = evil
		}
	}
	pending := string(w.with("c-platform", collaboration.AwaitingApproval, typed))
	declined := string(w.with("c-platform", collaboration.Declined, decision(collaboration.Decline), typed))
	running := string(w.with("c-platform", collaboration.Active, activeWith(true), typed))
	s := w.server(t)
	shown := 0
	for who, paths := range map[string][]string{
		maja.Email: {"/overview", "/customers", "/customers/c-platform", "/customers/c-platform/contacts", "/customers/c-platform/tasks", "/customers/c-platform/collaborations/financial-overview",
			"/requests", "/collaborations", "/activations/" + pending, "/activations/" + declined, "/activations/" + running, "/activations/" + pending + "/change", "/activations/" + running + "/end", "/customers?q=" + "%3Cscript%3Ealert(1)"},
		asa: {"/my/collaborations", "/my/collaborations/" + running, "/my/invitations/" + pending, "/approve/" + pending + ".1", "/approve/" + declined + ".1"},
		"":  {"/approve/" + pending + ".1", "/login/callback?error=%3Cscript%3Ealert(1)", "/nowhere?%3Cscript%3Ealert(1)"},
	} {
		for _, path := range paths {
			page := openBrowser(t, s, who).send("GET", path, nil).Body.String()
			if strings.Contains(page, "<script>alert") {
				t.Errorf("%s for %q contains a script\n%s", path, who, page)
			}
			if strings.Contains(page, "&lt;script&gt;") {
				shown++
			}
		}
	}
	if shown < 12 {
		t.Errorf("only %d pages show the input", shown)
	}
}

// Each request writes exactly one log line, for any input.
func TestInjection_OneLogLinePerRequest(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var log strings.Builder
	w.deps = func(d *api.Config) { d.Log = slog.New(slog.NewJSONHandler(&log, nil)) }
	s := w.server(t)
	const forged = "r-1\n{\"level\":\"ERROR\",\"msg\":\"forged\"}"
	for _, path := range []string{"/v1/customers/a%0a%7b%22msg%22:%22forged%22%7d", "/approve/%0d%0aforged", "/customers?q=%0aforged", "/forged%0a"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Method = "FORGED"
		for _, name := range []string{"X-Request-Id", "User-Agent", "Accept-Language", "Authorization", "Referer", "Idempotency-Key", "X-Forwarded-For"} {
			r.Header[name] = []string{forged}
		}
		got := httptest.NewRecorder()
		s.ServeHTTP(got, r)
		if id := got.Header().Get("X-Request-Id"); strings.ContainsAny(id, "\n{") {
			t.Errorf("the answer repeats %q", id)
		}
	}
	lines := 0
	for scanner := bufio.NewScanner(strings.NewReader(log.String())); scanner.Scan(); lines++ {
		var line struct{ Msg string }
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil || line.Msg != "request" || strings.Contains(scanner.Text(), "forged") {
			t.Errorf("%v: %s", err, scanner.Text())
		}
	}
	if lines != 4 {
		t.Errorf("%d lines of 4 requests", lines)
	}
}
