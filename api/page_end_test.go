package api_test

import (
	"testing"

	"countersign/collaboration"
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
