package api_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Both parties must confirm the end after they have read its consequences.
func TestEnding_RequiresConfirmation(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"end_of_term", "now", "on_date"} {
		w := newWorld()
		id := w.with("c-platform", collaboration.Active, activeWith(true))
		s := w.server(t)
		for who, path := range map[string]string{maja.Email: "/activations/" + string(id) + "/end", asa: "/my/collaborations/" + string(id)} {
			v := as(t, s, who)
			v.lang = "en"
			form := v.form(path)
			form.Set("act", "end")
			form.Set("when", when)
			form.Set("on", "2027-02-01")
			form.Del("sure")
			request{url: "/approve/", status: 422, content: []string{`href="#field-sure"`, "lose their access", "can be revoked"}}.check(t, v.send("POST", path, form))
			if len(w.messages) != 0 {
				t.Errorf("%s: ended without a confirmation: %+v", when, w.messages)
			}
		}
	}
}

// choosing makes an activation one with two end policies, and a notice with a choice.
func choosing(choice collaboration.EndPolicy) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) {
		r.OnEnd = collaboration.EndPolicies{collaboration.ContinueAlone, collaboration.ReadOnly}
		r.Agreement.OnEnd, r.Agreement.Renews = choice, choice == ""
	}
}

// Both parties choose the end policy of the solution, if the catalogue has several policies.
func TestEnding_ChoosesPolicy(t *testing.T) {
	t.Parallel()
	const keeps, reads = "keeps Financial overview", "can read but no longer change"
	for _, tt := range []struct {
		choice  collaboration.EndPolicy
		checked string
		posted  string
		status  int
	}{
		{"", "continue_alone", "read_only", 303},
		{"", "continue_alone", "continue_alone", 303},
		{"", "continue_alone", "delete", 422},
		{collaboration.ReadOnly, "read_only", "continue_alone", 303},
		{collaboration.ReadOnly, "read_only", "burn", 422},
	} {
		w := newWorld()
		id := string(w.with("c-platform", collaboration.Active, activeWith(true), choosing(tt.choice)))
		s := w.server(t)
		for who, path := range map[string]string{maja.Email: "/activations/" + id + "/end", asa: "/my/collaborations/" + id} {
			v := as(t, s, who)
			v.lang = "en"
			shown := v.send("GET", path, nil)
			request{url: "/approve/", status: 200, content: []string{keeps, reads, `name="on_end" value="` + tt.checked + `" checked`}}.check(t, shown)
			form := v.form(path)
			form.Set("act", "end")
			form.Set("when", "on_date")
			form.Set("on", "2027-02-01")
			form.Set("on_end", tt.posted)
			form.Set("sure", "yes")
			w.messages = nil
			got := v.send("POST", path, form)
			if tt.status == 422 {
				request{url: "/approve/", status: 422, content: []string{`href="#field-on_end"`}}.check(t, got)
				if len(w.messages) != 0 {
					t.Errorf("%s: a policy that is not allowed was sent: %+v", who, w.messages)
				}
				continue
			}
			if got.Code != 303 || len(w.messages) != 1 || string(w.messages[0].(message.Command).End.OnEnd) != tt.posted {
				t.Errorf("%s: status %d, messages %+v", who, got.Code, w.messages)
			}
		}
	}
}

// The only policy is a consequence, without a choice.
func TestEnding_HasNoChoiceOfOnePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := string(w.with("c-platform", collaboration.Active, activeWith(true)))
	s := w.server(t)
	for who, path := range map[string]string{maja.Email: "/activations/" + id + "/end", asa: "/my/collaborations/" + id} {
		v := as(t, s, who)
		v.lang = "en"
		request{url: "/approve/", status: 200, content: []string{"can read but no longer change"}, notContent: []string{`name="on_end"`}}.check(t, v.send("GET", path, nil))
	}
}

// Both parties see the end policy once an end is set.
func TestEndPolicy_IsShownAfterNotice(t *testing.T) {
	t.Parallel()
	for choice, want := range map[collaboration.EndPolicy]int{"": 0, collaboration.ReadOnly: 1} {
		w := newWorld()
		id := string(w.with("c-platform", collaboration.Active, activeWith(true), choosing(choice)))
		s := w.server(t)
		for who, path := range map[string]string{maja.Email: "/activations/" + id, asa: "/my/collaborations/" + id} {
			v := as(t, s, who)
			v.lang = "en"
			if n := strings.Count(v.send("GET", path, nil).Body.String(), "<dt>Afterwards</dt><dd>"); n != want {
				t.Errorf("%s, choice %q: shown %d times", who, choice, n)
			}
		}
	}
}

func TestEnd_ChoosesPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := string(w.with("c-platform", collaboration.Active, activeWith(true), choosing("")))
	s := w.server(t)
	invalid := []string{`"field":"on_end","code":"invalid_choice"`}
	for as, path := range map[string]string{"maja": "/v1/activations/" + id, "asa": "/v1/collaborations/" + id} {
		w.messages = nil
		for _, r := range []request{
			{url: path, status: 200, content: []string{`"on_end":"continue_alone"`, `"on_end_choices":["continue_alone","read_only"]`}},
			{url: path + "/end", body: `{"when":"end_of_term","on_end":"delete"}`, status: 422, content: invalid},
			{url: path + "/end", body: `{"when":"now","on_end":"delete"}`, status: 422, content: invalid},
			{url: path + "/end", body: `{"when":"now","on_end":"burn"}`, status: 422, content: invalid},
			{url: path + "/end", body: `{"when":"sometime","on_end":"delete"}`, status: 422, content: append(invalid, `"field":"when","code":"invalid_choice"`)},
			{url: path + "/end", body: `{"when":"end_of_term","on_end":"read_only"}`, status: 200},
			{url: path + "/end", body: `{"when":"on_date","on":"2027-02-01"}`, status: 200},
		} {
			r.as = as
			r.check(t, r.send(s))
		}
		if len(w.messages) != 2 || w.messages[0].(message.Command).End.OnEnd != collaboration.ReadOnly || w.messages[1].(message.Command).End.OnEnd != "" {
			t.Errorf("%s: messages %+v", as, w.messages)
		}
	}
	r := w.records[collaboration.ActivationID(id)]
	choosing(collaboration.ReadOnly)(&r)
	w.records[r.ID] = r
	for as, path := range map[string]string{"maja": "/v1/activations/" + id, "asa": "/v1/collaborations/" + id} {
		after := request{url: path, as: as, status: 200, content: []string{`"on_end":"read_only"`}}
		after.check(t, after.send(s))
	}
}
