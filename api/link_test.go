package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func sent(ago time.Duration) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) { r.SentAt = now.Add(-ago) }
}

// A link without an open invitation shows the reason and the next step.
func TestLinkPage_ExplainsInvalidLinks(t *testing.T) {
	t.Parallel()
	type changes = []func(*collaboration.Activation)
	resend, ask, mine := `/resend">`, `/ask">`, `href="/my/collaborations"`
	for _, tt := range []struct {
		name, who, link string
		changes         changes
		sv, en          []string
		unwanted        []string
	}{
		{name: "superseded", link: ".0", changes: changes{sent(time.Hour)}, sv: []string{"a•••@••• den 23 november 2026 kl. 09:30", "Skicka den till mig igen", resend, "Till den senaste inbjudan"}, en: []string{"Send it to me again"}, unwanted: []string{"asa@", "oberg.example", ask}},
		{name: "superseded, sent just now", link: ".0", changes: changes{sent(9 * time.Minute)}, sv: []string{"a•••@•••", "Titta i skräpposten"}, en: []string{"junk mail"}, unwanted: []string{resend}},
		{name: "superseded, answered since", link: ".0", changes: changes{state(collaboration.Active), decision(collaboration.Approve)}, sv: []string{"Till den senaste inbjudan"}, en: []string{"To the latest invitation"}, unwanted: []string{resend, "oberg.example", "godkän"}},
		{name: "expired", link: ".1.late", sv: []string{"Be Ekströms Redovisning om en ny inbjudan", ask, mine}, en: []string{"Ask Ekströms Redovisning for a new invitation"}, unwanted: []string{resend, "oberg.example"}},
		{name: "expired, the temporary administrator is removed", link: ".1", changes: changes{state(collaboration.Expired), func(r *collaboration.Activation) { r.Scenario = collaboration.NewCustomer }}, sv: []string{ask}, en: []string{ask}, unwanted: []string{mine}},
		{name: "failed", link: ".1", changes: changes{state(collaboration.Failed)}, sv: []string{"Be Ekströms Redovisning om en ny inbjudan", ask}, en: []string{ask, mine}},
		{name: "withdrawn", link: ".1", changes: changes{state(collaboration.Withdrawn)}, sv: []string{"kontakta Ekströms Redovisning", mine}, en: []string{"See your collaborations"}, unwanted: []string{ask, resend}},
		{name: "cut off", link: "", sv: []string{"kopiera hela adressen", mine}, en: []string{"copy the whole address", mine}},
		{name: "logged in as an administrator of another customer", who: ake, link: ".1.late", sv: []string{"Du är inloggad som", "Byt konto", ask}, en: []string{"Switch account"}, unwanted: []string{"oberg.example"}},
		{name: "logged in as an employee", who: maja.Email, link: ".1.late", sv: []string{"Du är inloggad som", "Byt konto", "Byrån och kunden måste företrädas av olika personer"}, en: []string{"Switch account"}, unwanted: []string{"oberg.example", ask}},
	} {
		for lang, wanted := range map[string][]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				path := "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval, tt.changes...))
				v := &visitor{h: w.server(t)}
				if tt.who != nobody {
					v.login(t, tt.who)
				}
				got := v.send("GET", path+tt.link+"?lang="+lang, nil)
				request{url: path, status: got.Code, content: wanted, notContent: append(tt.unwanted, ">link.", "%!", "Öbergs")}.check(t, got)
				if w.changes() != 0 {
					t.Errorf("the GET request changed something: %v", w.calls)
				}
			})
		}
	}
}

