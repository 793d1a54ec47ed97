package api_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"countersign/collaboration"
)

// The log contains the route, but no path, body, token or link.
func TestLog(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	id := string(w.with("c-platform", collaboration.AwaitingApproval))
	get("/approve/"+id+".1", "").send(s)
	get("/v1/invitations/"+id+".1", "").send(s)
	get("/nothing/"+id, "").send(s)
	other := string(w.with("c-has", collaboration.Active))
	get("/v1/activations/"+other, "nils").send(s)
	post("/v1/activations", "nils", goodNew, "X-Request-Id", "r-7").send(s)
	post("/v1/activations", "nils", goodNew, "X-Request-Id", "bad id\n").send(s)
	w.fail["Start"] = collaboration.Errorf(collaboration.CodeUnavailable, "engine is away")
	post("/v1/activations", "nils", goodNew).send(s)
	log := w.logged.String()
	for _, want := range []string{"route=/approve/:link", "route=/v1/invitations/:link", "route=none", "method=POST route=/v1/activations status=202", "request_id=r-7", `level=ERROR`, "code=unavailable", "engine is away", "duration=", "activation=" + other} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	for _, secret := range []string{id, "nils-token", "linda@", "Linda", "070-123", "bad id"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log\n%s", secret, log)
		}
	}
}

// TestLog_HasActor: each line has the id of the principal. A refused token or login has a
// keyed digest, which is the same for each attempt.
func TestLog_HasActor(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	line := func(send func()) string {
		before := len(w.logged.String())
		send()
		return w.logged.String()[before:]
	}
	credential := regexp.MustCompile(`credential=([0-9a-f]{16})\b`)
	v := as(t, s, asa)
	for want, got := range map[string]string{
		"actor=emp-nils": line(func() { get("/v1/customers", "nils").send(s) }),
		"actor=emp-maja": line(func() { post("/v1/customers/c-has/erase", "maja", "").send(s) }),
		"actor=a-2":      line(func() { v.send("GET", "/my/collaborations", nil) }),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	denied := line(func() { post("/v1/customers/c-has/erase", "nils", "").send(s) })
	if !strings.Contains(denied, "status=403") || !strings.Contains(denied, "actor=emp-nils") {
		t.Errorf("a denied request:\n%s", denied)
	}
	refused := func(token string) string {
		got := line(func() {
			request{method: "GET", url: "/v1/customers", headers: map[string]string{"Authorization": "Bearer " + token}}.send(s)
		})
		found := credential.FindStringSubmatch(got)
		if found == nil || strings.Contains(got, token) || strings.Contains(got, "actor=") {
			t.Fatalf("a refused token:\n%s", got)
		}
		return found[1]
	}
	if first, again, other := refused("forged-one"), refused("forged-one"), refused("forged-two"); first != again || first == other {
		t.Errorf("digests %s, %s and %s", first, again, other)
	}
	w.fail["Finish"] = &collaboration.Error{Code: collaboration.CodeEmailNotVerified}
	stranger := &visitor{h: s}
	stranger.send("GET", "/login", nil)
	login := line(func() { stranger.send("GET", "/login/callback?state=state&code=subject-7", nil) })
	if !credential.MatchString(login) || strings.Contains(login, "subject-7") {
		t.Errorf("a refused login:\n%s", login)
	}
}

// Passed health probes do not fill the log; a failed one is logged.
func TestLog_WithoutPassedProbes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		get(path, "").send(s)
	}
	if log := w.logged.String(); log != "" {
		t.Errorf("logged %s", log)
	}
	s.Drain()
	get("/readyz", "").send(s)
	if log := w.logged.String(); !strings.Contains(log, "route=/readyz status=503") {
		t.Errorf("a failed probe is not logged: %q", log)
	}
}

// A browser gets an error page after a panic, too.
func TestPanic_ShowsErrorPage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	path := "/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval))
	v := as(t, w.server(t), maja.Email)
	w.onLook = func() { panic("linda@har.example") }
	for accept, want := range map[string]string{"text/html,*/*": "<h1>The page cannot be shown", "application/json": `"code":"internal"`} {
		r := httptest.NewRequest("GET", path+"?lang=en", nil)
		r.Header.Set("Accept", accept)
		r.AddCookie(&http.Cookie{Name: "countersign", Value: v.cookies["countersign"]})
		got := httptest.NewRecorder()
		v.h.ServeHTTP(got, r)
		if got.Code != 500 || !strings.Contains(got.Body.String(), want) || strings.Contains(got.Body.String(), "linda@") || got.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %d %v\n%s", accept, got.Code, got.Header(), got.Body)
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.onStart = func(collaboration.Order) error { panic("linda@har.example") }
	r := post("/v1/activations", "nils", goodNew)
	r.status, r.content = 500, []string{code("internal")}
	r.check(t, r.send(w.server(t)))
	if log := w.logged.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "panic: string") || strings.Contains(log, "linda@") {
		t.Errorf("log\n%s", log)
	}
}
