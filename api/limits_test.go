package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/identity"
)

// limited returns a server with these limits. All other tests run without limits.
func (w *world) limited(t *testing.T, limits api.Limits, proxies ...string) *api.Server {
	w.deps = func(d *api.Config) { d.Limits, d.TrustedProxies = limits, proxies }
	return w.server(t)
}

// atOneMoment runs a test with a fake clock, which advances only while all goroutines
// wait. No limit recovers between two requests, also on a slow machine.
func (w *world) atOneMoment(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	// The sessions' cleanup runs for ever, so it must not belong to the bubble.
	w.sessions = identity.NewSessions(nil, "http://localhost")
	synctest.Test(t, test)
}

// from sends a request from an address.
func from(s *api.Server, address, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = address
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	got := httptest.NewRecorder()
	s.ServeHTTP(got, r)
	return got
}

// isTooMany checks that an answer is a complete 429.
func isTooMany(t *testing.T, got *httptest.ResponseRecorder) {
	t.Helper()
	if after, err := strconv.Atoi(got.Header().Get("Retry-After")); got.Code != 429 || err != nil || after < 1 || !strings.Contains(got.Body.String(), `"code":"rate_limited"`) {
		t.Errorf("%d, Retry-After %q\n%s", got.Code, got.Header().Get("Retry-After"), got.Body)
	}
}

func TestLimits_RequestsPerAddress(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Requests: 5})
		for range 5 {
			if got := from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"); got.Code != 200 {
				t.Fatalf("%d\n%s", got.Code, got.Body)
			}
		}
		isTooMany(t, from(s, "192.0.2.1:2", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"))
		isTooMany(t, from(s, "192.0.2.1:2", "GET", "/nowhere"))
		page := from(s, "192.0.2.1:3", "GET", "/customers", "Accept", "text/html", "Accept-Language", "en")
		if page.Code != 429 || !strings.Contains(page.Body.String(), "<h1>Too many requests") || page.Header().Get("Retry-After") == "" {
			t.Errorf("a browser: %d\n%s", page.Code, page.Body)
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			if got := from(s, "192.0.2.1:4", "GET", path); got.Code != 200 {
				t.Errorf("%s while rate limited: %d", path, got.Code)
			}
		}
		if got := from(s, "192.0.2.2:1", "GET", "/v1/solutions"); got.Code != 401 {
			t.Errorf("another address: %d", got.Code)
		}
		// The limit recovers by one request per 200 ms.
		time.Sleep(199 * time.Millisecond)
		isTooMany(t, from(s, "192.0.2.1:5", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"))
		time.Sleep(time.Millisecond)
		if got := from(s, "192.0.2.1:5", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"); got.Code != 200 {
			t.Errorf("after 200 ms: %d", got.Code)
		}
		isTooMany(t, from(s, "192.0.2.1:5", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"))
	})
}

// The client address comes from a trusted proxy only, and only from the entry that the
// proxy itself has added.
func TestLimits_AddressCannotBeForged(t *testing.T) {
	t.Parallel()
	const stranger, proxy = "192.0.2.1:1", "10.0.0.7:1"
	for name, tt := range map[string]struct {
		peer   string
		forged func(i int) []string
		same   bool // they count as one client
	}{
		"one address":                      {stranger, func(int) []string { return nil }, true},
		"a stranger sends X-Forwarded-For": {stranger, func(i int) []string { return []string{"X-Forwarded-For", ip(i)} }, true},
		"in another header":                {stranger, func(i int) []string { return []string{"X-Real-IP", ip(i), "Forwarded", "for=" + ip(i)} }, true},
		"through the proxy":                {proxy, func(i int) []string { return []string{"X-Forwarded-For", ip(i)} }, false},
		"before what the proxy adds":       {proxy, func(i int) []string { return []string{"X-Forwarded-For", ip(i) + ", 198.51.100.9"} }, true},
		"in a header before the proxy's":   {proxy, func(i int) []string { return []string{"X-Forwarded-For", ip(i), "X-Forwarded-For", "198.51.100.9"} }, true},
		"a header that the proxy leaves":   {proxy, func(i int) []string { return []string{"X-Forwarded-For", "198.51.100.9", "X-Real-IP", ip(i)} }, true},
		"only one that the proxy leaves":   {proxy, func(i int) []string { return []string{"X-Real-IP", ip(i)} }, true},
		"through a proxy that adds ports":  {proxy, func(i int) []string { return []string{"X-Forwarded-For", ip(i) + ":51234"} }, false},
		"another port of one address":      {proxy, func(i int) []string { return []string{"X-Forwarded-For", "203.0.113.7:" + strconv.Itoa(50000+i)} }, true},
		"IPv6 with a port": {proxy, func(i int) []string {
			return []string{"X-Forwarded-For", "[2001:db8:1:" + strconv.Itoa(i) + "::1]:443"}
		}, false},
		"IPv6 in brackets":                   {proxy, func(i int) []string { return []string{"X-Forwarded-For", "[2001:db8:1:" + strconv.Itoa(i) + "::1]"} }, false},
		"addresses of one IPv6 network":      {proxy, func(i int) []string { return []string{"X-Forwarded-For", "2001:db8:1:2::" + strconv.Itoa(i)} }, true},
		"addresses of several IPv6 networks": {proxy, func(i int) []string { return []string{"X-Forwarded-For", "2001:db8:1:" + strconv.Itoa(i) + "::1"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.atOneMoment(t, func(t *testing.T) {
				s := w.limited(t, api.Limits{Requests: 3}, "10.0.0.0/24")
				refused := 0
				for i := range 9 {
					if from(s, tt.peer, "GET", "/v1/solutions", tt.forged(i)...).Code == 429 {
						refused++
					}
				}
				if want := map[bool]int{true: 6}[tt.same]; refused != want {
					t.Errorf("%d of 9 rejected, want %d", refused, want)
				}
			})
		})
	}
}

func ip(i int) string { return "203.0.113." + strconv.Itoa(i+1) }

// Invalid tokens are rate limited per address. A valid token from the same address still
// works.
func TestLimits_InvalidTokens(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{BadTokens: 3})
		for range 3 {
			if got := from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer guessed"); got.Code != 401 {
				t.Fatalf("%d", got.Code)
			}
		}
		isTooMany(t, from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer guessed"))
		if got := from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"); got.Code != 200 {
			t.Errorf("a valid token: %d", got.Code)
		}
		if got := from(s, "192.0.2.2:1", "GET", "/v1/solutions", "Authorization", "Bearer guessed"); got.Code != 401 {
			t.Errorf("another address: %d", got.Code)
		}
	})
}

