package api_test

import (
	"reflect"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestGetActivation_ShowsActivationOfOffice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	url := "/v1/activations/" + string(id)
	for _, r := range []request{
		{name: "whole", method: "GET", url: url, as: "nils", status: 200, wantHeaders: map[string]string{"ETag": `"3"`, "Cache-Control": "private, no-cache"},
			content: []string{`"state":"awaiting_approval"`, `"customer_name":"Öbergs Snickeri AB"`, `"events":[{"sequence":1,"action":"requested","by":"emp-maja"`, `"text":"Requested"`, `"email":"asa@oberg.example"`}},
		{name: "not modified", method: "GET", url: url, as: "nils", headers: map[string]string{"If-None-Match": `"2", W/"3"`}, status: 304},
		{name: "modified", method: "GET", url: url, as: "nils", headers: map[string]string{"If-None-Match": `"2"`}, status: 200},
		{name: "another office's", method: "GET", url: url, as: "sara", status: 404, content: []string{code("activation_not_found")}},
		{name: "another office's stream", method: "GET", url: url + "/events", as: "sara", status: 404},
		{name: "in Swedish", method: "GET", url: url, as: "nils", headers: map[string]string{"Accept-Language": "sv"}, status: 200, content: []string{`"text":"Begärd"`, "Ekonomisk översikt"}},
		{name: "in a list", method: "GET", url: "/v1/activations?state=awaiting_approval&state=active&customer_id=c&solution_id=s&task_id=t&task_owner_id=o&requested_by=r&ends_before=2027-01-01&cursor=x&limit=7", as: "nils", status: 200, content: []string{string(id)}, notContent: []string{`"events":[`}},
		{name: "ending some day", method: "GET", url: "/v1/activations?ends_before=tomorrow", as: "nils", status: 422, content: []string{wrong("ends_before", "invalid_format")}},
		{name: "not in another office's list", method: "GET", url: "/v1/activations", as: "sara", status: 200, content: []string{`{"items":[]}`}},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.check(t, r.send(s))
			if r.name != "in a list" {
				return
			}
			want := collaboration.ActivationFilter{Phases: []collaboration.Phase{"awaiting_approval", "starts", "active", "terminated"}, CustomerID: "c", SolutionID: "s", TaskID: "t",
				TaskOwnerID: "o", RequestedBy: "r", EndsBefore: collaboration.Date{Year: 2027, Month: 1, Day: 1}, Page: collaboration.Page{After: "x", Limit: 7}}
			if !reflect.DeepEqual(w.filter, want) {
				t.Errorf("filter %+v", w.filter)
			}
		})
	}
}

func TestGetActivation_BeforeFirstWrite(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := collaboration.NewActivationID("office-1", "c-has", solutionID)
	url := "/v1/activations/" + string(id)
	s := w.server(t)
	r := get(url, "nils")
	r.status = 404
	r.check(t, r.send(s))
	w.statuses[id] = message.Status{Activation: id, State: collaboration.Activating}
	r.status, r.content, r.notContent = 200, []string{`"state":"activating"`}, []string{"customer_id"}
	r.check(t, r.send(s))
	r = post(url+"/withdraw", "nils", "")
	r.status, r.content, r.notContent = 503, []string{code("unavailable")}, nil
	r.check(t, r.send(s))
	// The workflow execution has closed, and nothing was stored.
	w.statuses[id] = message.Status{Activation: id, State: collaboration.Failed}
	r.status, r.content = 409, []string{code("not_pending")}
	r.check(t, r.send(s))
	r = get(url, "nils")
	r.status, r.content = 200, []string{`"state":"failed"`}
	r.check(t, r.send(s))
	w.statuses[id] = message.Status{Activation: id} // the query returns no state
	r.content = []string{`"state":"activating"`}
	r.check(t, r.send(s))
	if w.changes() != 0 {
		t.Errorf("calls %v", w.calls)
	}
}

