package api_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

func post(url, as, body string, headers ...string) request {
	r := request{method: "POST", url: url, as: as, body: body, headers: map[string]string{}}
	for i := 0; i+1 < len(headers); i += 2 {
		r.headers[headers[i]] = headers[i+1]
	}
	return r
}

func get(url, as string, headers ...string) request {
	r := post(url, as, "", headers...)
	r.method = "GET"
	return r
}

func idIn(t *testing.T, body []byte) collaboration.ActivationID {
	t.Helper()
	var b struct{ ID collaboration.ActivationID }
	if err := json.Unmarshal(body, &b); err != nil || b.ID == "" {
		t.Fatalf("no id in %s", body)
	}
	return b.ID
}

func TestActivate(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		scenario   collaboration.Scenario
		months     int
	}{
		{"has the solution", goodHas, collaboration.HasSolution, 12},
		{"on the platform", goodPlatform, collaboration.OnPlatform, 12},
		{"new customer", goodNew, collaboration.NewCustomer, 12},
		{"three months", change(goodHas, ":12", ":3"), collaboration.HasSolution, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			got := post("/v1/activations", "nils", tt.body).send(w.server(t))
			if got.Code != 202 || len(w.started) != 1 {
				t.Fatalf("%d, %d started: %s", got.Code, len(w.started), got.Body)
			}
			o := w.started[0]
			if o.Scenario != tt.scenario || o.AgreementMonths != tt.months || o.RequestedBy != nils.ID || o.OfficeID != "office-1" || !o.RequestedAt.Equal(now) {
				t.Errorf("order %+v", o)
			}
			id := idIn(t, got.Body.Bytes())
			if id != o.Activation || got.Header().Get("Location") != "/v1/activations/"+string(id) {
				t.Errorf("answer names %s, Location %s, order %s", id, got.Header().Get("Location"), o.Activation)
			}
		})
	}
}

func TestSecondLiveActivation(t *testing.T) {
	w := newWorld()
	first := w.with("c-has", collaboration.AwaitingApproval)
	w.fail["Start"] = &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: first}
	r := post("/v1/activations", "nils", goodHas)
	r.status, r.content = 409, []string{code("activation_exists"), `"activation":"` + string(first) + `"`}
	r.wantHeaders = map[string]string{"Location": "/v1/activations/" + string(first)}
	r.check(t, r.send(w.server(t)))
	if w.calls["Start"] != 1 {
		t.Errorf("started %d times", w.calls["Start"])
	}
}

// The engine may still be closing the activation that the facts show as over.
func TestStartWaitsForTheOneThatIsClosing(t *testing.T) {
	w := newWorld()
	over := w.with("c-has", collaboration.Declined)
	tries := 0
	w.onStart = func(collaboration.Order) error {
		if tries++; tries < 3 {
			return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: over}
		}
		return nil
	}
	short := w.server(t)
	w.deps = func(d *api.Deps) { d.Closing = 2 * time.Second } // two waits of a tenth are much less, on any machine
	if got := post("/v1/activations", "nils", goodHas).send(w.server(t)); got.Code != 202 || tries != 3 {
		t.Errorf("%d after %d tries: %s", got.Code, tries, got.Body)
	}
	w.onStart = func(collaboration.Order) error {
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: over}
	}
	if got := post("/v1/activations", "nils", goodHas).send(short); got.Code != 409 {
		t.Errorf("never closes: %d", got.Code)
	}
}