// Sessions without a login are rate limited. A visitor creates one by sending a form that
// is kept until after the login. A login needs no session.
func TestLimits_SessionsWithoutLogin(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Visitors: 2})
		post := func(client, form string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("POST", "/customers/c-has/contacts", strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = client
			got := httptest.NewRecorder()
			s.ServeHTTP(got, r)
			return got
		}
		if got := post("192.0.2.1:1", "a="+strings.Repeat("b", 9<<10)); got.Code != 401 || len(got.Result().Cookies()) != 0 {
			t.Errorf("a form that is too long: %d, %v", got.Code, got.Result().Cookies())
		}
		for n := range 2 {
			if got := post("192.0.2.1:1", "a=b"); got.Code != 401 || len(got.Result().Cookies()) != 1 {
				t.Errorf("form %d: %d, %v", n, got.Code, got.Result().Cookies())
			}
		}
		if got := post("192.0.2.1:1", "a=b"); got.Code != 429 || len(got.Result().Cookies()) != 0 || !strings.Contains(got.Body.String(), "<h1>Det blev för mycket på en gång") {
			t.Errorf("a third form: %d, %v\n%s", got.Code, got.Result().Cookies(), got.Body)
		}
		if got := post("192.0.2.2:1", "a=b"); got.Code != 401 || len(got.Result().Cookies()) != 1 {
			t.Errorf("another address: %d, %v", got.Code, got.Result().Cookies())
		}
		for range 10 {
			if got := from(s, "192.0.2.1:1", "GET", "/login"); got.Code != 303 {
				t.Fatalf("a login: %d", got.Code)
			}
		}
	})
}

