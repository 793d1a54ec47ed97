package api_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
)

// busy gives the office an entry in every list of the overview.
func (w *world) busy() {
	bounced := w.records[w.with("c-platform", collaboration.AwaitingApproval)]
	expiring := w.records[w.with("c-has", collaboration.AwaitingApproval, func(r *collaboration.Activation) { r.ExpiresAt = now.AddDate(0, 0, 1) })]
	declined := w.records[w.with("c-new", collaboration.Declined, func(r *collaboration.Activation) {
		r.Decision = &collaboration.Decision{Outcome: collaboration.Decline, At: now.AddDate(0, 0, -1), Reason: collaboration.ReasonPrice}
	})]
	ending := func(customer string, days int, change func(*collaboration.Agreement)) collaboration.Activation {
		return w.records[w.with(customer, collaboration.Active, func(r *collaboration.Activation) {
			r.Agreement = &collaboration.Agreement{StartsOn: collaboration.DateOf(now).AddDays(days).AddMonths(-12), Started: true, Months: 12, Term: 1, Renews: true}
			change(r.Agreement)
		})]
	}
	o := collaboration.Overview{Pending: []int{12, 8, 5, 3}, Running: map[collaboration.Phase]int{collaboration.PhaseStarts: 17, collaboration.PhaseActive: 431, collaboration.PhaseTerminated: 6}, Ending: 38, EndingForGood: 4, Bounced: 1, Expiring: 9, Declined: 1,
		FirstBounced: []collaboration.Activation{bounced}, FirstExpiring: []collaboration.Activation{expiring}, FirstDeclined: []collaboration.Activation{declined}}
	o.FirstEnding = []collaboration.Activation{
		ending("c-platform", 9, func(a *collaboration.Agreement) { a.Renews = false }), ending("c-has", 20, func(*collaboration.Agreement) {}),
		ending("c-new", 40, func(*collaboration.Agreement) {}), ending("c-idle", 61, func(a *collaboration.Agreement) { a.EndOn = a.EndsOn() }),
	}
	for n, count := range []int{4, 7, 5, 9, 6, 11, 8, 0, 12, 10, 14, 6} {
		o.Weeks = append(o.Weeks, collaboration.Week{Monday: collaboration.DateOf(now).Monday().AddDays(7 * (n - 11)), Approved: count})
	}
	w.overview = o
}

func TestOverviewPage(t *testing.T) {
	t.Parallel()
	calm := collaboration.Overview{Pending: make([]int, 4), Weeks: make([]collaboration.Week, 12)}
	for _, tt := range []struct {
		name, lang string
		office     func(*world)
		content    []string
		not        []string
	}{
		{name: "busy", office: (*world).busy, content: []string{
			`<html lang="sv">`, `<a href="/requests">Väntar på svar</a><strong>28</strong>`, `<a href="/collaborations?phase=starts">Samarbeten som startar senare</a><strong>17</strong>`, `<a href="/collaborations?phase=active">Pågående samarbeten</a><strong>431</strong>`,
			`<a href="/collaborations?phase=terminated">Uppsagda samarbeten</a><strong>6</strong>`, `<strong>92</strong>`, `<strong>38</strong>`,
			`Åkes Bageri AB<span class="hide">, Ekonomisk översikt`, "Rätta adressen asa@oberg.example", "Går ut 24 november 2026 kl. 10:30", "22 november 2026: Priset eller villkoren",
			`<span class="name">4–7 dagar</span> <span class="number">8</span>`, `<span class="name">15 dagar eller mer</span> <span class="number">3</span>`,
			`<span class="hide">Vecka 48, från 23 november 2026: </span>`, "Uppsagd", "Slutdag vald", "Skickas 2026-12-03", "Skickat 2026-11-13", "Visa alla"}},
		{name: "in English", lang: "en", office: (*world).busy, content: []string{`<html lang="en">`, "Active collaborations", "Expires 24 November 2026 at 10:30", "4–7 days", "Renews"}},
		{name: "new", office: func(w *world) { w.overview = calm }, content: []string{"Inga samarbeten än", `href="/customers"`, "Inget just nu", "Ingen period slutar"}, not: []string{"<table", "Visa alla"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			tt.office(w)
			v := as(t, w.server(t), nils.Email)
			v.lang = tt.lang
			request{url: "/overview", status: 200, content: tt.content, notContent: tt.not}.check(t, v.send("GET", "/overview", nil))
			if w.calls["Overview"] != 1 {
				t.Errorf("%d queries", w.calls["Overview"])
			}
		})
	}
}

// Managers, and no other employees, see the changed addresses of administrators.
func TestOverviewPage_ShowsChangedAddressesToManagers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.overview = collaboration.Overview{Pending: make([]int, 4), Weeks: make([]collaboration.Week, 12), AddressChanges: 3, LastAddressChanges: []collaboration.AddressChange{
		{CustomerID: "c-has", CustomerName: "Åkes Bageri AB", AdministratorName: "Åke", OldEmail: "ake@akes.example", NewEmail: "ny@akes.example", ActorName: "Nils", At: now},
		{CustomerID: "c-new", CustomerName: "Lindas Hår", OldEmail: "l@har.example", NewEmail: "x@har.example", At: now}}}
	sees := []string{"Ändrade adresser senaste 30 dagarna", `<a href="/customers/c-has/contacts">`, "november 2026: ake@akes.example → ny@akes.example, ändrad av Nils", "Borttagen administratör", `<a href="/office/changes">Visa alla`}
	v := as(t, w.server(t), maja.Email)
	request{url: "/overview", status: 200, content: sees, notContent: []string{"Inget just nu"}}.check(t, v.send("GET", "/overview", nil))
	v = as(t, w.server(t), nils.Email)
	hidden := []string{"Ändrade adresser", "ny@akes.example"}
	request{url: "/overview", status: 200, content: []string{"Inget just nu"}, notContent: hidden}.check(t, v.send("GET", "/overview", nil))
	declined := w.with("c-new", collaboration.Declined)
	w.overview.Declined, w.overview.FirstDeclined = 1, []collaboration.Activation{w.records[declined]} // the other lists are shown
	request{url: "/overview", status: 200, content: []string{string(declined)}, notContent: hidden}.check(t, v.send("GET", "/overview", nil))
}

// The start page redirects each role to its own page.
func TestHome(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{nils.Email: "/overview", asa: "/my/collaborations", "nobody@example.com": ""} {
		v := as(t, newWorld().server(t), email)
		if got := v.send("GET", "/", nil); got.Header().Get("Location") != want {
			t.Errorf("%s is sent to %q, want %q", email, got.Header().Get("Location"), want)
		}
	}
	for lang, says := range map[string]string{"sv": "klartext i dess webbgränssnitt", "en": "in clear text, in this browser"} {
		v := as(t, newWorld().server(t), olle)
		v.lang = lang
		r := request{url: "/", status: 200, content: []string{says, olle, `<a href="` + webUI + `">`, `href="/login?switch=1"`}, notContent: []string{"hör varken", "belongs neither"}}
		r.check(t, v.send("GET", "/", nil))
	}
	v := &visitor{h: newWorld().server(t)}
	if got := v.send("GET", "/", nil); got.Code != 200 || !strings.Contains(got.Body.String(), "Logga in") {
		t.Errorf("no login: %d", got.Code)
	}
}
