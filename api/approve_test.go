package api_test

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/api/view"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// asa administers c-platform, and ake c-has. A visitor without an address has no session.
const (
	nobody = ""
	asa    = "asa@oberg.example"
	ake    = "ake@akes.example"
)

func approve(form url.Values) url.Values {
	form.Set("outcome", "approve")
	form.Set("accept_terms", "yes")
	return form
}

func state(s collaboration.State) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) { r.State = s }
}

func decision(o collaboration.Outcome) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) {
		r.Decision = &collaboration.Decision{ID: "first", By: "a-2", Outcome: o, At: now.Add(-time.Hour), Generation: 1}
		if o == collaboration.Approve {
			r.Agreement = &collaboration.Agreement{StartsOn: collaboration.DateOf(now), Started: true, Months: 12, Term: 1, Renews: true}
		} else {
			r.Decision.Reason = collaboration.ReasonPrice
		}
	}
}

// The page shows every status to every kind of visitor, in both languages.
func TestInvitationPage_ShowsEveryStatus(t *testing.T) {
	t.Parallel()
	const open = collaboration.AwaitingApproval
	type changes = []func(*collaboration.Activation)
	approved, declined := changes{state(collaboration.Active), decision(collaboration.Approve)}, changes{state(collaboration.Declined), decision(collaboration.Decline)}
	customers := []string{"Öbergs", "559000", "Åsa", "Kundens", `name="outcome"`}
	for _, tt := range []struct {
		name     string
		customer string
		who      string
		changes  changes
		link     string // the suffix after the activation ID
		note     string
		status   int
		sv, en   []string
		unwanted []string
	}{
		{name: "open", who: asa, link: ".1", status: 200,
			sv: []string{"Ekströms Redovisning bjuder in er till ett samarbete", "Maja Ekström på Ekströms Redovisning", "Öbergs Snickeri AB", "559000-0004", "12 månader", "23 november 2026", "Byrån: Ekströms Redovisning", "Jag har läst villkoren", "Version 2026-11", "Tacka nej", "23 december 2026 kl. 10:30",
				"Du är inloggad som Name of asa@oberg.example (asa@oberg.example).", "Byt konto", "Vad händer när ni har svarat?", "får byråns medarbetare på uppdraget åtkomst"},
			en: []string{"Ekströms Redovisning invites you to a collaboration", "Maja Ekström at Ekströms Redovisning", "12 months", "23 November 2026", "I have read the terms", "Decline", "You are logged in as", "Switch account", "get access to the solution on the first day of the agreement"}},
		{name: "open, no login", who: nobody, link: ".1", status: 200, sv: []string{"Ekströms Redovisning bjuder in er till ett samarbete", "Ekonomisk översikt", "gäller till den 23 december 2026", "/login?to=%2Fapprove%2F", "Logga in, läs och svara"},
			en: []string{"invites you to a collaboration", "Financial overview", "Log in to read and answer", "is valid until 23 December 2026"}, unwanted: customers},
		{name: "open, another customer's administrator", who: ake, link: ".1", status: 403, sv: []string{"Inbjudan är till någon annan", "Du är inloggad som Name of ake@akes.example", "&amp;switch=1", "Byt konto"}, en: []string{"The invitation is for another person", "Switch account"}, unwanted: customers},
		{name: "open, an employee", who: maja.Email, link: ".1", status: 403, sv: []string{"företrädas av olika personer"}, en: []string{"represented by different people"}, unwanted: customers},
		{name: "open, has the solution", who: ake, customer: "c-has", link: ".1", status: 200, sv: []string{"som ni redan använder"}, en: []string{"which you already use"}},
		{name: "open, new customer, sole trader", who: "linda@har.example", customer: "c-new", link: ".1", status: 200, sv: []string{"lagt upp dig som administratör", "800101-****"}, en: []string{"made you its administrator"}, unwanted: []string{"9876"}},
		{name: "open, the customer pays, chosen month", who: asa, link: ".1", status: 200, changes: changes{func(r *collaboration.Activation) {
			r.InvoiceRecipient, r.AgreementMonths = collaboration.PaidByCustomer, 3
			r.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 2, Day: 1}}
		}}, sv: []string{"Ni: Öbergs Snickeri AB", "3 månader", "1 februari 2027"}, en: []string{"You: Öbergs Snickeri AB", "1 February 2027"}},
		{name: "mail delivered before the write", who: asa, link: ".2", status: 200, sv: []string{"Godkänn samarbetet"}, en: []string{"Approve the collaboration"}},
		{name: "received", who: asa, link: ".1", note: "received", status: 200, sv: []string{"Vi har tagit emot ert svar"}, en: []string{"We have received your answer"}, unwanted: []string{`name="outcome"`}},
		{name: "approved", who: asa, link: ".1", status: 200, changes: approved,
			sv: []string{"Samarbetet med Ekströms Redovisning är godkänt", "23 november 2026 kl. 09:30", "Svaret lämnades av Åsa Öberg", "perioden till och med 22 november 2027", "Det första svaret gäller", `href="/my/collaborations/`}, en: []string{"is approved", "23 November 2026 at 09:30", "its term until 22 November 2027", "by Åsa Öberg"}, unwanted: []string{`name="outcome"`}},
		{name: "approved, no login", who: nobody, link: ".1", status: 200, changes: approved, sv: []string{"Inbjudan är redan besvarad", "Logga in och se svaret"}, en: []string{"has already been answered"}, unwanted: append(customers, "godkänt", "approved")},
		{name: "approved, another customer's administrator", who: ake, link: ".1", status: 403, changes: approved, sv: []string{"till någon annan"}, en: []string{"for another person"}, unwanted: append(customers, "godkänt")},
		{name: "approved, link expired since", who: asa, link: ".1.late", status: 200, changes: approved, sv: []string{"är godkänt"}, en: []string{"is approved"}},
		{name: "declined", who: asa, link: ".1", status: 200, changes: declined,
			sv: []string{"är avböjd", "Ni tackade nej den 23 november 2026 kl. 09:30", "Priset eller villkoren"}, en: []string{"is declined", "You declined on"}, unwanted: []string{`name="outcome"`, `href="/my/collaborations/`}},
		{name: "declined, no administrator since", who: "linda@har.example", customer: "c-gone", link: ".1", status: 200, changes: declined, sv: []string{"är avböjd"}, en: []string{"is declined"}},
		{name: "approved, no administrator since", who: "linda@har.example", customer: "c-gone", link: ".0", status: 410, changes: approved, sv: []string{"ersatts"}, en: []string{"replaced"}, unwanted: customers},
		{name: "ended", who: asa, link: ".1", status: 200, changes: changes{state(collaboration.Ended), decision(collaboration.Approve), func(r *collaboration.Activation) { r.EndedAt = now }},
			sv: []string{"Samarbetet avslutades 23 november 2026"}, en: []string{"ended on 23 November 2026"}},
		{name: "superseded", who: nobody, link: ".0", status: 410, sv: []string{"ersatts av en nyare inbjudan", "Ekströms Redovisning", `href="/my/invitations/`}, en: []string{"replaced by a newer invitation"}, unwanted: customers},
		{name: "superseded, for the administrator", who: asa, link: ".0", status: 410, sv: []string{"ersatts av en nyare inbjudan", `href="/my/invitations/`}, en: []string{"replaced by a newer invitation"}, unwanted: customers[:2]},
		{name: "superseded and decided", who: nobody, link: ".0", status: 410, changes: approved, sv: []string{"ersatts"}, en: []string{"replaced"}, unwanted: customers},
		{name: "expired", who: nobody, link: ".1.late", status: 410, sv: []string{"Inbjudan har gått ut", "Ekströms Redovisning"}, en: []string{"The invitation has expired", "Ekströms Redovisning"}, unwanted: customers},
		{name: "expired by the stored state", who: asa, link: ".1", status: 410, changes: changes{state(collaboration.Expired)}, sv: []string{"Inbjudan har gått ut"}, en: []string{"has expired"}},
		{name: "expired by the clock", who: asa, link: ".1", status: 410, changes: changes{func(r *collaboration.Activation) { r.ExpiresAt = now }}, sv: []string{"Inbjudan har gått ut"}, en: []string{"has expired"}},
		{name: "withdrawn", who: nobody, link: ".1", status: 200, changes: changes{state(collaboration.Withdrawn)}, sv: []string{"Inbjudan har återkallats", "kontakta Ekströms Redovisning"}, en: []string{"The invitation was withdrawn"}, unwanted: customers},
		{name: "failed", who: nobody, link: ".1", status: 200, changes: changes{state(collaboration.Failed)}, sv: []string{"kunde inte slutföras", "Ekströms Redovisning"}, en: []string{"could not be completed"}, unwanted: customers},
		{name: "forged", who: nobody, link: "?", status: 404, sv: []string{"Länken är inte giltig", "kopiera hela adressen"}, en: []string{"The link is not valid"}, unwanted: []string{"Ekström"}},
	} {
		for lang, wanted := range map[string][]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				customer, changes := "c-platform", slices.Clone(tt.changes)
				if tt.customer != "" {
					customer = tt.customer
				}
				if customer == "c-gone" { // the invitee was an administrator only for this invitation
					customer = "c-idle"
					changes = append(changes, func(r *collaboration.Activation) { r.InvitedEmail = "Linda@har.example" })
				}
				path := "/approve/" + string(w.with(customer, open, changes...)) + tt.link
				if customer == "c-new" {
					w.administers("c-new", "linda@har.example")
				}
				if tt.link == "?" {
					path = "/approve/forged"
				}
				v := &visitor{h: w.server(t)}
				if tt.who != nobody {
					v.login(t, tt.who)
				}
				r := request{url: path, status: tt.status,
					content: slices.Concat(wanted, []string{`<html lang="` + lang + `">`}), notContent: slices.Concat(tt.unwanted, []string{">page.", ">link.", "%!"}),
					wantHeaders: map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
						"Content-Security-Policy": view.Policy}}
				if tt.note != "" {
					v.leave(path, tt.note)
				}
				r.check(t, v.send("GET", path+"?lang="+lang, nil))
				if got := v.send("HEAD", path, nil); got.Code != tt.status {
					t.Errorf("HEAD: %d", got.Code)
				}
				if w.changes() != 0 {
					t.Errorf("the GET request changed something: %v", w.calls)
				}
			})
		}
	}
}

