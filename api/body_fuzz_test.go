package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// Any body gets 202 or a problem about the request. Only an accepted request starts a
// workflow.
func FuzzActivate(f *testing.F) {
	for _, seed := range []string{goodHas, goodNew, `{}`, `[]`, `null`, `{"period":{"month":""}}`, `{"contact":[1]}`, `{"contact.email":1,"contact":{"email":"a@b.example"}}`,
		`{"a":{"b":1,"b":2}}`, `{"":1}`, `{"period":{"start":{}}}`, strings.Repeat(`[`, 1000), `{"agreement_months":1e400}`, `{"agreement_months":99999999999999999999}`, "\xff", `{"task_id":"\ud800"}`} {
		f.Add(seed)
	}
	w := newWorld()
	s := w.server(f)
	f.Fuzz(func(t *testing.T, body string) {
		if body == "" {
			return
		}
		before := w.calls["Start"]
		got := post("/v1/activations", "nils", body).send(s)
		switch started := w.calls["Start"] > before; got.Code {
		case http.StatusAccepted:
			if !started {
				t.Error("accepted, but not started")
			}
		case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
			if started {
				t.Errorf("rejected with %d, but started", got.Code)
			}
		default:
			t.Errorf("status %d: %s", got.Code, got.Body)
		}
	})
}