// All operations that send mail share one rate limit per recipient. A rejected request has
// no effect.
// A change that sends no mail does not count as one.
func TestLimits_ChangeWithoutMail(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		url := "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval))
		s := w.limited(t, api.Limits{Mails: 1})
		for _, body := range []string{`{"reminders_paused":true}`, `{"reminders_paused":false}`, `{"task_id":"t-platform"}`, `{"invoice_recipient":"customer"}`} {
			if got := (request{method: "PATCH", url: url, as: "nils", body: body}).send(s); got.Code != http.StatusOK {
				t.Errorf("%s: %d\n%s", body, got.Code, got.Body)
			}
		}
		isTooMany(t, request{method: "PATCH", url: url, as: "nils", body: `{"invoice_recipient":"office"}`}.send(s))
		isTooMany(t, request{method: "PATCH", url: url, as: "nils", body: `{"invoice_recipient":"office","reminders_paused":true}`}.send(s))
	})
}

func TestLimits_MailsPerRecipient(t *testing.T) {
	t.Parallel()
	waiting := func(w *world) string {
		return string(w.with("c-platform", collaboration.AwaitingApproval, createsContact))
	}
	running := func(w *world) string { return string(w.with("c-platform", collaboration.Active, activeWith(true))) }
	for name, tt := range map[string]struct {
		as     string
		id     func(*world) string
		method string
		path   string
		body   string
	}{
		"activate":                    {"nils", waiting, "POST", "/v1/activations", goodPlatform},
		"activate for another":        {"nils", waiting, "POST", "/v1/activations", change(goodNew, "linda@har", "ASA@oberg")},
		"resend":                      {"nils", waiting, "POST", "/v1/activations/ID/resend", ""},
		"correct":                     {"nils", waiting, "POST", "/v1/activations/ID/correct", `{"email":"Asa@oberg.example"}`},
		"forward":                     {"nils", waiting, "POST", "/v1/activations/ID/forward", `{"administrator_id":"a-2"}`},
		"change":                      {"nils", waiting, "PATCH", "/v1/activations/ID", `{"invoice_recipient":"customer"}`},
		"revoke notice":               {"maja", running, "POST", "/v1/activations/ID/revoke-notice", ""},
		"the customer revokes notice": {"asa", running, "POST", "/v1/collaborations/ID/revoke-notice", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.atOneMoment(t, func(t *testing.T) {
				id := tt.id(w)
				s := w.limited(t, api.Limits{Mails: 2})
				r := request{method: tt.method, url: strings.ReplaceAll(tt.path, "ID", id), as: tt.as, body: tt.body}
				resend := request{method: "POST", url: "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + "/resend", as: "nils"}
				repeated := r
				repeated.headers = map[string]string{"Idempotency-Key": "k"}
				for range 3 { // retries that send one mail
					if got := repeated.send(s); got.Code >= 400 {
						t.Fatalf("%d\n%s", got.Code, got.Body)
					}
				}
				if got := resend.send(s); got.Code >= 400 {
					t.Fatalf("the second: %d\n%s", got.Code, got.Body)
				}
				before := w.changes()
				isTooMany(t, r.send(s))
				isTooMany(t, resend.send(s))
				if w.changes() != before {
					t.Errorf("a rejected request had an effect: %v", w.calls)
				}
				if got := repeated.send(s); got.Code >= 400 {
					t.Errorf("the retry of an accepted request: %d\n%s", got.Code, got.Body)
				}
			})
		})
	}
}

// The change of an address counts in the limits of the old and the new address.
func TestLimits_AddressChanges(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Mails: 1})
		edit := func(email string) request {
			return request{method: "PUT", url: "/v1/customers/c-platform/administrators/a-2", as: "nils", body: `{"name":"Åsa Öberg","email":"` + email + `","phone":"0701234567"}`}
		}
		if got := edit("ny@oberg.example").send(s); got.Code != 200 {
			t.Fatalf("%d\n%s", got.Code, got.Body)
		}
		isTooMany(t, edit("nyare@oberg.example").send(s))
		if w.calls["EditAdministrator"] != 1 || len(w.announced) != 2 {
			t.Errorf("a rejected request had an effect: %v, %v", w.calls, w.announced)
		}
		if got := edit("asa@oberg.example").send(s); got.Code != 200 {
			t.Errorf("the same address: %d\n%s", got.Code, got.Body)
		}
	})
}