// The default is Swedish, if the pages have none of the languages that the browser requests.
func TestInvitationPage_UsesLanguageOfBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld()
	english := w.with("c-platform", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.Locale = collaboration.English })
	s := w.server(t)
	for _, tt := range []struct{ accept, query, want string }{
		{"", "", "sv"}, {"de", "", "sv"}, {"sv-SE,en;q=0.5", "", "sv"}, {"en", "?lang=sv", "sv"}, {"sv;q=0", "", "sv"}, {"sv;q=0.2, en;q=0.7", "?lang=xx", "en"},
	} {
		got := (&visitor{h: s, lang: tt.accept}).send("GET", "/approve/"+string(english)+".1"+tt.query, nil)
		if !strings.Contains(got.Body.String(), `<html lang="`+tt.want+`">`) {
			t.Errorf("%q %q: not %s", tt.accept, tt.query, tt.want)
		}
	}
}

func TestInvitationPage_Approves(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.InvitedEmail = "somebody@oberg.example" })
	w.status = message.Status{State: collaboration.AwaitingApproval, Generation: 1}
	s := w.server(t)
	for n, path := range []string{"/approve/" + string(id) + ".1", "/my/invitations/" + string(id)} {
		w.decisions, w.statuses = nil, map[collaboration.ActivationID]message.Status{}
		v := as(t, s, asa)
		form := approve(v.form(path))
		got := v.send("POST", path+"?lang=en", form)
		if got.Code != 303 || got.Header().Get("Location") != path || len(w.decisions) != 1 {
			t.Fatalf("%d to %q, %d decisions\n%s", got.Code, got.Header().Get("Location"), len(w.decisions), got.Body)
		}
		// The decision is by the logged-in administrator, not by the invitee.
		d, terms := w.decisions[0], financialOverview().Terms
		if d.ID != form.Get("nonce") || d.By != "a-2" || d.Generation != 1 || d.Outcome != collaboration.Approve || d.Offer.Hash() != offerHash("c-platform", "sv") ||
			d.Offer.TermsVersion != terms.Version || d.Offer.TermsHash != collaboration.TermsHash(terms.Text.Swedish) || d.Offer.Locale != "sv" || d.Activation != id {
			t.Errorf("%d: decision %+v", n, d)
		}
		if want := financialOverview().TermsText(collaboration.Swedish); len(w.terms) == 0 || w.terms[0] != want || d.Offer.TermsHash != want.Hash {
			t.Errorf("stored terms %+v", w.terms)
		}
		// The database lags behind, so the page queries the workflow.
		if page := v.send("GET", path+"?lang=sv", nil); !strings.Contains(page.Body.String(), "är godkänt") {
			t.Errorf("after approving:\n%s", page.Body)
		}
		// The same form again shows the decision and sends no command.
		if again := v.send("POST", path, form); again.Code != 303 || len(w.decisions) != 1 {
			t.Errorf("second POST: %d, %d decisions", again.Code, len(w.decisions))
		}
	}
}

