package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/api/web"
	"countersign/collaboration"
)

// visitor is a browser that keeps its cookie.
type visitor struct {
	h      http.Handler
	cookie string
	lang   string
}

func (v *visitor) send(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	r.Header.Set("Accept-Language", v.lang)
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !strings.HasSuffix(c.Name, "countersign-form") {
			continue
		}
		v.cookie = c.Name + "=" + c.Value
	}
	return w
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// form opens the page and reads the hidden fields of its form.
func (v *visitor) form(path string) url.Values {
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(v.send("GET", path, nil).Body.String(), -1) {
		form.Set(field[1], field[2])
	}
	return form
}

func approve(form url.Values) url.Values {
	form.Set("outcome", "approve")
	form.Set("accept_terms", "yes")
	return form
}

func state(s collaboration.State) func(*collaboration.Record) {
	return func(r *collaboration.Record) { r.State = s }
}

func decision(o collaboration.Outcome) func(*collaboration.Record) {
	return func(r *collaboration.Record) {
		r.Decision = &collaboration.Decision{ID: "first", Outcome: o, At: now.Add(-time.Hour), Generation: 1}
		if o == collaboration.Approve {
			r.Agreement = &collaboration.Agreement{StartsOn: collaboration.DateOf(now), Months: 12, Term: 1, Renews: true}
		} else {
			r.Decision.Reason = collaboration.ReasonPrice
		}
	}
}

