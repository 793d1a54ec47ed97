package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func activeWith(renews bool) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) {
		r.InvitedID = "somebody-else"
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 11, Day: 1}, Started: true, Months: 12, Term: 1, Renews: renews}
	}
}

func TestCollaborations_CustomerReadsAndEnds(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, activeWith(true))
	orphan := w.with("c-orphan", collaboration.Active, activeWith(true))
	w.administers("c-orphan", asa)
	c := w.customers["c-orphan"]
	c.Administrators[0].MainContact = false
	pending := w.with("c-platform", collaboration.AwaitingApproval)
	other := w.with("c-has", collaboration.Active, activeWith(true))
	s := w.server(t)
	at := func(id collaboration.ActivationID, more string) string {
		return "/v1/collaborations/" + string(id) + more
	}
	missing := []string{code("activation_not_found")}
	for _, r := range []request{
		{url: at(id, ""), as: "asa", status: 200, content: []string{`"state":"active"`, `"phase":"active"`, `"ends_on":"2027-11-01"`, `"on_end":"read_only"`, `"action":"renewal"`}, notContent: []string{"emp-", "@"}},
		{url: at(pending, ""), as: "asa", status: 200, content: []string{`"state":"awaiting_approval"`, `"expires_at"`}, notContent: []string{`"agreement"`}},
		{url: "/v1/collaborations", as: "asa", status: 200, content: []string{string(id), string(pending), string(orphan)}, notContent: []string{string(other), "emp-", "@"}},
		{url: "/v1/collaborations", as: "maja", status: 403, content: []string{code("forbidden")}},
		{url: "/v1/collaborations", as: "eve", status: 401},
		{url: at(other, ""), as: "asa", status: 404, content: missing},
		{url: at("nonsense", ""), as: "asa", status: 404, content: missing},
		{url: at(id, ""), as: "maja", status: 403, content: []string{code("forbidden")}},
		{url: at(other, "/end"), as: "asa", body: `{"when":"now"}`, status: 404, content: missing},
		{url: at(other, "/revoke-notice"), as: "asa", method: http.MethodPost, status: 404, content: missing},
		{url: at(id, "/end"), as: "asa", body: `{"when":"end_of_term"}`, status: 200, content: []string{`"links":{"self":"` + at(id, "") + `"}`}},
		{url: at(id, "/end"), as: "asa", body: `{"when":"on_date","on":"2027-02-01"}`, status: 200},
		{url: at(id, "/end"), as: "asa", body: `{}`, status: 422, content: []string{`"field":"when","code":"required"`}},
		{url: at(orphan, "/end"), as: "asa", body: `{"when":"now"}`, status: 409, content: []string{code("main_contact_missing")}},
		{url: at(id, "/revoke-notice"), as: "asa", method: http.MethodPost, status: 200},
	} {
		r.check(t, r.send(s))
	}
	if len(w.messages) != 3 {
		t.Fatalf("messages %+v", w.messages)
	}
	// The command is by the administrator that sends it, not by the invitee.
	if e := w.messages[1].(message.Command); e.By != "a-2" || e.Activation != id || e.End.On.String() != "2027-02-01" {
		t.Errorf("ending %+v", e)
	}
	if b := w.messages[2].(message.Command); b.By != "a-2" {
		t.Errorf("revoking notice %+v", b)
	}
}

// Both sides read the variant and the length that the customer approved.
func TestCollaborationPage_ShowsApprovedTerms(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.Active, activeWith(true), func(r *collaboration.Activation) {
		r.SolutionID, r.Variant, r.Agreement.NextMonths = "bookkeeping-invoicing", "bi-plus", 3
	})
	s := w.server(t)
	customer, office := as(t, s, asa), openBrowser(t, s, maja.Email)
	customer.lang, office.lang = "en", "en"
	says(t, customer.send(http.MethodGet, "/my/collaborations/"+string(id), nil), 200, "<dd>B&I +</dd>", "<dd>12 months<br>", "From the next renewal: 3 months")
	says(t, office.send(http.MethodGet, "/activations/"+string(id), nil), 200, "B&I +", "12 months")
	says(t, office.send(http.MethodGet, "/activations/"+string(id)+"/end", nil), 200, "<dd>B&I +</dd>")
}