// The holder of a superseded link can resend the newest invitation to the stored address,
// within a rate limit.
func TestResendByLink(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, link string
		changes    []func(*collaboration.Activation)
		fail       error
		note       string
		resent     bool
		status     int
	}{
		{name: "superseded", link: ".0", changes: []func(*collaboration.Activation){sent(10 * time.Minute)}, note: "resent", resent: true, status: 303},
		{name: "outcome unknown", link: ".0", changes: []func(*collaboration.Activation){sent(time.Hour)}, fail: &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}, note: "resent", resent: true, status: 303},
		{name: "answered in between", link: ".0", changes: []func(*collaboration.Activation){sent(time.Hour)}, fail: &collaboration.Error{Code: collaboration.CodeAlreadyDecided}, resent: true, status: 303},
		{name: "Temporal unavailable", link: ".0", changes: []func(*collaboration.Activation){sent(time.Hour)}, fail: &collaboration.Error{Code: collaboration.CodeUnavailable}, resent: true, status: 503},
		{name: "sent just now", link: ".0", changes: []func(*collaboration.Activation){sent(9 * time.Minute)}, note: "just_sent", status: 303},
		{name: "the newest link itself", link: ".1", changes: []func(*collaboration.Activation){sent(time.Hour)}, status: 303},
		{name: "answered", link: ".0", changes: []func(*collaboration.Activation){sent(time.Hour), state(collaboration.Active), decision(collaboration.Approve)}, status: 303},
		{name: "withdrawn", link: ".0", changes: []func(*collaboration.Activation){sent(time.Hour), state(collaboration.Withdrawn)}, status: 303},
		{name: "forged", link: "", status: 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.fail["resend"] = tt.fail
			id := w.with("c-platform", collaboration.AwaitingApproval, tt.changes...)
			path := "/approve/" + string(id) + tt.link
			v := &visitor{h: w.server(t), lang: "sv"}
			for range 2 { // a double click
				got := v.send("POST", path+"/resend", nil)
				want := ""
				if tt.note != "" {
					want = path + " " + tt.note
				}
				if got.Code != tt.status || tt.status == 303 && got.Header().Get("Location") != path || v.pendingNotice() != want {
					t.Fatalf("%d to %q with %q, want %q\n%s", got.Code, got.Header().Get("Location"), v.pendingNotice(), want, got.Body)
				}
			}
			if !tt.resent {
				if w.changes() != 0 {
					t.Errorf("calls %v", w.calls)
				}
				return
			}
			first, second := w.messages[0].(message.Command), w.messages[1].(message.Command)
			if first.ID != second.ID || first.Activation != id || first.By != "invitee" {
				t.Errorf("messages %+v", w.messages)
			}
			if tt.note != "" {
				request{url: path, status: 410, content: []string{"Inbjudan är på väg igen", "a•••@•••"}}.check(t, v.send("GET", path, nil))
			}
		})
	}
}

// The office is notified of the request for a new invitation. The notification's ID
// deduplicates a retry.
func TestRequestNewInvitation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, who string
		state     collaboration.State
		by        string
	}{
		{"expired", nobody, collaboration.Expired, "invitee"},
		{"failed", nobody, collaboration.Failed, "invitee"},
		{"expired, by the administrator", asa, collaboration.Expired, "a-2"},
		{"open", nobody, collaboration.AwaitingApproval, ""},
		{"withdrawn", nobody, collaboration.Withdrawn, ""},
		{"declined", nobody, collaboration.Declined, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", tt.state)
			path := "/approve/" + string(id) + ".1"
			v, form := &visitor{h: w.server(t), lang: "sv"}, url.Values{}
			if tt.who != nobody {
				v.login(t, tt.who)
				path = "/my/invitations/" + string(id)
				form = v.form(path)
			}
			got := v.send("POST", path+"/ask", form)
			if tt.by == "" {
				if got.Code != 303 || w.changes() != 0 {
					t.Errorf("%d, %v", got.Code, w.calls)
				}
				return
			}
			page := v.follow(t, got)
			request{url: "/approve/", status: page.Code, content: []string{"Byrån får veta att ni vill ha en ny inbjudan"}, notContent: []string{`/ask">`}}.check(t, page)
			if l := w.messages[0].(collaboration.Notification); l.Kind != collaboration.NotificationAskedAgain || l.Activation != id || l.By != tt.by || l.Generation != 0 || l.Number != 0 {
				t.Errorf("notification %+v", l)
			}
		})
	}
}