// Every state, in both languages.
func TestApprovalPage(t *testing.T) {
	const open = collaboration.AwaitingApproval
	for _, tt := range []struct {
		name     string
		customer string
		changes  []func(*collaboration.Record)
		link     string // after the activation's id
		note     string
		status   int
		sv, en   []string
		unwanted []string
	}{
		{name: "open", link: ".1", status: 200,
			sv: []string{"Ekströms Redovisning bjuder in er till ett samarbete", "Maja Ekström på Ekströms Redovisning", "Öbergs Snickeri AB", "559000-0004", "12 månader", "23 november 2026", "Byrån: Ekströms Redovisning", "Jag har läst villkoren", "Version 2026-11", "Tacka nej", "23 december 2026 kl. 10:30"},
			en: []string{"Ekströms Redovisning invites you to a collaboration", "Maja Ekström at Ekströms Redovisning", "12 months", "23 November 2026", "I have read the terms", "Decline"}},
		{name: "open, has the solution", customer: "c-has", link: ".1", status: 200, sv: []string{"som ni redan använder"}, en: []string{"which you already use"}},
		{name: "open, new customer, sole trader", customer: "c-new", link: ".1", status: 200, sv: []string{"lagt upp dig som administratör", "800101-****"}, en: []string{"made you its administrator"}, unwanted: []string{"9876"}},
		{name: "open, the customer pays, chosen month", link: ".1", status: 200, changes: []func(*collaboration.Record){func(r *collaboration.Record) {
			r.InvoiceRecipient, r.AgreementMonths = collaboration.PaidByCustomer, 3
			r.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 2, Day: 1}}
		}}, sv: []string{"Ni: Öbergs Snickeri AB", "3 månader", "1 februari 2027"}, en: []string{"You: Öbergs Snickeri AB", "1 February 2027"}},
		{name: "the mail is faster than its record", link: ".2", status: 200, sv: []string{"Godkänn samarbetet"}, en: []string{"Approve the collaboration"}},
		{name: "received", link: ".1", note: "&note=received", status: 200, sv: []string{"Vi har tagit emot ert svar"}, en: []string{"We have received your answer"}, unwanted: []string{`method="post"`}},
		{name: "approved", link: ".1", status: 200, changes: []func(*collaboration.Record){state(collaboration.Active), decision(collaboration.Approve)},
			sv: []string{"Samarbetet med Ekströms Redovisning är godkänt", "23 november 2026 kl. 09:30", "slutar 23 november 2027", "Det första svaret gäller"}, en: []string{"is approved", "23 November 2026 at 09:30", "ends on 23 November 2027"}, unwanted: []string{`method="post"`}},
		{name: "approved, link expired since", link: ".1.late", status: 200, changes: []func(*collaboration.Record){state(collaboration.Active), decision(collaboration.Approve)}, sv: []string{"är godkänt"}, en: []string{"is approved"}},
		{name: "declined", link: ".1", status: 200, changes: []func(*collaboration.Record){state(collaboration.Declined), decision(collaboration.Decline)},
			sv: []string{"är avböjd", "Ni tackade nej den 23 november 2026 kl. 09:30", "Priset eller villkoren"}, en: []string{"is declined", "You declined on"}, unwanted: []string{`method="post"`}},
		{name: "ended", link: ".1", status: 200, changes: []func(*collaboration.Record){state(collaboration.Ended), decision(collaboration.Approve), func(r *collaboration.Record) { r.EndedAt = now }},
			sv: []string{"Samarbetet avslutades 23 november 2026"}, en: []string{"ended on 23 November 2026"}},
		{name: "replaced", link: ".0", status: 410, sv: []string{"ersatts av en nyare inbjudan", "Ekströms Redovisning"}, en: []string{"replaced by a newer invitation"}, unwanted: []string{"Öbergs", "559000"}},
		{name: "replaced and decided", link: ".0", status: 410, changes: []func(*collaboration.Record){state(collaboration.Active), decision(collaboration.Approve)}, sv: []string{"ersatts"}, en: []string{"replaced"}, unwanted: []string{"Öbergs"}},
		{name: "expired", link: ".1.late", status: 410, sv: []string{"Inbjudan har gått ut", "Kontakta Ekströms Redovisning"}, en: []string{"The invitation has expired", "Contact Ekströms Redovisning"}, unwanted: []string{`method="post"`}},
		{name: "expired by the record", link: ".1", status: 410, changes: []func(*collaboration.Record){state(collaboration.Expired)}, sv: []string{"Inbjudan har gått ut"}, en: []string{"has expired"}},
		{name: "expired by the clock", link: ".1", status: 410, changes: []func(*collaboration.Record){func(r *collaboration.Record) { r.ExpiresAt = now }}, sv: []string{"Inbjudan har gått ut"}, en: []string{"has expired"}},
		{name: "withdrawn", link: ".1", status: 200, changes: []func(*collaboration.Record){state(collaboration.Withdrawn)}, sv: []string{"Inbjudan har tagits tillbaka", "kontakta Ekströms Redovisning"}, en: []string{"The invitation was withdrawn"}, unwanted: []string{`method="post"`}},
		{name: "failed", link: ".1", status: 200, changes: []func(*collaboration.Record){state(collaboration.Failed)}, sv: []string{"kunde inte slutföras", "Kontakta Ekströms Redovisning"}, en: []string{"could not be completed"}},
		{name: "forged", link: "?", status: 404, sv: []string{"Länken är inte giltig"}, en: []string{"The link is not valid"}, unwanted: []string{"Ekström"}},
	} {
		for lang, wanted := range map[string][]string{"sv": tt.sv, "en": tt.en} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				w := newWorld()
				customer := "c-platform"
				if tt.customer != "" {
					customer = tt.customer
				}
				path := "/approve/" + string(w.with(customer, open, tt.changes...)) + tt.link
				if tt.link == "?" {
					path = "/approve/forged"
				}
				r := request{method: "GET", url: path + "?lang=" + lang + tt.note, status: tt.status,
					content: append(wanted, `<html lang="`+lang+`">`), notContent: append(tt.unwanted, ">page.", "%!"),
					wantHeaders: map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
						"Content-Security-Policy": web.Policy}}
				s := w.server(t)
				r.check(t, r.send(s))
				r.method = "HEAD"
				if got := r.send(s); got.Code != tt.status {
					t.Errorf("HEAD: %d", got.Code)
				}
				if w.changes() != 0 {
					t.Errorf("looking changed something: %v", w.calls)
				}
			})
		}
	}
}

