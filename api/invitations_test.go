package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func TestInvitation_ReadsAndDecides(t *testing.T) {
	t.Parallel()
	hash := offerHash("c-platform", "en")
	approval := fmt.Sprintf(`{"outcome":"approve","accept_terms":true,"offer_hash":%q}`, hash)
	for _, tt := range []struct {
		name, link, body string
		as               string // asa if empty
		changes          []func(*collaboration.Activation)
		fail             error
		status           int
		content          []string
		decided          int
	}{
		{name: "read", link: ".1", status: 200, content: []string{`"status":"open"`, `"office_name":"Ekströms Redovisning"`, hash, `"starts_on":"2026-11-23"`, `"organisation_number":"559000-0004"`}},
		{name: "read a decided one", link: ".1", changes: []func(*collaboration.Activation){state(collaboration.Active), decision(collaboration.Approve)}, status: 200, content: []string{`"status":"decided"`, `"ends_on":"2027-11-23"`}},
		{name: "read a late one", link: ".1.late", status: 410, content: []string{code("link_expired")}},
		{name: "read an old one", link: ".0", status: 410, content: []string{code("link_replaced")}},
		{name: "read a forged one", link: "", status: 404, content: []string{code("link_invalid")}},
		{name: "read another's", link: ".1", as: "ake", status: 403, content: []string{code("forbidden")}},
		{name: "read another's old one", link: ".0", as: "ake", status: 403, content: []string{code("forbidden")}},
		{name: "read as an employee", link: ".1", as: "maja", status: 403, content: []string{code("separation_of_duties")}},
		{name: "read as nobody", link: ".1", as: "eve", status: 401, content: []string{code("unauthenticated")}},
		{name: "answer another's", link: ".1", as: "ake", body: approval, status: 403, content: []string{code("forbidden")}},
		{name: "answer as an employee", link: ".1", as: "maja", body: approval, status: 403, content: []string{code("separation_of_duties")}},
		{name: "approve", link: ".1", body: approval, status: 200, content: []string{`"state":"awaiting_approval"`}, decided: 1},
		{name: "decline", link: ".1", body: `{"outcome":"decline","reason":"price","comment":"Nej tack"}`, status: 200, decided: 1},
		{name: "terms not accepted", link: ".1", body: change(approval, "true", "false"), status: 422, content: []string{wrong("accept_terms", "terms_not_accepted")}},
		{name: "terms not named", link: ".1", body: `{"outcome":"approve","accept_terms":true}`, status: 422, content: []string{wrong("offer_hash", "required")}},
		{name: "other terms", link: ".1", body: change(approval, hash, "0"), status: 409, content: []string{code("terms_changed")}},
		{name: "terms of the other language", link: ".1", body: change(approval, `}`, `,"locale":"sv"}`), status: 409, content: []string{code("terms_changed")}},
		{name: "neither", link: ".1", body: `{"outcome":"perhaps","colour":1}`, status: 422, content: []string{wrong("outcome", "invalid_choice"), wrong("colour", "unknown_field")}},
		{name: "no reason", link: ".1", body: `{"outcome":"decline"}`, status: 422, content: []string{wrong("reason", "required")}},
		{name: "late", link: ".1.late", body: approval, status: 410, content: []string{code("link_expired")}},
		{name: "old", link: ".0", body: approval, status: 410, content: []string{code("link_replaced")}},
		{name: "forged", link: "", body: approval, status: 404, content: []string{code("link_invalid")}},
		{name: "withdrawn", link: ".1", body: approval, changes: []func(*collaboration.Activation){state(collaboration.Withdrawn)}, status: 409, content: []string{code("not_pending")}},
		{name: "second", link: ".1", body: approval, changes: []func(*collaboration.Activation){state(collaboration.Declined), decision(collaboration.Decline)}, fail: &collaboration.Error{Code: collaboration.CodeActivationNotFound},
			status: 409, content: []string{code("already_decided"), `"outcome":"decline","at":"2026-11-23T08:30:00Z"`}, decided: 1},
		{name: "lost by Temporal", link: ".1", body: approval, fail: &collaboration.Error{Code: collaboration.CodeActivationNotFound}, status: 503, content: []string{code("unavailable")}, decided: 1},
		{name: "outcome unknown", link: ".1", body: approval, fail: &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}, status: 202, content: []string{code("outcome_unknown")}, decided: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.fail["decide"], w.status.State = tt.fail, collaboration.AwaitingApproval
			url := "/v1/invitations/" + string(w.with("c-platform", collaboration.AwaitingApproval, tt.changes...)) + tt.link
			if tt.link == "" {
				url = "/v1/invitations/forged"
			}
			if tt.as == "" {
				tt.as = "asa"
			}
			r := get(url, tt.as)
			if tt.body != "" {
				r = post(url+"/decision", tt.as, tt.body)
			}
			r.status, r.content = tt.status, tt.content
			r.check(t, r.send(w.server(t)))
			if w.changes() != tt.decided {
				t.Errorf("calls %v", w.calls)
			}
		})
	}
}