func TestCollaborationPage_CustomerEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, form string
		renews     bool
		shows      string
		status     int
		says       string
		message    collaboration.EndWhen
	}{
		{"notice", "act=end&when=end_of_term&sure=yes", true, "Give notice", 303, "We have received your notice", collaboration.EndOfTerm},
		{"taken back", "act=revoke_notice", false, "Revoke notice", 303, "The notice is revoked", "taken back"},
		{"ended", "act=end&when=now&sure=yes", true, "Give notice or end the collaboration", 303, "is being ended", collaboration.EndNow},
		{"ended on a day", "act=end&when=on_date&on=2027-02-01&sure=yes", true, "After a last day that you choose", 303, "is set", collaboration.EndOnDate},
		{"ended, unsure", "act=end&when=now", true, "", 422, `href="#field-sure"`, ""},
		{"notice, unsure", "act=end&when=end_of_term", true, "", 422, `href="#field-sure"`, ""},
		{"ended on a day, unsure", "act=end&when=on_date&on=2027-02-01", true, "", 422, `href="#field-sure"`, ""},
		{"ended, no day", "act=end&when=on_date", true, "", 422, `href="#field-on"`, ""},
		{"ended, a day that was", "act=end&when=on_date&on=2026-11-01", true, "", 422, "Last day: The date is in the past.", ""},
		{"ended, no date", "act=end&when=on_date&on=soon", true, "", 422, `value="soon"`, ""},
		{"ended, not said when", "act=end", true, "", 422, `href="#field-when"`, ""},
		{"something else", "act=dance", true, "Give notice", 400, "could not be read", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", collaboration.Active, activeWith(tt.renews))
			v := as(t, w.server(t), asa)
			v.lang = "en"
			path := "/my/collaborations/" + string(id)
			request{url: "/approve/", status: 200, content: []string{tt.shows, "31 October 2027", "can read but no longer change", "lose their access", "get an e-mail about it"}}.check(t, v.send("GET", path, nil))
			form := v.form(path)
			more, _ := url.ParseQuery(tt.form)
			for name, values := range more {
				form[name] = values
			}
			if len(w.messages) != 0 {
				t.Fatal("the GET request changed something")
			}
			got := v.send("POST", path, form)
			want := 0
			if tt.status == 303 {
				want = 1
				got = v.follow(t, got)
				request{url: "/approve/", status: 200, content: []string{`role="status"`, tt.says}}.check(t, got)
				v.send("POST", path, form) // a double click
				if ids := w.messageIDs(); len(ids) != 2 || ids[0] != ids[1] {
					t.Errorf("the retry has another command ID: %v", ids)
				}
			} else {
				request{url: "/approve/", status: tt.status, content: []string{tt.says}}.check(t, got)
			}
			if len(w.messages) != 2*want {
				t.Fatalf("messages %+v", w.messages)
			}
			if want == 1 && tt.message != "taken back" {
				if e := w.messages[0].(message.Command); e.End.When != tt.message || e.By != "a-2" || tt.message == collaboration.EndOnDate && e.End.On.String() != "2027-02-02" {
					t.Errorf("ending %+v", e)
				}
			}
		})
	}
}

func TestCollaborationPage_ExplainsTerms(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := string(w.with("c-platform", collaboration.Ended, activeWith(true), func(r *collaboration.Activation) { r.EndedAt = now }))
	other := string(w.with("c-has", collaboration.Active, activeWith(true)))
	pending := string(w.with("c-platform", collaboration.AwaitingApproval))
	s := w.server(t)
	v := as(t, s, asa)
	for _, tt := range []struct {
		path   string
		status int
		shows  string
	}{
		{"/my/collaborations/" + id + "?lang=en", 200, "23 November 2026"},
		{"/my/collaborations/" + id + "?lang=sv", 200, "Avslutades"},
		{"/my/collaborations/" + other, 404, "Det finns inget här"},
		{"/my/collaborations/nonsense", 404, "Det finns inget här"},
		{"/my/collaborations/" + pending, 303, ""},
	} {
		got := v.send("GET", tt.path, nil)
		request{url: "/approve/", status: tt.status, content: []string{tt.shows}, notContent: []string{`name="act"`}}.check(t, got)
		if tt.path == "/my/collaborations/"+pending && got.Header().Get("Location") != "/my/invitations/"+pending {
			t.Errorf("a pending invitation redirects to %q", got.Header().Get("Location"))
		}
	}
	if w.changes() != 0 {
		t.Errorf("the GET request changed something: %v", w.calls)
	}
}

func TestMyCollaboration_RequiresLogin(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := string(w.with("c-platform", collaboration.Active, activeWith(true)))
	got := (&visitor{h: w.server(t)}).send("GET", "/my/collaborations/"+id, nil)
	if got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/login?to=%2Fmy%2Fcollaborations%2F") {
		t.Errorf("%d to %q", got.Code, got.Header().Get("Location"))
	}
}

// TestCollaborations_RemovedSolution: a solution that left the catalogue hides no other
// collaboration of the customer.
func TestCollaborations_RemovedSolution(t *testing.T) {
	t.Parallel()
	w := newWorld()
	known := w.with("c-platform", collaboration.Active, activeWith(true))
	removed := w.with("c-platform", collaboration.Active, activeWith(true), func(a *collaboration.Activation) { a.SolutionID = "old-ledger" })
	s := w.server(t)
	r := request{url: "/v1/collaborations", as: "asa", status: 200, content: []string{string(known), string(removed), `"old-ledger"`}}
	r.check(t, r.send(s))
	got := as(t, s, asa).send("GET", "/my/collaborations", nil)
	request{status: 200, content: []string{string(known), "old-ledger"}}.check(t, got)
}