// The language is the visitor's own; Swedish where the browser names none of ours.
func TestPageLanguage(t *testing.T) {
	w := newWorld()
	english := w.with("c-platform", collaboration.AwaitingApproval, func(r *collaboration.Record) { r.Locale = collaboration.English })
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

func TestApproveOnThePage(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	path := "/approve/" + string(id) + ".1"
	w.standing = collaboration.Standing{State: collaboration.AwaitingApproval, Generation: 1}
	v := &visitor{h: w.server(t), lang: "sv"}
	form := approve(v.form(path))
	got := v.send("POST", path+"?lang=en", form)
	if got.Code != 303 || got.Header().Get("Location") != path || len(w.decisions) != 1 {
		t.Fatalf("%d to %q, %d decisions\n%s", got.Code, got.Header().Get("Location"), len(w.decisions), got.Body)
	}
	d, terms := w.decisions[0], financialOverview().Terms
	if d.ID != form.Get("nonce") || d.By != "a-2" || d.Generation != 1 || d.Outcome != collaboration.Approve || d.TermsHash != terms.Hash("sv") ||
		d.TermsVersion != terms.Version || d.Locale != "sv" || d.Activation != id {
		t.Errorf("decision %+v", d)
	}
	// The facts lag behind; the page asks the workflow.
	if page := v.send("GET", path, nil); !strings.Contains(page.Body.String(), "är godkänt") {
		t.Errorf("after approving:\n%s", page.Body)
	}
	// The same form again: shows what was decided, decides nothing.
	if again := v.send("POST", path, form); again.Code != 303 || len(w.decisions) != 1 {
		t.Errorf("second POST: %d, %d decisions", again.Code, len(w.decisions))
	}
}

func TestDeclineOnThePage(t *testing.T) {
	w := newWorld()
	path := "/approve/" + string(w.with("c-new", collaboration.AwaitingApproval)) + ".1"
	v := &visitor{h: w.server(t)}
	form := v.form(path)
	form.Set("outcome", "decline")
	form.Set("reason", "other")
	form.Set("comment", "Vi hörs <b>nästa</b> år")
	if got := v.send("POST", path, form); got.Code != 303 || len(w.decisions) != 1 {
		t.Fatalf("%d\n%s", got.Code, got.Body)
	}
	if d := w.decisions[0]; d.Reason != collaboration.ReasonOther || d.Comment != "Vi hörs <b>nästa</b> år" || d.By != "invitee" || d.TermsHash != "" {
		t.Errorf("decision %+v", d)
	}
}

func TestPageRefuses(t *testing.T) {
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
			content: []string{`href="#terms"`, `id="terms"`, `aria-invalid="true"`, "Kryssa i att du godkänner villkoren"}},
		{name: "no reason", change: func(f url.Values, _ *visitor) { f.Set("outcome", "decline") }, status: 422, content: []string{`href="#reason"`, "Välj varför ni tackar nej", "<details class=\"card decline\" open>"}},
		{name: "long comment", change: func(f url.Values, _ *visitor) {
			f.Set("outcome", "decline")
			f.Set("reason", "other")
			f.Set("comment", long)
		}, status: 422, content: []string{`href="#comment"`, long}},
		{name: "other terms", change: func(f url.Values, _ *visitor) { f.Set("terms_hash", strings.Repeat("0", 64)) }, status: 409, content: []string{"Villkoren har ändrats"}},
		{name: "other language", change: func(f url.Values, _ *visitor) { f.Set("locale", "en") }, status: 409, content: []string{"Villkoren har ändrats"}},
		{name: "no outcome", change: func(f url.Values, _ *visitor) { f.Del("outcome") }, status: 422},
		{name: "no token", change: func(f url.Values, _ *visitor) { f.Del("token") }, status: 403, content: []string{"Formuläret har blivit för gammalt"}},
		{name: "wrong token", change: func(f url.Values, _ *visitor) { f.Set("token", "x") }, status: 403},
		{name: "token of another nonce", change: func(f url.Values, _ *visitor) { f.Set("nonce", strings.Repeat("A", 26)) }, status: 403},
		{name: "no cookie", change: func(_ url.Values, v *visitor) { v.cookie = "" }, status: 403},
		{name: "another's cookie", change: func(_ url.Values, v *visitor) { v.cookie = "countersign-form=" + strings.Repeat("A", 26) }, status: 403},
		{name: "too large", change: func(f url.Values, _ *visitor) { f.Set("comment", strings.Repeat("x", 64<<10)) }, status: 413},
		{name: "engine unavailable", fail: &collaboration.Error{Code: collaboration.CodeUnavailable}, status: 503, content: []string{"kan inte nås just nu", `value="yes" checked`}, calls: 1},
		{name: "outcome unknown", fail: &collaboration.Error{Code: collaboration.CodeOutcomeUnknown}, status: 303, calls: 1},
		{name: "someone was first", fail: &collaboration.Error{Code: collaboration.CodeAlreadyDecided}, status: 303, calls: 1},
		{name: "replaced meanwhile", fail: &collaboration.Error{Code: collaboration.CodeLinkReplaced}, status: 303, calls: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.fail["Decide"] = tt.fail
			path := "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + ".1"
			v := &visitor{h: w.server(t), lang: "sv"}
			form := approve(v.form(path))
			if tt.change != nil {
				tt.change(form, v)
			}
			got := v.send("POST", path, form)
			request{url: path, status: tt.status, content: tt.content}.check(t, got)
			if w.calls["Decide"] != tt.calls {
				t.Errorf("decided %d times", w.calls["Decide"])
			}
			if noted := strings.Contains(got.Header().Get("Location"), "note=received"); noted != (tt.name == "outcome unknown") {
				t.Errorf("Location %q", got.Header().Get("Location"))
			}
		})
	}
}

