package api_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"

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

// TestIdempotencyKey_OfAnotherPerson: the stored response is for its person alone.
func TestIdempotencyKey_OfAnotherPerson(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	const customer = `{"organisation_number":"5592201007","name":"Ny AB"}`
	for _, tt := range []struct {
		as     string
		status int
	}{{"nils", 201}, {"nils", 201}, {"maja", 422}} {
		if got := post("/v1/customers", tt.as, customer, "Idempotency-Key", "k").send(s); got.Code != tt.status {
			t.Errorf("%s: %d %s", tt.as, got.Code, got.Body)
		}
	}
	if n := w.calls["AddCustomer"]; n != 1 {
		t.Errorf("%d customers were added", n)
	}
}

// TestIdempotencyKey_OfRunningRequest: a repeat waits for the response of the first
// request, and runs nothing. The first caller may have gone.
func TestIdempotencyKey_OfRunningRequest(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.server(t)
		send := func(ctx context.Context) *httptest.ResponseRecorder {
			return request{method: "POST", url: "/v1/customers/import", as: "nils", headers: map[string]string{"Content-Type": "text/csv", "Idempotency-Key": "k"},
				body: "organisation_number,name\n5566778899,Kund\n"}.sendWithin(ctx, s)
		}
		caller, callerLeaves := context.WithCancel(t.Context())
		leave, responses := make(chan struct{}), make(chan *httptest.ResponseRecorder, 2)
		w.onImport = func() { <-leave }
		go func() { responses <- send(caller) }()
		synctest.Wait()
		if got := send(t.Context()); got.Code != 503 {
			t.Errorf("a repeat that waits in vain: %d %s", got.Code, got.Body)
		}
		go func() { responses <- send(t.Context()) }()
		synctest.Wait()
		callerLeaves()
		close(leave)
		if first, repeat := <-responses, <-responses; first.Code != 200 || repeat.Code != 200 || first.Body.String() != repeat.Body.String() {
			t.Errorf("%d %s, the other %d %s", first.Code, first.Body, repeat.Code, repeat.Body)
		}
		if len(w.imports) != 1 {
			t.Errorf("%d imports", len(w.imports))
		}
	})
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
