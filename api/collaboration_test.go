package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/collaboration"
)

func activeWith(renews bool) func(*collaboration.Record) {
	return func(r *collaboration.Record) {
		r.InvitedID = "somebody-else"
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 11, Day: 1}, Months: 12, Term: 1, Renews: renews}
	}
}

func TestTheCustomersSide(t *testing.T) {
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
		{url: at(id, ""), as: "asa", status: 200, content: []string{`"state":"active"`, `"ends_on":"2027-11-01"`, `"on_end":"read_only"`, `"action":"renewal"`}, notContent: []string{"emp-", "@"}},
		{url: at(pending, ""), as: "asa", status: 200, content: []string{`"state":"awaiting_approval"`, `"expires_at"`}, notContent: []string{`"agreement"`}},
		{url: "/v1/collaborations", as: "asa", status: 200, content: []string{string(id), string(pending), string(orphan)}, notContent: []string{string(other), "emp-", "@"}},
		{url: "/v1/collaborations", as: "maja", status: 403, content: []string{code("forbidden")}},
		{url: "/v1/collaborations", as: "eve", status: 401},
		{url: at(other, ""), as: "asa", status: 404, content: missing},
		{url: at("nonsense", ""), as: "asa", status: 404, content: missing},
		{url: at(id, ""), as: "maja", status: 403, content: []string{code("forbidden")}},
		{url: at(other, "/end"), as: "asa", body: `{"when":"now"}`, status: 404, content: missing},
		{url: at(other, "/take-back"), as: "asa", method: http.MethodPost, status: 404, content: missing},
		{url: at(id, "/end"), as: "asa", body: `{"when":"end_of_term"}`, status: 200, content: []string{`"links":{"self":"` + at(id, "") + `"}`}},
		{url: at(id, "/end"), as: "asa", body: `{"when":"on_date","on":"2027-02-01"}`, status: 200},
		{url: at(id, "/end"), as: "asa", body: `{}`, status: 422, content: []string{`"field":"when","code":"required"`}},
		{url: at(orphan, "/end"), as: "asa", body: `{"when":"now"}`, status: 409, content: []string{code("main_contact_missing")}},
		{url: at(id, "/take-back"), as: "asa", method: http.MethodPost, status: 200},
	} {
		r.check(t, r.send(s))
	}
	if len(w.messages) != 3 {
		t.Fatalf("messages %+v", w.messages)
	}
	// Who asks is who says it, whoever was invited.
	if e := w.messages[1].(collaboration.Ending); e.By != "a-2" || e.Activation != id || e.On.String() != "2027-02-01" {
		t.Errorf("ending %+v", e)
	}
	if b := w.messages[2].(collaboration.TakingBack); b.By != "a-2" {
		t.Errorf("taking back %+v", b)
	}
}

func TestTheCustomersPage(t *testing.T) {
	for _, tt := range []struct {
		name, form string
		renews     bool
		shows      string
		status     int
		says       string
		message    collaboration.EndWhen
	}{
		{"notice", "act=notice", true, "Give notice", 303, "We have received your notice", collaboration.EndOfTerm},
		{"taken back", "act=take_back", false, "Take notice back", 303, "The notice is taken back", "taken back"},
		{"ended", "act=end&when=now&sure=yes", true, "End the collaboration early", 303, "is being ended", collaboration.EndNow},
		{"ended on a day", "act=end&when=on_date&on=2027-02-01", true, "On a certain day", 303, "is set", collaboration.EndOnDate},
		{"ended, unsure", "act=end&when=now", true, "", 422, `href="#field-sure"`, ""},
		{"ended, no day", "act=end&when=on_date", true, "", 422, `href="#field-on"`, ""},
		{"ended, a day that was", "act=end&when=on_date&on=2026-11-01", true, "", 422, "Day: The date lies in the past.", ""},
		{"ended, no date", "act=end&when=on_date&on=soon", true, "", 422, `value="soon"`, ""},
		{"ended, not said when", "act=end", true, "", 422, `href="#field-when"`, ""},
		{"something else", "act=dance", true, "Give notice", 400, "could not be read", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			id := w.with("c-platform", collaboration.Active, activeWith(tt.renews))
			v := as(t, w.server(t), asa)
			v.lang = "en"
			path := "/my/collaborations/" + string(id)
			request{url: "/approve/", status: 200, content: []string{tt.shows, "1 November 2027", "can read but not change"}}.check(t, v.send("GET", path, nil))
			form := v.form(path)
			more, _ := url.ParseQuery(tt.form)
			for name, values := range more {
				form[name] = values
			}
			if len(w.messages) != 0 {
				t.Fatal("looking changed something")
			}
			got := v.send("POST", path, form)
			want := 0
			if tt.status == 303 {
				want = 1
				got = v.follow(t, got)
				request{url: "/approve/", status: 200, content: []string{`role="status"`, tt.says}}.check(t, got)
				v.send("POST", path, form) // a double click
				if ids := w.messageIDs(); len(ids) != 2 || ids[0] != ids[1] {
					t.Errorf("sent twice, it is two messages: %v", ids)
				}
			} else {
				request{url: "/approve/", status: tt.status, content: []string{tt.says}}.check(t, got)
			}
			if len(w.messages) != 2*want {
				t.Fatalf("messages %+v", w.messages)
			}
			if want == 1 && tt.message != "taken back" {
				if e := w.messages[0].(collaboration.Ending); e.When != tt.message || e.By != "a-2" || tt.message == collaboration.EndOnDate && e.On.String() != "2027-02-01" {
					t.Errorf("ending %+v", e)
				}
			}
		})
	}
}

func TestTheCustomersPageExplainsItself(t *testing.T) {
	w := newWorld()
	id := string(w.with("c-platform", collaboration.Ended, activeWith(true), func(r *collaboration.Record) { r.EndedAt = now }))
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
		{"/collaboration/forged", 404, "Länken är inte giltig"},
	} {
		got := v.send("GET", tt.path, nil)
		request{url: "/approve/", status: tt.status, content: []string{tt.shows}, notContent: []string{`name="act"`}}.check(t, got)
		if tt.path == "/my/collaborations/"+pending && got.Header().Get("Location") != "/my/invitations/"+pending {
			t.Errorf("a pending one leads to %q", got.Header().Get("Location"))
		}
	}
	if w.changes() != 0 {
		t.Errorf("looking changed something: %v", w.calls)
	}
}

// Links in older mails lead on, also expired ones: the page asks who is there.
func TestOldLinksLeadOn(t *testing.T) {
	w := newWorld()
	id := string(w.with("c-platform", collaboration.Active, activeWith(true)))
	v := &visitor{h: w.server(t)}
	for _, method := range []string{"GET", "HEAD", "POST"} {
		for _, link := range []string{"c." + id + ".0", "c." + id + ".0.late"} {
			got := v.send(method, "/collaboration/"+link, url.Values{"act": {"end"}, "sure": {"yes"}})
			if got.Code != 303 || got.Header().Get("Location") != "/my/collaborations/"+id {
				t.Errorf("%s %s: %d to %q", method, link, got.Code, got.Header().Get("Location"))
			}
		}
	}
	if got := v.send("GET", "/collaboration/"+id+".1", nil); got.Code != 404 { // an invitation's
		t.Errorf("an invitation's link: %d", got.Code)
	}
	if got := v.send("GET", "/my/collaborations/"+id, nil); got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/login?to=%2Fmy%2Fcollaborations%2F") {
		t.Errorf("nobody: %d to %q", got.Code, got.Header().Get("Location"))
	}
	if w.changes() != 0 {
		t.Errorf("calls %v", w.calls)
	}
}