// A form made for one link is no good for another.
func TestFormIsBoundToItsLink(t *testing.T) {
	w := newWorld()
	one := "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + ".1"
	other := "/approve/" + string(w.with("c-new", collaboration.AwaitingApproval)) + ".1"
	v := &visitor{h: w.server(t)}
	if got := v.send("POST", other, approve(v.form(one))); got.Code != 403 || w.calls["Decide"] != 0 {
		t.Errorf("%d", got.Code)
	}
}

func TestLateAnswersChangeNothing(t *testing.T) {
	for _, s := range []collaboration.State{collaboration.Withdrawn, collaboration.Expired, collaboration.Failed, collaboration.Declined, collaboration.Active} {
		w := newWorld()
		id := w.with("c-platform", collaboration.AwaitingApproval)
		path := "/approve/" + string(id) + ".1"
		v := &visitor{h: w.server(t)}
		form := approve(v.form(path))
		r := w.records[id]
		r.State = s
		w.records[id] = r
		if got := v.send("POST", path, form); got.Code != 303 || w.calls["Decide"] != 0 {
			t.Errorf("%s: %d, decided %d times", s, got.Code, w.calls["Decide"])
		}
	}
}

func TestCookie(t *testing.T) {
	for public, want := range map[string]string{
		"http://localhost:8080":   "countersign-form=%s; Path=/; HttpOnly; SameSite=Strict",
		"https://example.example": "__Host-countersign-form=%s; Path=/; HttpOnly; Secure; SameSite=Strict",
	} {
		w := newWorld()
		w.deps = func(d *api.Deps) { d.PublicURL = public }
		got := (&visitor{h: w.server(t)}).send("GET", "/approve/"+string(w.with("c-platform", collaboration.AwaitingApproval))+".1", nil)
		if c := got.Result().Cookies(); len(c) != 1 || got.Header().Get("Set-Cookie") != fmt.Sprintf(want, c[0].Value) {
			t.Errorf("%s: %q", public, got.Header().Get("Set-Cookie"))
		}
	}
}

func TestPageWithoutFacts(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	s := w.server(t)
	w.fail["Activation"] = &collaboration.Error{Code: collaboration.CodeUnavailable}
	got := (&visitor{h: s, lang: "sv"}).send("GET", "/approve/"+string(id)+".1", nil)
	request{url: "/approve/", status: 503, content: []string{"Sidan kan inte visas just nu"}}.check(t, got)
	delete(w.fail, "Activation")
	w.fail["Standing"], w.fail["Customer"] = &collaboration.Error{Code: collaboration.CodeUnavailable}, &collaboration.Error{Code: collaboration.CodeUnavailable}
	got = (&visitor{h: s, lang: "sv"}).send("GET", "/approve/"+string(id)+".1", nil)
	request{url: "/approve/", status: 200, content: []string{"Godkänn samarbetet"}}.check(t, got)
}
