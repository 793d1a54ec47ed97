package api_test

import (
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func over() error { return &collaboration.Error{Code: collaboration.CodeActivationNotFound} }

// becomes stores a new version of the activation.
func (w *world) becomes(id collaboration.ActivationID, changes ...func(*collaboration.Activation)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.records[id]
	r.Version++
	for _, change := range changes {
		change(&r)
	}
	w.records[id] = r
}

// The workflow execution is closed; the store has the result.
func TestChange_RejectsClosedActivation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, what string
		changes    []func(*collaboration.Activation)
		content    []string
		unwanted   string
	}{
		{"withdraw a declined one", "withdraw", []func(*collaboration.Activation){state(collaboration.Declined), decision(collaboration.Decline)},
			[]string{code("already_decided"), `"decision":{"outcome":"decline"`}, "none"},
		{"resend an ended one", "resend", []func(*collaboration.Activation){state(collaboration.Ended), decision(collaboration.Approve)},
			[]string{code("already_decided"), `"decision":{"outcome":"approve"`}, "none"},
		{"withdraw a withdrawn one", "withdraw", []func(*collaboration.Activation){state(collaboration.Withdrawn)}, []string{code("not_pending")}, "decision"},
		{"resend an expired one", "resend", []func(*collaboration.Activation){state(collaboration.Expired)}, []string{code("not_pending")}, "decision"},
		{"end an ended one", "end", []func(*collaboration.Activation){state(collaboration.Ended), decision(collaboration.Approve)},
			[]string{code("not_active"), `"decision":{"outcome":"approve"`}, "none"},
		{"end a failed one", "end", []func(*collaboration.Activation){state(collaboration.Failed)}, []string{code("not_active")}, "decision"},
	} {
		for name, key := range map[string]string{"": "", " with a key": "k"} {
			t.Run(tt.name+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				url := "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval, tt.changes...)) + "/" + tt.what
				for _, what := range []string{"withdraw", "resend", "end"} {
					w.fail[what] = over()
				}
				body := ""
				if tt.what == "end" {
					body = `{"when":"now"}`
				}
				r := post(url, "maja", body, "Idempotency-Key", key)
				r.status, r.content, r.notContent = 409, tt.content, []string{tt.unwanted}
				s := w.server(t)
				r.check(t, r.send(s))
				r.check(t, r.send(s)) // a retry gets the same answer
			})
		}
	}
}

// The activation closes between the read and the command.
func TestChange_RejectsActivationClosedInBetween(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.onMessage = func() { w.becomes(id, state(collaboration.Declined), decision(collaboration.Decline)) }
	w.fail["withdraw"] = over()
	r := post("/v1/activations/"+string(id)+"/withdraw", "nils", "")
	r.status, r.content = 409, []string{code("already_decided"), `"outcome":"decline"`}
	r.check(t, r.send(w.server(t)))
}

// Another employee has just withdrawn it. A request without a key is not a retry.
func TestChange_RejectsSecondWithdrawalWithoutKey(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.onMessage = func() { w.becomes(id, state(collaboration.Withdrawn)) }
	w.fail["withdraw"] = over()
	r := post("/v1/activations/"+string(id)+"/withdraw", "nils", "")
	r.status, r.content = 409, []string{code("not_pending")}
	r.check(t, r.send(w.server(t)))
}

// The workflow's rejection has the decision that counted.
func TestChange_RejectionHasDecision(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.status.Decision = &collaboration.Decision{ID: "first", Outcome: collaboration.Approve, At: now}
	w.fail["resend"] = &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	r := post("/v1/activations/"+string(id)+"/resend", "nils", "")
	r.status, r.content = 409, []string{code("already_decided"), `"outcome":"approve"`}
	r.check(t, r.send(w.server(t)))
}

