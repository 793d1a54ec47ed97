package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

func TestAPIKeys_AddListRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	del := http.MethodDelete
	for n, r := range []request{
		{url: "/v1/api-keys", body: `{"name":" ","expires_at":"2026-11-01T00:00:00Z","role":"manager"}`, as: "maja", status: 422,
			content: []string{`"field":"name","code":"required"`, `"field":"scope","code":"required"`, `"field":"expires_at","code":"in_the_past"`, `"field":"role","code":"unknown_field"`}},
		{url: "/v1/api-keys", body: `{"name":"n","scope":"all"}`, as: "maja", status: 422, content: []string{`"field":"scope","code":"invalid_choice"`}},
		{url: "/v1/api-keys", body: `{"name":"Practice system","scope":"write","expires_at":"2027-01-01T00:00:00Z"}`, as: "maja", status: 201,
			content: []string{`"id":"key-1"`, `"secret":"csk_`, `"status":"active"`, `"scope":"write"`, `"created_by":"emp-maja"`, `"expires_at":"2027-01-01T00:00:00Z"`}},
		{url: "/v1/api-keys", as: "maja", status: 200, content: []string{`"name":"Practice system"`}, notContent: []string{"csk_", "secret", "last_used_at", "revoked_at"}},
		{url: "/v1/api-keys", as: "sara", status: 200, content: []string{`"items":[]`}},
		{url: "/v1/api-keys/key-1", method: del, as: "sara", status: 404, content: []string{code("api_key_not_found")}},
		{url: "/v1/api-keys/key-1", method: del, as: "maja", status: 204},
		{url: "/v1/api-keys", as: "maja", status: 200, content: []string{`"status":"revoked"`, `"revoked_at":"2026-11-23T09:30:00Z"`}},
	} {
		r.check(t, r.send(s))
		if t.Failed() {
			t.Fatalf("request %d", n)
		}
	}
	if strings.Contains(w.logged.String(), "csk_") {
		t.Error("the secret is in the log")
	}
}

// A program acts in its own name.
func TestAPIKeys_RequestActivation(t *testing.T) {
	t.Parallel()
	w := newWorld()
	r := request{url: "/v1/activations", as: "write", status: 202, body: `{"customer_id":"c-has","solution_id":"financial-overview","task_id":"t-has","invoice_recipient":"office","agreement_months":12}`}
	r.check(t, r.send(w.server(t)))
	if len(w.started) != 1 || w.started[0].RequestedBy != "key-write" {
		t.Errorf("%+v", w.started)
	}
}

// Each poll of a stream authenticates the key again: a revoked key ends its streams.
func TestAPIKeys_RevokedKeyEndsStreams(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	server := httptest.NewServer(w.server(t))
	defer server.Close()
	lines, _ := follow(t, server, id, "Authorization", "Bearer read-token")
	for range 6 { // two steps
		<-lines
	}
	w.mu.Lock()
	w.left = "read"
	w.mu.Unlock()
	if got := rest(lines); got != "event: end\ndata: {\"state\":\"awaiting_approval\",\"settled\":false}" {
		t.Errorf("got\n%s", got)
	}
}

// A revoked key has a code of its own, and is rate limited like any invalid token.
func TestAPIKeys_RevokedKeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.left = "manage"
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{BadTokens: 1})
		r := request{url: "/v1/customers", as: "manage", status: 401, content: []string{code("token_revoked")}}
		r.check(t, r.send(s))
		r = request{url: "/v1/customers", as: "manage", status: 429}
		r.check(t, r.send(s))
		r = request{url: "/v1/customers", as: "write", status: 200}
		r.check(t, r.send(s))
	})
}