// The workflow may store its activation, and even close, during the query: the stored
// activation is the answer.
func TestGetActivation_StoredDuringQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		office, employee string
		queried          bool
		status           int
		content          string
	}{
		{"office-1", "nils", true, 200, `"customer_id":"c-has"`},
		{"office-1", "nils", false, 200, `"customer_id":"c-has"`},
		{"office-2", "nils", true, 404, code("activation_not_found")},
	} {
		w := newWorld()
		id := collaboration.NewActivationID(tt.office, "c-has", solutionID)
		if tt.queried {
			w.statuses[id] = message.Status{Activation: id, State: collaboration.AwaitingApproval}
		}
		w.onAsk = func() {
			w.records[id] = collaboration.Activation{ID: id, OfficeID: tt.office, CustomerID: "c-has", SolutionID: solutionID, State: collaboration.AwaitingApproval}
		}
		r := get("/v1/activations/"+string(id), tt.employee)
		r.status, r.content = tt.status, []string{tt.content}
		r.check(t, r.send(w.server(t)))
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	refused := func(c collaboration.Code) error { return &collaboration.Error{Code: c} }
	for _, tt := range []struct {
		name, as, what, body string
		headers              []string
		fail                 error
		status               int
		content              string
		call                 string
	}{
		{name: "withdraw", as: "nils", what: "withdraw", status: 200, content: `"state":"withdrawn"`, call: "withdraw"},
		{name: "resend", as: "nils", what: "resend", status: 200, content: `"generation":2`, call: "resend"},
		{name: "end now", as: "maja", what: "end", body: `{"when":"now"}`, status: 200, call: "end"},
		{name: "end of term", as: "maja", what: "end", body: `{"when":"end_of_term"}`, status: 200, call: "end"},
		{name: "only managers end", as: "nils", what: "end", body: `{"when":"now"}`, status: 403, content: code("forbidden")},
		{name: "end when", as: "maja", what: "end", body: `{}`, status: 422, content: wrong("when", "required")},
		{name: "end some day", as: "maja", what: "end", body: `{"when":"later","why":1}`, status: 422, content: wrong("when", "invalid_choice")},
		{name: "another office's", as: "sara", what: "withdraw", status: 404, content: code("activation_not_found")},
		{name: "another office's end", as: "sara", what: "end", body: `{"when":"now"}`, status: 404, content: code("activation_not_found")},
		{name: "changed since", as: "nils", what: "withdraw", headers: []string{"If-Match", `"2"`}, status: 412, content: code("precondition_failed")},
		{name: "not changed since", as: "nils", what: "withdraw", headers: []string{"If-Match", `"3"`}, status: 200, call: "withdraw"},
		{name: "not pending", as: "nils", what: "resend", fail: refused(collaboration.CodeNotPending), status: 409, content: code("not_pending"), call: "resend"},
		{name: "unknown outcome", as: "nils", what: "withdraw", fail: refused(collaboration.CodeOutcomeUnknown), status: 202, content: code("outcome_unknown"), call: "withdraw"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", collaboration.AwaitingApproval)
			w.status = message.Status{State: collaboration.Withdrawn, Generation: 2}
			w.fail[tt.call] = tt.fail
			r := post("/v1/activations/"+string(id)+"/"+tt.what, tt.as, tt.body, tt.headers...)
			r.status, r.content = tt.status, []string{tt.content}
			r.check(t, r.send(w.server(t)))
			want := 0
			if tt.call != "" {
				want = 1
			}
			if w.changes() != want || w.calls[tt.call] != want {
				t.Errorf("calls %v", w.calls)
			}
		})
	}
}

// The workflow processes each command ID once, so a retry must have the same ID.
func TestChange_RetryHasSameCommandID(t *testing.T) {
	t.Parallel()
	w := newWorld()
	url := "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + "/resend"
	s := w.server(t)
	for _, key := range []string{"k", "k", "other", "", ""} {
		post(url, "nils", "", "Idempotency-Key", key).send(s)
	}
	ids, distinct := w.messageIDs(), map[string]bool{}
	for _, id := range ids {
		distinct[id] = id != ""
	}
	if len(ids) != 5 || ids[0] != ids[1] || len(distinct) != 4 {
		t.Errorf("ids %q", ids)
	}
}