// A client that lost the response retries the request: the first one has increased the
// version.
func TestChange_RetryReusesFirstPrecondition(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, body string
		leads      collaboration.State
		gone       bool
		content    string
	}{
		{what: "withdraw", leads: collaboration.Withdrawn, gone: true, content: `"state":"withdrawn"`},
		{what: "resend", leads: collaboration.AwaitingApproval, content: `"state":"awaiting_approval"`},
		{what: "end", body: `{"when":"now"}`, leads: collaboration.Ended, gone: true, content: `"state":"ended"`},
		{what: "end", body: `{"when":"end_of_term"}`, leads: collaboration.Active, content: `"state":"active"`},
	} {
		t.Run(tt.what+tt.body, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", collaboration.AwaitingApproval)
			w.status = message.Status{State: tt.leads}
			w.onMessage = func() { w.becomes(id, state(tt.leads)) }
			s := w.server(t)
			r := post("/v1/activations/"+string(id)+"/"+tt.what, "maja", tt.body, "Idempotency-Key", "k", "If-Match", `"3"`)
			r.status, r.content = 200, []string{tt.content}
			r.check(t, r.send(s))
			if w.onMessage = nil; tt.gone {
				w.fail["withdraw"], w.fail["end"] = over(), over()
			}
			r.check(t, r.send(s))
			if distinct := w.messageIDs(); len(distinct) != 2 || distinct[0] != distinct[1] {
				t.Errorf("messages %q", distinct)
			}
			// Without the key it is a second change, of an older version of the activation.
			delete(r.headers, "Idempotency-Key")
			r.status, r.content = 412, []string{code("precondition_failed")}
			r.check(t, r.send(s))
		})
	}
}

// A retry of a rejected request is rejected again, and leaves the key usable.
func TestChange_FailedPreconditionKeepsKeyUsable(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.onMessage = func() { w.becomes(id) }
	s := w.server(t)
	for n, tt := range []struct {
		tag    string
		status int
	}{{`"2"`, 412}, {`"2"`, 412}, {`"3"`, 200}, {`"3"`, 200}, {`"2"`, 412}, {"", 200}} {
		r := post("/v1/activations/"+string(id)+"/resend", "nils", "", "Idempotency-Key", "k", "If-Match", tt.tag)
		if got := r.send(s); got.Code != tt.status {
			t.Errorf("%d: status %d, want %d", n, got.Code, tt.status)
		}
	}
	if ids := w.messageIDs(); len(ids) != 3 || ids[0] != ids[1] || ids[0] != ids[2] {
		t.Errorf("messages %q", ids)
	}
}

func TestChange_RejectsKeyOfAnotherChange(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id, other := w.with("c-platform", collaboration.Active), w.with("c-has", collaboration.Active)
	s := w.server(t)
	first := post("/v1/activations/"+string(id)+"/end", "maja", `{"when":"end_of_term"}`, "Idempotency-Key", "k")
	first.status = 200
	first.check(t, first.send(s))
	for _, r := range []request{
		post("/v1/activations/"+string(id)+"/end", "maja", `{"when":"now"}`, "Idempotency-Key", "k"),
		post("/v1/activations/"+string(other)+"/end", "maja", `{"when":"end_of_term"}`, "Idempotency-Key", "k"),
		post("/v1/activations/"+string(id)+"/withdraw", "maja", "", "Idempotency-Key", "k"),
	} {
		r.status, r.content = 422, []string{code("idempotency_key_reused")}
		r.check(t, r.send(s))
	}
	if len(w.messages) != 1 {
		t.Errorf("messages %+v", w.messages)
	}
}

// The workflow acts a moment after it has accepted a command.
func TestChange_AnswersWithFinalState(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, body  string
		from, leads collaboration.State
		content     string
	}{
		{"withdraw", "", collaboration.AwaitingApproval, collaboration.Withdrawn, `"state":"withdrawn"`},
		{"end", `{"when":"now"}`, collaboration.Active, collaboration.Ended, `"state":"ended"`},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", tt.from)
			w.status = message.Status{State: tt.from}
			looks := 0
			w.onLook = func() {
				if looks++; looks == 3 { // the first read precedes the command
					r := w.records[id]
					r.State = tt.leads
					w.records[id] = r
				}
			}
			r := post("/v1/activations/"+string(id)+"/"+tt.what, "maja", tt.body)
			r.status, r.content = 200, []string{tt.content}
			w.atOneMoment(t, func(t *testing.T) { r.check(t, r.send(w.server(t))) })
		})
	}
}

// After the timeout, the answer is the status in which the command was accepted.
func TestChange_AnswersWithAcceptedStateAfterTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.status = message.Status{State: collaboration.AwaitingApproval}
	r := post("/v1/activations/"+string(id)+"/withdraw", "nils", "")
	r.status, r.content = 200, []string{`"state":"awaiting_approval"`}
	r.check(t, r.send(w.server(t)))
}

func (w *world) messageIDs() (ids []string) {
	for _, m := range w.messages {
		ids = append(ids, m.(message.Command).ID)
	}
	return ids
}