func TestInvitationPage_Declines(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.administers("c-new", "linda@har.example")
	path := "/approve/" + string(w.with("c-new", collaboration.AwaitingApproval)) + ".1"
	v := as(t, w.server(t), "linda@har.example")
	form := v.form(path)
	form.Set("outcome", "decline")
	form.Set("reason", "other")
	form.Set("comment", "Vi hörs <b>nästa</b> år")
	if got := v.send("POST", path, form); got.Code != 303 || len(w.decisions) != 1 {
		t.Fatalf("%d\n%s", got.Code, got.Body)
	}
	if d := w.decisions[0]; d.Reason != collaboration.ReasonOther || d.Comment != "Vi hörs <b>nästa</b> år" || d.By != "a-c-new" || d.Offer != nil {
		t.Errorf("decision %+v", d)
	}
}

func TestInvitationPage_RejectsInvalidForms(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("å", 1001)
	for _, tt := range []struct {
		name    string
		change  func(form url.Values, v *visitor)
		fail    error
		status  int
		content []string
		calls   int
	}{
		{name: "terms not ticked", change: func(f url.Values, _ *visitor) { f.Del("accept_terms") }, status: 422,
			content: []string{`href="#field-terms"`, `id="field-terms"`, `aria-invalid="true"`, "Kryssa i att du godkänner villkoren"}},
		{name: "no reason", change: func(f url.Values, _ *visitor) { f.Set("outcome", "decline") }, status: 422, content: []string{`href="#field-reason"`, "Välj varför ni tackar nej", "<details class=\"card decline\" open>"}},
		{name: "long comment", change: func(f url.Values, _ *visitor) {
			f.Set("outcome", "decline")
			f.Set("reason", "other")
			f.Set("comment", long)
		}, status: 422, content: []string{`href="#field-comment"`, long}},
		{name: "other terms", change: func(f url.Values, _ *visitor) { f.Set("offer_hash", strings.Repeat("0", 64)) }, status: 409, content: []string{"Villkoren har ändrats"}},
		{name: "other language", change: func(f url.Values, _ *visitor) { f.Set("locale", "en") }, status: 409, content: []string{"Villkoren har ändrats"}},
		{name: "no outcome", change: func(f url.Values, _ *visitor) { f.Del("outcome") }, status: 422},
		{name: "no id", change: func(f url.Values, _ *visitor) { f.Del("nonce") }, status: 422},
		{name: "no token", change: func(f url.Values, _ *visitor) { f.Del("token") }, status: 303},
		{name: "wrong token", change: func(f url.Values, _ *visitor) { f.Set("token", "x") }, status: 303},
		{name: "not logged in", change: func(_ url.Values, v *visitor) { v.cookies = nil }, status: 401, content: []string{"Logga in för att fortsätta"}},
		{name: "logged in as another administrator", change: func(f url.Values, v *visitor) {
			v.login(t, ake)
			f.Set("token", v.form("/overview").Get("token"))
		}, status: 403, content: []string{"Inbjudan är till någon annan"}},
		{name: "too large", change: func(f url.Values, _ *visitor) { f.Set("comment", strings.Repeat("x", 64<<10)) }, status: 413},
		{name: "Temporal unavailable", fail: &collaboration.Error{Code: collaboration.CodeUnavailable}, status: 503, content: []string{"kan inte nås just nu", `value="yes" checked`}, calls: 1},
		{name: "outcome unknown", fail: &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}, status: 303, calls: 1},
		{name: "decided by another administrator", fail: &collaboration.Error{Code: collaboration.CodeAlreadyDecided}, status: 303, calls: 1},
		{name: "superseded in between", fail: &collaboration.Error{Code: collaboration.CodeLinkReplaced}, status: 303, calls: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.fail["decide"] = tt.fail
			path := "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + ".1"
			v := as(t, w.server(t), asa)
			form := approve(v.form(path))
			if tt.change != nil {
				tt.change(form, v)
			}
			got := v.send("POST", path, form)
			request{url: path, status: tt.status, content: tt.content}.check(t, got)
			if tt.status == 409 && strings.Contains(got.Body.String(), `value="yes" checked`) {
				t.Error("the new terms are already accepted")
			}
			if w.calls["decide"] != tt.calls {
				t.Errorf("%d decisions", w.calls["decide"])
			}
			if noted := v.pendingNotice() == path+" received"; noted != (tt.name == "outcome unknown") {
				t.Errorf("notice %q", v.pendingNotice())
			}
		})
	}
}

