package api_test

import (
	"slices"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// A customer's retry with the same key is one command. The key belongs to the customer:
// the office may use the same one.
func TestCollaboration_KeyIdentifiesOneCommand(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, activeWith(true))
	s := w.server(t)
	end := func(path, as, body string, status int, content ...string) {
		t.Helper()
		r := post(path+"/end", as, body, "Idempotency-Key", "k")
		r.status, r.content = status, content
		r.check(t, r.send(s))
	}
	mine, office := "/v1/collaborations/"+string(id), "/v1/activations/"+string(id)
	end(mine, "asa", `{"when":"end_of_term"}`, 200)
	end(mine, "asa", ` {"when":"end_of_term"}`, 200)
	end(mine, "asa", `{"when":"now"}`, 422, code("idempotency_key_reused"))
	end(office, "maja", `{"when":"end_of_term"}`, 200)
	r := post(mine+"/revoke-notice", "asa", "", "Idempotency-Key", "k")
	r.status, r.content = 422, []string{code("idempotency_key_reused")}
	r.check(t, r.send(s))
	ids := w.messageIDs()
	if len(ids) != 3 || ids[0] != ids[1] || ids[0] == ids[2] {
		t.Errorf("command IDs %q", ids)
	}
	if by := w.messages[2].(message.Command).By; by != maja.ID {
		t.Errorf("the office's command is by %q", by)
	}
}

func TestReplay_KeyIdentifiesOneReplay(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.webhooks = []collaboration.Webhook{{ID: "w-1", OfficeID: "office-1"}, {ID: "w-2", OfficeID: "office-1"}}
	s := w.server(t)
	const since = `{"since":"2026-11-01T00:00:00Z"}`
	for _, tt := range []struct {
		webhook, body string
		status        int
		content       string
	}{
		{"w-1", since, 200, `"events":2`},
		{"w-1", `{"since":"2026-11-02T00:00:00Z"}`, 422, code("idempotency_key_reused")},
		{"w-2", since, 422, code("idempotency_key_reused")},
	} {
		r := post("/v1/webhooks/"+tt.webhook+"/replay", "maja", tt.body, "Idempotency-Key", "k")
		r.status, r.content = tt.status, []string{tt.content}
		r.check(t, r.send(s))
	}
	if len(w.messages) != 2 {
		t.Errorf("deliveries %q", w.messages)
	}
}

// TestIdempotencyKey_OfEveryPost: the description asks for a key with every POST, so every
// POST has the header and rejects a reused key.
func TestIdempotencyKey_OfEveryPost(t *testing.T) {
	t.Parallel()
	description := describe(t)
	for path, item := range description.Paths {
		op, ok := item["post"]
		if !ok {
			continue
		}
		n := 0
		for _, p := range op.Parameters {
			if p.Name == "Idempotency-Key" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("POST %s has the header Idempotency-Key %d times", path, n)
		}
		if !slices.Contains(op.Codes, collaboration.CodeIdempotencyKeyReused) {
			t.Errorf("POST %s does not describe %s", path, collaboration.CodeIdempotencyKeyReused)
		}
	}
}

// TestIdempotencyKey_StoredResponse: a repeat has no effect and gets the first response,
// with its secret. Another body, another person and another route get 422.
func TestIdempotencyKey_StoredResponse(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	add := func(as, url, body string) (int, string) {
		got := post(url, as, body, "Idempotency-Key", "k").send(s)
		return got.Code, got.Body.String()
	}
	const webhook = `{"url":"https://example.com/"}`
	if status, _ := add("maja", "/v1/webhooks", `{"url":""}`); status != 422 {
		t.Fatalf("status %d for an invalid body", status)
	}
	status, first := add("maja", "/v1/webhooks", webhook)
	if status != 201 || !contains(first, `"secret":"`) {
		t.Fatalf("%d %s", status, first)
	}
	if status, again := add("maja", "/v1/webhooks", webhook); status != 201 || again != first {
		t.Errorf("the repeat got %d %s, want %s", status, again, first)
	}
	for _, other := range [][3]string{
		{"maja", "/v1/webhooks", `{"url":"https://example.com/other"}`},
		{"maja", "/v1/employees", webhook},
	} {
		if status, got := add(other[0], other[1], other[2]); status != 422 || !contains(got, code("idempotency_key_reused")) {
			t.Errorf("%s: %d %s", other, status, got)
		}
	}
	if n := w.calls["AddWebhook"]; n != 1 {
		t.Errorf("%d webhooks were added", n)
	}
}

// TestIdempotencyKey_OfAnswers: the key of an answer belongs to the customer.
func TestIdempotencyKey_OfAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	answer := func(route, key, body string, status int, content ...string) {
		t.Helper()
		r := post("/v1/invitations/"+string(id)+".1/"+route, "asa", body, "Idempotency-Key", key)
		r.status, r.content = status, content
		r.check(t, r.send(s))
	}
	answer("hand-on", "h", `{"name":"Per Öberg","email":"per@kund.example","phone":"070-123 45 67"}`, 200)
	answer("hand-on", "h", `{"name":"Per Öberg","email":"per@kund.example","phone":"070-123 45 67"}`, 200)
	answer("hand-on", "h", `{"name":"Ulla Öberg","email":"ulla@kund.example","phone":"070-123 45 67"}`, 422, code("idempotency_key_reused"))
	decide := func(body string, status int, content ...string) {
		t.Helper()
		answer("decision", "k", body, status, content...)
	}
	decide(`{"outcome":"decline","reason":"other"}`, 200)
	decide(`{"outcome":"decline","reason":"other"}`, 200)
	decide(`{"outcome":"decline","reason":"price"}`, 422, code("idempotency_key_reused"))
}