// What that one undid belongs to the form: it is judged anew.
func TestTheFormIsJudgedAnewAfterWaiting(t *testing.T) {
	w := newWorld()
	over := w.with("c-has", collaboration.Declined)
	w.onStart = func(collaboration.Order) error {
		c := w.customers["c-has"]
		c.Subscriptions = nil // its undo is done now
		w.customers["c-has"] = c
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: over}
	}
	got := post("/v1/activations", "nils", goodHas).send(w.server(t))
	if got.Code != 422 || !contains(got.Body.String(), wrong("agreement_months", "not_applicable")) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestIdempotency(t *testing.T) {
	w := newWorld()
	s := w.server(t)
	send := func(body, key string) (int, string) {
		got := post("/v1/activations", "nils", body, "Idempotency-Key", key).send(s)
		return got.Code, got.Body.String()
	}
	status, first := send(goodNew, "k1")
	if status != 202 {
		t.Fatal(status, first)
	}
	id := idIn(t, []byte(first))

	// Nothing recorded yet: the engine says that it has this very one.
	w.onStart = func(o collaboration.Order) error {
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: o.Activation}
	}
	if status, again := send(goodNew, "k1"); status != 202 || again != first {
		t.Errorf("before it is recorded: %d %s, want %s", status, again, first)
	}
	// Recorded: the engine is not asked.
	w.onStart = func(collaboration.Order) error { return errors.New("must not be asked") }
	w.records[id] = collaboration.Record{ID: id, OfficeID: "office-1", Scenario: collaboration.NewCustomer, State: collaboration.AwaitingApproval}
	spaced := change(goodNew, `{"customer_id"`, ` { "customer_id"`)
	if status, again := send(spaced, "k1"); status != 202 || again != first {
		t.Errorf("recorded: %d %s, want %s", status, again, first)
	}
	// The activation has made the customer one that has the solution.
	c := w.customers["c-new"]
	c.Subscriptions = []collaboration.Subscription{{SolutionID: solutionID}}
	c.Administrators = []collaboration.Administrator{{ID: "a-9", MainContact: true}}
	w.customers["c-new"], w.live = c, id
	if status, again := send(goodNew, "k1"); status != 202 || again != first {
		t.Errorf("after the form changed: %d %s, want %s", status, again, first)
	}
	if status, other := send(goodHas, "k1"); status != 422 || !contains(other, code("idempotency_key_reused")) {
		t.Errorf("other body: %d %s", status, other)
	}
	// The second click of a double click: the form has changed in between.
	for _, key := range []string{"k2", ""} {
		if status, second := send(goodNew, key); status != 409 || !contains(second, code("activation_exists")) || !contains(second, string(id)) {
			t.Errorf("a second one with key %q: %d %s", key, status, second)
		}
	}
	if len(w.started) != 1 {
		t.Errorf("%d started", len(w.started))
	}
}

func TestDownstreamFails(t *testing.T) {
	for _, tt := range []struct {
		what   string
		err    error
		task   string
		status int
		code   string
	}{
		{"Start", &collaboration.Error{Code: collaboration.CodeUnavailable}, "t-has", 503, "unavailable"},
		{"Customer", &collaboration.Error{Code: collaboration.CodeUnavailable}, "t-has", 503, "unavailable"},
		{"TaskOwner", errors.New("from outside the catalogue"), "t-new", 500, "internal"}, // of a task that the customer has not
	} {
		w := newWorld()
		w.fail[tt.what] = tt.err
		r := post("/v1/activations", "nils", change(goodHas, "t-has", tt.task))
		r.status, r.content, r.notContent = tt.status, []string{code(tt.code)}, []string{"outside"}
		got := r.send(w.server(t))
		r.check(t, got)
		if (got.Header().Get("Retry-After") == "1") != (tt.status == 503) {
			t.Errorf("%s: Retry-After %q", tt.what, got.Header().Get("Retry-After"))
		}
	}
}

func TestWhoseTheCustomersOwnTaskIsIsNotAsked(t *testing.T) {
	w := newWorld()
	if got := post("/v1/activations", "nils", goodHas).send(w.server(t)); got.Code != 202 || w.calls["TaskOwner"] > 0 {
		t.Errorf("%d, and whose the customer's own task is was asked %d times", got.Code, w.calls["TaskOwner"])
	}
}