// The form is filled in again after the login, and no decision is sent. Another
// administrator sees an empty form.
func TestInvitationPage_KeepsFormAfterSessionEnds(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(v *visitor){
		"session over":       func(v *visitor) { v.cookies = nil },
		"logged in anew":     func(v *visitor) { v.login(t, asa) },
		"another one's tab":  func(v *visitor) { v.login(t, "olle@oberg.example") },
		"by way of somebody": func(v *visitor) { v.cookies = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.administers("c-platform", asa, "olle@oberg.example")
			path := "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + ".1"
			v := as(t, w.server(t), asa)
			form := approve(v.form(path))
			form.Set("reason", "price")
			form.Set("comment", "Dyrt")
			lose(v)
			got := v.send("POST", path, form)
			switch name {
			case "by way of somebody":
				v.login(t, ake)
				if page := v.send("GET", path, nil); page.Code != 403 || strings.Contains(page.Body.String(), "Dyrt") || strings.Contains(page.Body.String(), "finns kvar") {
					t.Errorf("another administrator: %d\n%s", page.Code, page.Body)
				}
				v.login(t, asa)
			case "session over":
				if got.Code != 401 || !strings.Contains(got.Body.String(), "/login?to=%2Fapprove%2F") {
					t.Fatalf("%d\n%s", got.Code, got.Body)
				}
				v.login(t, asa)
			}
			request{url: path, status: 200, content: []string{"Det du skrev finns kvar", `value="yes" checked`, `value="price" checked`, ">Dyrt</textarea>"}}.check(t, v.send("GET", path, nil))
			if w.calls["decide"] != 0 {
				t.Errorf("%d decisions", w.calls["decide"])
			}
			request{url: path, status: 200, notContent: []string{"Dyrt", "finns kvar"}}.check(t, v.send("GET", path, nil))
		})
	}
}

