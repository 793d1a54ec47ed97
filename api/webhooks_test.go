package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

func TestWebhooks_AddEnableReplayRemove(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(d *api.Config) {
		d.CheckWebhook = func(url string) collaboration.Code {
			if strings.Contains(url, "10.0.0.1") {
				return collaboration.CodePrivateAddress
			}
			return ""
		}
	}
	s := w.server(t)
	del := http.MethodDelete
	for n, r := range []request{
		{url: "/v1/webhooks", body: `{"url":"https://example.com/hook"}`, as: "nils", status: 403},
		{url: "/v1/webhooks", body: `{}`, as: "maja", status: 422, content: []string{`"field":"url","code":"required"`}},
		{url: "/v1/webhooks", body: `{"url":"https://10.0.0.1/"}`, as: "maja", status: 422, content: []string{`"field":"url","code":"private_address"`}},
		{url: "/v1/webhooks", body: `{"url":"https://example.com/hook"}`, as: "maja", status: 201, content: []string{`"id":"w-1"`, `"secret":"whsec_secret"`}},
		{url: "/v1/webhooks", as: "maja", status: 200, content: []string{`"url":"https://example.com/hook"`, `"created_by":"emp-maja"`, `"created_at":"2026-11-23T09:30:00Z"`}, notContent: []string{"whsec"}},
		{url: "/v1/webhooks", as: "sara", status: 200, content: []string{`"items":[]`}},
		{url: "/v1/webhooks/w-1/enable", method: http.MethodPost, as: "maja", status: 204},
		{url: "/v1/webhooks/w-1/enable", method: http.MethodPost, as: "sara", status: 404, content: []string{code("webhook_not_found")}},
		{url: "/v1/webhooks/w-1/replay", body: `{}`, as: "maja", status: 422, content: []string{`"field":"since","code":"required"`}},
		{url: "/v1/webhooks/w-1/replay", body: `{"since":"2026-11-01T00:00:00Z"}`, as: "sara", status: 404},
		{url: "/v1/webhooks/w-1/replay", body: `{"since":"2026-11-01T00:00:00Z"}`, as: "nils", status: 403},
		{url: "/v1/webhooks/w-1/replay", body: `{"since":"2026-11-01T00:00:00Z"}`, as: "maja", status: 200, headers: map[string]string{"Idempotency-Key": "k"}, content: []string{`"events":2`, `"next":"2026-11-23T09:30:00Z"`}},
		{url: "/v1/webhooks/w-1/replay", body: `{"since":"2026-11-01T00:00:00Z"}`, as: "maja", status: 200, headers: map[string]string{"Idempotency-Key": "k"}},
		{url: "/v1/webhooks/w-1", method: del, as: "sara", status: 404},
		{url: "/v1/webhooks/w-1", method: del, as: "nils", status: 403},
		{url: "/v1/webhooks/w-1", method: del, as: "maja", status: 204},
		{url: "/v1/webhooks/w-1", method: del, as: "maja", status: 404},
	} {
		r.check(t, r.send(s))
		if t.Failed() {
			t.Fatalf("request %d", n)
		}
	}
	// A retry with the same key is the same replay.
	if len(w.messages) != 4 || w.messages[0] != w.messages[2] || w.messages[0] == w.messages[1] {
		t.Errorf("deliveries %q", w.messages)
	}
	if len(w.replays) != 2 || !strings.HasPrefix(w.replays[0], "w-1 since 2026-11-01 by emp-maja ") || w.replays[0] != w.replays[1] {
		t.Errorf("recorded %q", w.replays)
	}
	if strings.Contains(w.logged.String(), "whsec") {
		t.Error("the secret is in the log")
	}
}