// A retry of a decision gets the same answer, also after the workflow has closed.
func TestDecide_RetryGetsSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.status.State = collaboration.AwaitingApproval
	s := w.server(t)
	send := func() int {
		return post("/v1/invitations/"+string(id)+".1/decision", "asa", `{"outcome":"decline","reason":"price"}`).send(s).Code
	}
	if first, second := send(), send(); first != 200 || second != 200 || w.decisions[0].ID != w.decisions[1].ID {
		t.Fatalf("%d, %d, %+v", first, second, w.decisions)
	}
	r := w.records[id]
	r.State, r.Decision = collaboration.Declined, &w.decisions[0]
	w.records[id] = r
	w.fail["decide"] = &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	if status := send(); status != 200 {
		t.Errorf("after the workflow has closed: %d", status)
	}
	// The compensation has removed the temporary administrator.
	c := w.customers["c-platform"]
	c.Administrators = nil
	w.customers["c-platform"] = c
	if status := send(); status != 200 {
		t.Errorf("after the administrator is removed: %d", status)
	}
	other := post("/v1/invitations/"+string(id)+".1/decision", "asa", `{"outcome":"decline","reason":"other"}`)
	other.status, other.content = 409, []string{code("already_decided"), `"reason":"price"`}
	other.check(t, other.send(s))
	other.as, other.status, other.content = "ake", 403, []string{code("forbidden")}
	other.check(t, other.send(s))
	if w.calls["decide"] != 3 {
		t.Errorf("calls %v", w.calls)
	}
}

// The compensation removes the administrator before the decline is stored, and the workflow
// returns no status, or only the state. The invitee must retry; any other person is
// rejected.
func TestDecide_WhileDeclineIsCompensated(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-idle", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.InvitedEmail = "Asa@oberg.example" })
	s, url := w.server(t), "/v1/invitations/"+string(id)+".1"
	want := func(r request, status int, content string) {
		t.Helper()
		r.status, r.content = status, []string{content}
		r.check(t, r.send(s))
	}
	decline := post(url+"/decision", "asa", `{"outcome":"decline","reason":"price"}`)
	w.statuses[id] = message.Status{State: collaboration.AwaitingApproval}
	want(get(url, "asa"), 403, code("forbidden"))
	w.events[id] = append(w.events[id], collaboration.Event{Sequence: 9, Action: collaboration.ActionAdministratorRemoved})
	for _, unavailable := range []error{nil, &collaboration.Error{Code: collaboration.CodeUnavailable}} {
		w.fail["Status"] = unavailable
		want(get(url, "ake"), 403, code("forbidden"))
		want(get(url, "asa"), 503, code("unavailable"))
		want(decline, 503, code("unavailable"))
	}
	delete(w.fail, "Status")
	w.statuses[id] = message.Status{State: collaboration.Declined}
	want(decline, 503, code("unavailable"))
	w.statuses[id] = message.Status{State: collaboration.AwaitingApproval, Decision: &collaboration.Decision{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}}
	want(get(url, "asa"), 200, `"status":"decided"`)

	// The decline is stored during the query, which returns only the state.
	w.statuses[id] = message.Status{State: collaboration.Declined}
	w.onAsk = func() {
		r := w.records[id]
		r.State, r.Decision = collaboration.Declined, &collaboration.Decision{ID: "first", Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
		w.records[id] = r
	}
	want(decline, 409, code("already_decided"))
}

// The invitation closes between the read and the command: by this decision after a lost
// response, or by another decision.
func TestDecide_InvitationClosedInBetween(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first  string // "" for the same decision
		status int
	}{"by this answer": {"", 200}, "by another": {"first", 409}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", collaboration.AwaitingApproval)
			r := post("/v1/invitations/"+string(id)+".1/decision", "asa", `{"outcome":"decline","reason":"price"}`)
			s := w.server(t)
			r.send(s) // its answer is lost
			delete(w.statuses, id)
			w.onMessage = func() {
				w.becomes(id, state(collaboration.Declined), func(r *collaboration.Activation) {
					d := w.decisions[0]
					if tt.first != "" {
						d.ID = tt.first
					}
					r.Decision = &d
				})
			}
			w.fail["decide"] = over()
			r.status, r.content = tt.status, []string{`"decline"`}
			if tt.status == 200 {
				r.content = []string{`"state":"declined"`}
			}
			r.check(t, r.send(s))
		})
	}
}