// The first of two concurrent decisions counts; the second request shows it.
func TestInvitationPage_ConcurrentDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	path := "/approve/" + string(id) + ".1"
	s := w.server(t)
	first, second := as(t, s, asa), as(t, s, asa)
	approving, declining := approve(first.form(path)), second.form(path)
	declining.Set("outcome", "decline")
	declining.Set("reason", "price")
	if approving.Get("nonce") == declining.Get("nonce") {
		t.Error("both windows send the same command ID")
	}
	var both sync.WaitGroup
	w.first = true
	both.Go(func() { first.send("POST", path, approving) })
	both.Go(func() { second.send("POST", path, declining) })
	both.Wait()
	if len(w.decisions) < 1 {
		t.Fatal("no decision was sent")
	}
	want := map[collaboration.Outcome]string{collaboration.Approve: "Ni godkände den", collaboration.Decline: "Ni tackade nej den"}[w.decisions[0].Outcome]
	for _, v := range []*visitor{first, second} {
		request{url: path, status: 200, content: []string{want, "Det första svaret gäller"}}.check(t, v.send("GET", path, nil))
	}
}

func TestInvitationPage_IgnoresLateDecision(t *testing.T) {
	t.Parallel()
	for _, s := range []collaboration.State{collaboration.Withdrawn, collaboration.Expired, collaboration.Failed, collaboration.Declined, collaboration.Active} {
		w := newWorld()
		id := w.with("c-platform", collaboration.AwaitingApproval)
		path := "/approve/" + string(id) + ".1"
		v := as(t, w.server(t), asa)
		form := approve(v.form(path))
		r := w.records[id]
		r.State = s
		w.records[id] = r
		if got := v.send("POST", path, form); got.Code != 303 || w.calls["decide"] != 0 {
			t.Errorf("%s: %d, decided %d times", s, got.Code, w.calls["decide"])
		}
	}
}