// A page of another site cannot send the forms.
func TestLinkPage_RejectsCrossSiteForms(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, what := range []string{"/ask", "/resend"} {
		r := post("/approve/"+string(w.with("c-platform", collaboration.Expired))+".1"+what, "", "", "Sec-Fetch-Site", "cross-site", "Content-Type", "application/x-www-form-urlencoded")
		if got := r.send(w.server(t)); got.Code != 403 || w.changes() != 0 {
			t.Errorf("%s: %d, %v", what, got.Code, w.calls)
		}
	}
	id := string(w.with("c-platform", collaboration.Expired))
	if got := (&visitor{h: w.server(t)}).send("POST", "/my/invitations/"+id+"/ask", nil); got.Code != 401 || w.changes() != 0 {
		t.Errorf("without the link, not logged in: %d, %v", got.Code, w.calls)
	}
}

// The page lists the collaborations of all companies that the person administers.
func TestMyCollaborationsPage_ListsAllCompanies(t *testing.T) {
	t.Parallel()
	w := newWorld()
	one := func(customer string, st collaboration.State, more ...func(*collaboration.Activation)) string {
		return string(w.with(customer, st, more...))
	}
	ended := func(r *collaboration.Activation) { r.EndedAt = now }
	waiting := one("c-platform", collaboration.AwaitingApproval)
	running := one("c-platform", collaboration.Active, activeWith(true))
	ending := one("c-platform", collaboration.Active, activeWith(false))
	set := one("c-platform", collaboration.Active, activeWith(true), func(r *collaboration.Activation) {
		r.Agreement.EndOn = collaboration.Date{Year: 2027, Month: 2, Day: 3}
	})
	over := one("c-platform", collaboration.Ended, activeWith(true), ended)
	declined := one("c-platform", collaboration.Declined, ended)
	unsent := one("c-platform", collaboration.Failed, ended, func(r *collaboration.Activation) { r.Generation = 0 })
	others := one("c-has", collaboration.Active, activeWith(true))
	s := w.server(t)
	v := as(t, s, asa)
	request{url: "/approve/", status: 200, content: []string{"Mina samarbeten", "Väntar på ert svar", `href="/my/invitations/` + waiting, `Senast <span class="when">2026-12-23`,
		"Läs och svara", "Godkända samarbeten", `href="/my/collaborations/` + running, `Förlängs <span class="when">2027-11-01`, `href="/my/collaborations/` + ending, `Uppsagd, upphör 31 oktober 2027`, `Sista dag <span class="when">2027-10-31`, set, `Sista dag <span class="when">2027-02-02`, "Uppsagd, upphör 2 februari 2027",
		"Tidigare", `href="/my/collaborations/` + over, "Avslutad", `href="/my/invitations/` + declined, "Avböjd", `aria-current="page"`},
		notContent: []string{others, unsent, "class=\"company", ">mine.", "%!"}}.check(t, v.send("GET", "/my/collaborations", nil))

	w.administers("c-has", ake, asa)
	page := v.send("GET", "/my/collaborations?lang=en", nil)
	request{url: "/approve/", status: 200, content: []string{`<h2 class="company">Åkes Bageri AB</h2>`, `<h2 class="company">Öbergs Snickeri AB</h2>`, others, "Awaiting your answer", `Renews on <span class="when">2027-11-01`},
		notContent: []string{">mine.", "%!"}}.check(t, page)
	if w.calls["ActivationsOf"] != 2 || w.changes() != 0 {
		t.Errorf("calls %v", w.calls)
	}

	request{url: "/approve/", status: 200, content: []string{"Det finns inga samarbeten än"}}.check(t, as(t, s, "vera@vilande.example").send("GET", "/my/collaborations", nil))
	request{url: "/approve/", status: 403, content: []string{"Byt konto"}}.check(t, as(t, s, maja.Email).send("GET", "/my/collaborations", nil))
	if got := (&visitor{h: s}).send("GET", "/my/collaborations", nil); got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/login?to=") {
		t.Errorf("no login: %d", got.Code)
	}
}
