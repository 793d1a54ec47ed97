package api_test

import (
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

func over() error { return &collaboration.Error{Code: collaboration.CodeActivationNotFound} }

// becomes records that the activation has moved on.
func (w *world) becomes(id collaboration.ActivationID, changes ...func(*collaboration.Record)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.records[id]
	r.Version++
	for _, change := range changes {
		change(&r)
	}
	w.records[id] = r
}

// The run is closed, the facts tell how.
func TestChangesOfWhatIsOver(t *testing.T) {
	for _, tt := range []struct {
		name, what string
		changes    []func(*collaboration.Record)
		content    []string
		unwanted   string
	}{
		{"withdraw a declined one", "withdraw", []func(*collaboration.Record){state(collaboration.Declined), decision(collaboration.Decline)},
			[]string{code("already_decided"), `"decision":{"outcome":"decline"`}, "none"},
		{"resend an ended one", "resend", []func(*collaboration.Record){state(collaboration.Ended), decision(collaboration.Approve)},
			[]string{code("already_decided"), `"decision":{"outcome":"approve"`}, "none"},
		{"withdraw a withdrawn one", "withdraw", []func(*collaboration.Record){state(collaboration.Withdrawn)}, []string{code("not_pending")}, "decision"},
		{"resend an expired one", "resend", []func(*collaboration.Record){state(collaboration.Expired)}, []string{code("not_pending")}, "decision"},
		{"end an ended one", "end", []func(*collaboration.Record){state(collaboration.Ended), decision(collaboration.Approve)},
			[]string{code("not_active"), `"decision":{"outcome":"approve"`}, "none"},
		{"end a failed one", "end", []func(*collaboration.Record){state(collaboration.Failed)}, []string{code("not_active")}, "decision"},
	} {
		for name, key := range map[string]string{"": "", " with a key": "k"} {
			t.Run(tt.name+name, func(t *testing.T) {
				w := newWorld()
				url := "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval, tt.changes...)) + "/" + tt.what
				for _, what := range []string{"Withdraw", "Resend", "End"} {
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
				r.check(t, r.send(s)) // a repeat is answered alike
			})
		}
	}
}

// It was open when it was read, and is over when the message comes.
func TestChangeOfWhatHasJustEnded(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.onMessage = func() { w.becomes(id, state(collaboration.Declined), decision(collaboration.Decline)) }
	w.fail["Withdraw"] = over()
	r := post("/v1/activations/"+string(id)+"/withdraw", "nils", "")
	r.status, r.content = 409, []string{code("already_decided"), `"outcome":"decline"`}
	r.check(t, r.send(w.server(t)))
}

// Somebody else has just withdrawn it: without a key this is no repeat.
func TestSecondWithdrawalInTheSameMoment(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.onMessage = func() { w.becomes(id, state(collaboration.Withdrawn)) }
	w.fail["Withdraw"] = over()
	r := post("/v1/activations/"+string(id)+"/withdraw", "nils", "")
	r.status, r.content = 409, []string{code("not_pending")}
	r.check(t, r.send(w.server(t)))
}

// The workflow's refusal comes with the answer that counted.
func TestRefusedChangeTellsTheDecision(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.standing.Decision = &collaboration.Decision{ID: "first", Outcome: collaboration.Approve, At: now}
	w.fail["Resend"] = &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	r := post("/v1/activations/"+string(id)+"/resend", "nils", "")
	r.status, r.content = 409, []string{code("already_decided"), `"outcome":"approve"`}
	r.check(t, r.send(w.server(t)))
}

// A caller who lost the answer sends the same again: the version has risen by
// what the first one did.
func TestRepeatWithIfMatch(t *testing.T) {
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
			w := newWorld()
			id := w.with("c-platform", collaboration.AwaitingApproval)
			w.standing = collaboration.Standing{State: tt.leads}
			w.onMessage = func() { w.becomes(id, state(tt.leads)) }
			s := w.server(t)
			r := post("/v1/activations/"+string(id)+"/"+tt.what, "maja", tt.body, "Idempotency-Key", "k", "If-Match", `"3"`)
			r.status, r.content = 200, []string{tt.content}
			r.check(t, r.send(s))
			if w.onMessage = nil; tt.gone {
				w.fail["Withdraw"], w.fail["End"] = over(), over()
			}
			r.check(t, r.send(s))
			if distinct := w.messageIDs(); len(distinct) != 2 || distinct[0] != distinct[1] {
				t.Errorf("messages %q", distinct)
			}
			// Without the key it is a second change of an activation that has moved on.
			delete(r.headers, "Idempotency-Key")
			r.status, r.content = 412, []string{code("precondition_failed")}
			r.check(t, r.send(s))
		})
	}
}

// What was refused is refused again, and does not use up its key.
func TestRefusedByIfMatch(t *testing.T) {
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

func TestKeyOfAnotherChange(t *testing.T) {
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

// The workflow acts a moment after it has taken a message.
func TestChangeAnswersWithWhatItLedTo(t *testing.T) {
	for _, tt := range []struct {
		what, body  string
		from, leads collaboration.State
		content     string
	}{
		{"withdraw", "", collaboration.AwaitingApproval, collaboration.Withdrawn, `"state":"withdrawn"`},
		{"end", `{"when":"now"}`, collaboration.Active, collaboration.Ended, `"state":"ended"`},
	} {
		t.Run(tt.what, func(t *testing.T) {
			w := newWorld()
			w.deps = func(d *api.Deps) { d.Closing = 0 } // the default: long enough
			id := w.with("c-platform", tt.from)
			w.standing = collaboration.Standing{State: tt.from}
			looks := 0
			w.onLook = func() {
				if looks++; looks == 3 { // the first is before the message
					r := w.records[id]
					r.State = tt.leads
					w.records[id] = r
				}
			}
			r := post("/v1/activations/"+string(id)+"/"+tt.what, "maja", tt.body)
			r.status, r.content = 200, []string{tt.content}
			r.check(t, r.send(w.server(t)))
		})
	}
}

// Where it takes too long the answer is where it stood when it was taken.
func TestChangeDoesNotWaitForEver(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.standing = collaboration.Standing{State: collaboration.AwaitingApproval}
	r := post("/v1/activations/"+string(id)+"/withdraw", "nils", "")
	r.status, r.content = 200, []string{`"state":"awaiting_approval"`}
	r.check(t, r.send(w.server(t)))
}

func (w *world) messageIDs() (ids []string) {
	for _, m := range w.messages {
		id, _ := m.(interface {
			Ref() (string, collaboration.ActivationID)
		}).Ref()
		ids = append(ids, id)
	}
	return ids
}
