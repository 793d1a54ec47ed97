package api_test

import (
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