// The mail limit never blocks the end of a collaboration.
func TestLimits_NeverBlockEnding(t *testing.T) {
	t.Parallel()
	for as, path := range map[string]string{"maja": "/v1/activations/ID/end", "asa": "/v1/collaborations/ID/end"} {
		w := newWorld()
		w.atOneMoment(t, func(t *testing.T) {
			id := string(w.with("c-platform", collaboration.Active, activeWith(true)))
			s := w.limited(t, api.Limits{Mails: 1})
			resend := request{method: "POST", url: "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + "/resend", as: "nils"}
			resend.send(s)
			isTooMany(t, resend.send(s))
			end := request{method: "POST", url: strings.ReplaceAll(path, "ID", id), as: as, body: `{"when":"end_of_term"}`}
			for range 3 {
				if got := end.send(s); got.Code >= 400 {
					t.Errorf("%s: %d\n%s", path, got.Code, got.Body)
				}
			}
		})
	}
}

// Mails that the holder of a superseded link requests are rate limited as well.
func TestLimits_MailsByLink(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Mails: 1})
		id := w.with("c-platform", collaboration.AwaitingApproval, sent(1<<40))
		path := "/approve/" + string(id) + ".0/resend"
		v := &visitor{h: s}
		for range 2 { // a retry of the same mail
			if got := v.send("POST", path, url.Values{}); got.Code != 303 {
				t.Fatalf("%d\n%s", got.Code, got.Body)
			}
		}
		path = "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval, sent(1<<40))) + ".0/resend"
		before := w.changes()
		if got := v.send("POST", path, url.Values{}); got.Code != 429 || w.changes() != before {
			t.Errorf("%d, %v", got.Code, w.calls)
		}
	})
}

// The employees of an office share one rate limit. Another office is not affected.
func TestLimits_ActivationsPerOffice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Activations: 2})
		for _, who := range []string{"nils", "maja"} {
			if got := post("/v1/activations", who, goodHas).send(s); got.Code != http.StatusAccepted {
				t.Fatalf("%d\n%s", got.Code, got.Body)
			}
		}
		isTooMany(t, post("/v1/activations", "nils", goodHas).send(s))
		if len(w.started) != 2 {
			t.Errorf("%d started", len(w.started))
		}
		if got := post("/v1/activations", "sara", goodHas).send(s); got.Code != 404 {
			t.Errorf("another office: %d", got.Code)
		}
		v := as(t, s, nils.Email)
		form := v.form("/customers/c-platform/collaborations/financial-overview")
		for name, value := range map[string]string{"task_id": "t-platform", "invoice_recipient": "office", "confirm": "yes", "nonce": strings.Repeat("N", 26)} {
			form.Set(name, value)
		}
		if got := v.send("POST", "/customers/c-platform/collaborations/financial-overview", form); got.Code != 429 || !strings.Contains(got.Body.String(), "För många anrop") {
			t.Errorf("the page: %d\n%s", got.Code, got.Body)
		}
	})
}

// Concurrent mutating requests are bounded. A request without a slot fails with 429 and has
// no effect. Read requests need no slot.
func TestLimits_ConcurrentWrites(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Writes: 1})
		id := string(w.with("c-platform", collaboration.AwaitingApproval))
		resend := request{method: "POST", url: "/v1/activations/" + id + "/resend", as: "nils"}
		has, leave, done := make(chan struct{}), make(chan struct{}), make(chan int)
		var first atomic.Bool
		w.onMessage = func() {
			if first.CompareAndSwap(false, true) {
				close(has)
				<-leave
			}
		}
		go func() { done <- resend.send(s).Code }()
		<-has
		before, began := w.changes(), time.Now()
		isTooMany(t, resend.send(s))
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("the request waited %s", waited)
		}
		v := &visitor{h: s}
		if got := v.send("POST", "/approve/"+id+".0/ask", url.Values{}); got.Code != 429 {
			t.Errorf("a page: %d\n%s", got.Code, got.Body)
		}
		if w.changes() != before {
			t.Errorf("a rejected request had an effect: %v", w.calls)
		}
		if got := (request{url: "/v1/activations/" + id, as: "nils"}).send(s); got.Code != 200 {
			t.Errorf("a GET request: %d\n%s", got.Code, got.Body)
		}
		go func() { // in time for the waiting request
			time.Sleep(100 * time.Millisecond)
			close(leave)
		}()
		if waited, had := resend.send(s).Code, <-done; waited != 200 || had != 200 {
			t.Errorf("the request with the slot: %d; the waiting request: %d", had, waited)
		}
	})
}

