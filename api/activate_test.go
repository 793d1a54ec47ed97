package api_test

import (
	"encoding/json"
	"errors"
	"testing"

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

// The language of an invitation is the request's, or the office's.
func TestActivate_Language(t *testing.T) {
	t.Parallel()
	chosen := change(goodPlatform, `{`, `{"locale":"sv",`)
	for _, tt := range []struct {
		as, body string
		want     collaboration.Locale
	}{
		{"nils", goodPlatform, collaboration.Swedish},
		{"english", goodPlatform, collaboration.English},
		{"english", chosen, collaboration.Swedish},
	} {
		w := newWorld()
		got := post("/v1/activations", tt.as, tt.body).send(w.server(t))
		if got.Code != 202 || len(w.started) != 1 || w.started[0].Locale != tt.want {
			t.Errorf("%s, %s: %d, %+v, want %s", tt.as, tt.body, got.Code, w.started, tt.want)
		}
	}
	w := newWorld()
	s := w.server(t)
	if got := post("/v1/batches", "english", batchBody).send(s); got.Code != 202 || w.batchRows[0].Request.Locale != collaboration.English {
		t.Errorf("a batch: %d, %+v", got.Code, w.batchRows)
	}
}

func TestActivate_StartsEveryScenario(t *testing.T) {
	t.Parallel()
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
			t.Parallel()
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

func TestActivate_RejectsSecondLiveActivation(t *testing.T) {
	t.Parallel()
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

// Temporal may still close an activation that the store shows as closed.
func TestActivate_WaitsForClosingActivation(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		over := w.with("c-has", collaboration.Declined)
		tries := 0
		w.onStart = func(collaboration.Order) error {
			if tries++; tries < 3 {
				return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: over}
			}
			return nil
		}
		s := w.server(t)
		if got := post("/v1/activations", "nils", goodHas).send(s); got.Code != 202 || tries != 3 {
			t.Errorf("%d after %d tries: %s", got.Code, tries, got.Body)
		}
		w.onStart = func(collaboration.Order) error {
			return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: over}
		}
		if got := post("/v1/activations", "nils", goodHas).send(s); got.Code != 409 {
			t.Errorf("never closes: %d", got.Code)
		}
	})
}

// The compensation of the closing activation may change the form.
func TestActivate_ChecksFormAgainAfterWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld()
	over := w.with("c-has", collaboration.Declined)
	w.onStart = func(collaboration.Order) error {
		c := w.customers["c-has"]
		c.Subscriptions = nil // the compensation ends now
		w.customers["c-has"] = c
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: over}
	}
	w.atOneMoment(t, func(t *testing.T) {
		got := post("/v1/activations", "nils", goodHas).send(w.server(t))
		if got.Code != 422 || !contains(got.Body.String(), wrong("agreement_months", "not_applicable")) {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
}

func TestActivate_KeyIdentifiesOneActivation(t *testing.T) {
	t.Parallel()
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

	// Not stored yet: Temporal reports that this activation exists already.
	w.onStart = func(o collaboration.Order) error {
		return &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: o.Activation}
	}
	if status, again := send(goodNew, "k1"); status != 202 || again != first {
		t.Errorf("before the first write: %d %s, want %s", status, again, first)
	}
	// Stored: the handler does not call Temporal.
	w.onStart = func(collaboration.Order) error { return errors.New("Temporal must not be called") }
	w.records[id] = collaboration.Activation{ID: id, OfficeID: "office-1", Scenario: collaboration.NewCustomer, State: collaboration.AwaitingApproval}
	spaced := change(goodNew, `{"customer_id"`, ` { "customer_id"`)
	if status, again := send(spaced, "k1"); status != 202 || again != first {
		t.Errorf("stored: %d %s, want %s", status, again, first)
	}
	// The activation has given the customer the solution.
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
	// The second request of a double click: the form has changed in between.
	for _, key := range []string{"k2", ""} {
		if status, second := send(goodNew, key); status != 409 || !contains(second, code("activation_exists")) || !contains(second, string(id)) {
			t.Errorf("a second one with key %q: %d %s", key, status, second)
		}
	}
	if len(w.started) != 1 {
		t.Errorf("%d started", len(w.started))
	}
}

func TestActivate_ReportsDownstreamErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what   string
		err    error
		task   string
		status int
		code   string
	}{
		{"Start", &collaboration.Error{Code: collaboration.CodeUnavailable}, "t-has", 503, "unavailable"},
		{"Customer", &collaboration.Error{Code: collaboration.CodeUnavailable}, "t-has", 503, "unavailable"},
		{"TaskOwner", errors.New("unknown error"), "t-new", 500, "internal"}, // the task does not belong to the customer
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

func TestActivate_LooksUpNoOwnerOfCustomersTask(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if got := post("/v1/activations", "nils", goodHas).send(w.server(t)); got.Code != 202 || w.calls["TaskOwner"] > 0 {
		t.Errorf("status %d, %d lookups of the task's owner", got.Code, w.calls["TaskOwner"])
	}
}

// A take-over replaces the customer's approval, so it is for managers.
func TestActivate_TakeOverIsForManagers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	const body = `{"customer_id":"c-has","solution_id":"financial-overview","task_id":"t-has","invoice_recipient":"office","agreement_months":12,"running_since":"2025-05-01"}`
	send := func(token string) int {
		return request{method: "POST", url: "/v1/activations", body: body, headers: map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"}}.send(s).Code
	}
	if got := send("nils-token"); got != 403 || len(w.started) != 0 {
		t.Errorf("an employee got %d, and %d were started", got, len(w.started))
	}
	if got := send("maja-token"); got != 202 || len(w.started) != 1 || w.started[0].RunningSince.String() != "2025-05-01" {
		t.Errorf("a manager got %d: %+v", got, w.started)
	}
}

// A take-over sends no invitation, so it does not count against the recipient's mails.
func TestActivate_TakeOverSendsNoMail(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(c *api.Config) { c.Limits.Mails = 1 }
	s := w.server(t)
	for _, of := range []string{"financial-overview", "digital-invoices", "bookkeeping-invoicing"} {
		body := `{"customer_id":"c-platform","solution_id":"` + of + `","task_id":"t-platform","invoice_recipient":"office","running_since":"2025-05-01"`
		if of == "bookkeeping-invoicing" {
			body += `,"variant":"bookkeeping"`
		}
		got := request{method: "POST", url: "/v1/activations", body: body + "}", headers: map[string]string{"Authorization": "Bearer maja-token", "Content-Type": "application/json"}}.send(s)
		if got.Code != 202 {
			t.Errorf("%s: %d %s", of, got.Code, got.Body)
		}
	}
}