func TestInvitationPage_DatabaseUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	v := as(t, w.server(t), asa)
	w.fail["Activation"] = &collaboration.Error{Code: collaboration.CodeUnavailable}
	request{url: "/approve/", status: 503, content: []string{"Sidan kan inte visas just nu"}}.check(t, v.send("GET", "/approve/"+string(id)+".1", nil))
	delete(w.fail, "Activation")
	w.fail["Status"], w.fail["Customer"] = &collaboration.Error{Code: collaboration.CodeUnavailable}, &collaboration.Error{Code: collaboration.CodeUnavailable}
	request{url: "/approve/", status: 200, content: []string{"Godkänn samarbetet"}}.check(t, v.send("GET", "/approve/"+string(id)+".1", nil))
}

// An administrator of the customer decides without the link of the mail.
func TestInvitationPage_WithoutLink(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	unsent := w.with("c-platform", collaboration.Activating, func(r *collaboration.Activation) { r.Generation = 0 })
	s := w.server(t)
	for _, tt := range []struct {
		who    string
		id     collaboration.ActivationID
		status int
		shows  string
	}{
		{asa, id, 200, "Godkänn samarbetet"},
		{ake, id, 404, "Det finns inget här"},
		{asa, unsent, 404, "Det finns inget här"},
		{asa, "nonsense", 404, "Det finns inget här"},
		{maja.Email, id, 403, "Byt konto"},
	} {
		got := as(t, s, tt.who).send("GET", "/my/invitations/"+string(tt.id), nil)
		request{url: "/approve/", status: tt.status, content: []string{tt.shows}}.check(t, got)
	}
	if got := (&visitor{h: s}).send("GET", "/my/invitations/"+string(id), nil); got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/login?to=%2Fmy%2Finvitations%2F") {
		t.Errorf("no login: %d to %q", got.Code, got.Header().Get("Location"))
	}
	if w.changes() != 0 {
		t.Errorf("the GET request changed something: %v", w.calls)
	}
}