// The decision is by the administrator who sends it, not by the invitee. It needs no lookup
// of the customer.
func TestDecide_RecordsSender(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fail["Customer"] = &collaboration.Error{Code: collaboration.CodeUnavailable}
	id := w.with("c-platform", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.InvitedEmail = "olle@oberg.example" })
	r := post("/v1/invitations/"+string(id)+".1/decision", "asa", `{"outcome":"decline","reason":"price"}`)
	r.status = 200
	r.check(t, r.send(w.server(t)))
	if len(w.decisions) != 1 || w.decisions[0].By != "a-2" {
		t.Errorf("decisions %+v", w.decisions)
	}
}

// The workflow checks a decision itself. It is queried first only if the stored invitation,
// which may be stale, is not open.
func TestDecide_QueriesWorkflowOnlyIfNotOpen(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	want := func(generation string, asked int) {
		t.Helper()
		r := post("/v1/invitations/"+string(id)+"."+generation+"/decision", "asa", `{"outcome":"decline","reason":"price"}`)
		r.status = 200
		r.check(t, r.send(s))
		if w.calls["Status"] != asked || w.calls["Customer"] != asked {
			t.Errorf("generation %s: calls %v", generation, w.calls)
		}
	}
	want("1", 0)
	w.becomes(id, func(r *collaboration.Activation) { r.ExpiresAt = now.Add(-time.Hour) })
	w.statuses[id] = message.Status{State: collaboration.AwaitingApproval, Generation: 2, ExpiresAt: now.Add(time.Hour)}
	want("2", 1)
}

// The invitation expires between the read and the command.
func TestDecide_InvitationExpiredInBetween(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.onMessage = func() { w.becomes(id, state(collaboration.Expired)) }
	w.fail["decide"] = &collaboration.Error{Code: collaboration.CodeNotPending}
	r := post("/v1/invitations/"+string(id)+".1/decision", "asa", `{"outcome":"decline","reason":"price"}`)
	r.status, r.content = 410, []string{code("link_expired")}
	r.check(t, r.send(w.server(t)))
}

// An invitation is not forwarded to an employee of the office: an employee must not answer it.
func TestForward_RejectsEmployee(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.customers["c-platform"]
	c.Administrators = append(c.Administrators, collaboration.Administrator{ID: "a-nils", Contact: collaboration.Contact{Name: "Nils", Email: nils.Email}})
	w.customers[c.ID] = c
	r := request{method: "POST", url: "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + "/forward", as: "maja", body: `{"administrator_id":"a-nils"}`}
	if got := r.send(w.server(t)); got.Code != 422 || !strings.Contains(got.Body.String(), `"field":"administrator_id","code":"address_of_employee"`) || w.calls["forward"] != 0 {
		t.Errorf("%d\n%s", got.Code, got.Body)
	}
}