// One office has a share of the slots, and one of its people half of that.
func TestLimits_WritesOfOneOffice(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Writes: 8, OfficeWrites: 3})
		id := string(w.with("c-platform", collaboration.AwaitingApproval))
		resend := func(who string) int {
			return request{method: "POST", url: "/v1/activations/" + id + "/resend", as: who}.send(s).Code
		}
		leave, done := make(chan struct{}), make(chan int, 3)
		w.onMessage = func() { <-leave }
		for _, who := range []string{"nils", "nils", "maja"} {
			go func() { done <- resend(who) }()
		}
		synctest.Wait()
		for _, who := range []string{"nils", "maja"} {
			if got := resend(who); got != 429 {
				t.Errorf("%s beyond the share of the office: %d", who, got)
			}
		}
		if got := resend("sara"); got != 404 {
			t.Errorf("another office: %d", got)
		}
		close(leave)
		for range 3 {
			if got := <-done; got != 200 {
				t.Errorf("within the share: %d", got)
			}
		}
	})
}

// One person has half of the office's share.
func TestLimits_WritesOfOnePerson(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Writes: 8, OfficeWrites: 2})
		id := string(w.with("c-platform", collaboration.AwaitingApproval))
		resend := func(who string) int {
			return request{method: "POST", url: "/v1/activations/" + id + "/resend", as: who}.send(s).Code
		}
		leave, done := make(chan struct{}), make(chan int, 2)
		w.onMessage = func() { <-leave }
		go func() { done <- resend("nils") }()
		synctest.Wait()
		if got := resend("nils"); got != 429 {
			t.Errorf("beyond the share of the person: %d", got)
		}
		go func() { done <- resend("maja") }()
		synctest.Wait()
		close(leave)
		for range 2 {
			if got := <-done; got != 200 {
				t.Errorf("within the shares: %d", got)
			}
		}
	})
}

// An office imports one file at a time, by the API or a page. Its other requests, and the
// imports of other offices, continue.
func TestLimits_Uploads(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.atOneMoment(t, func(t *testing.T) {
		s := w.limited(t, api.Limits{Writes: 1, OfficeWrites: 1, Uploads: 2})
		importBy := func(who string) *httptest.ResponseRecorder {
			return request{method: "POST", url: "/v1/customers/import", as: who, headers: map[string]string{"Content-Type": "text/csv"}, body: "organisation_number,name\n5566778899,Kund\n"}.send(s)
		}
		leave, done := make(chan struct{}), make(chan int)
		w.onImport = func() { w.onImport = nil; <-leave }
		go func() { done <- importBy("nils").Code }()
		synctest.Wait()
		began := time.Now()
		isTooMany(t, importBy("maja"))
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("the second import waited %s", waited)
		}
		page := openBrowser(t, s, maja.Email)
		if got := page.upload(page.tokenForm(), goodCSV); got.Code != 429 {
			t.Errorf("by the page: %d\n%s", got.Code, got.Body)
		}
		id := string(w.with("c-platform", collaboration.AwaitingApproval))
		if got := (request{method: "POST", url: "/v1/activations/" + id + "/resend", as: "nils"}).send(s); got.Code != 200 {
			t.Errorf("another change of the office: %d\n%s", got.Code, got.Body)
		}
		if got := importBy("sara"); got.Code != 200 {
			t.Errorf("an import of another office: %d\n%s", got.Code, got.Body)
		}
		close(leave)
		if got := <-done; got != 200 {
			t.Errorf("the import: %d", got)
		}
	})
}
