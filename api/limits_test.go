package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

// limited is a server with limits; others are for tests of their own.
func (w *world) limited(t *testing.T, limits api.Limits, proxies ...string) *api.Server {
	w.deps = func(d *api.Deps) { d.Limits, d.TrustedProxies = limits, proxies }
	return w.server(t)
}

// from is a request that comes from an address.
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

// isTooMany reports how a 429 is not as it should be.
func isTooMany(t *testing.T, got *httptest.ResponseRecorder) {
	t.Helper()
	if after, err := strconv.Atoi(got.Header().Get("Retry-After")); got.Code != 429 || err != nil || after < 1 || !strings.Contains(got.Body.String(), `"code":"rate_limited"`) {
		t.Errorf("%d, Retry-After %q\n%s", got.Code, got.Header().Get("Retry-After"), got.Body)
	}
}

func TestAnAddressIsLimited(t *testing.T) {
	s := newWorld().limited(t, api.Limits{Requests: 5})
	for range 5 {
		if got := from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"); got.Code != 200 {
			t.Fatalf("%d\n%s", got.Code, got.Body)
		}
	}
	isTooMany(t, from(s, "192.0.2.1:2", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"))
	isTooMany(t, from(s, "192.0.2.1:2", "GET", "/nowhere"))
	page := from(s, "192.0.2.1:3", "GET", "/customers", "Accept", "text/html", "Accept-Language", "en")
	if page.Code != 429 || !strings.Contains(page.Body.String(), "<h1>That was too much at once") || page.Header().Get("Retry-After") == "" {
		t.Errorf("a browser: %d\n%s", page.Code, page.Body)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := from(s, "192.0.2.1:4", "GET", path); got.Code != 200 {
			t.Errorf("%s in a crowd: %d", path, got.Code)
		}
	}
	if got := from(s, "192.0.2.2:1", "GET", "/v1/solutions"); got.Code != 401 {
		t.Errorf("another address: %d", got.Code)
	}
}

// Whose a request is, only a proxy that is trusted may say, and only of whom it
// saw itself.
func TestAnAddressCannotBeForged(t *testing.T) {
	const stranger, proxy = "192.0.2.1:1", "10.0.0.7:1"
	for name, tt := range map[string]struct {
		peer   string
		forged func(i int) []string
		same   bool // they count as one
	}{
		"one address":                        {stranger, func(int) []string { return nil }, true},
		"a stranger says who he is":          {stranger, func(i int) []string { return []string{"X-Forwarded-For", ip(i)} }, true},
		"in another header":                  {stranger, func(i int) []string { return []string{"X-Real-IP", ip(i), "Forwarded", "for=" + ip(i)} }, true},
		"through the proxy":                  {proxy, func(i int) []string { return []string{"X-Forwarded-For", ip(i)} }, false},
		"before what the proxy adds":         {proxy, func(i int) []string { return []string{"X-Forwarded-For", ip(i) + ", 198.51.100.9"} }, true},
		"in a header before the proxy's":     {proxy, func(i int) []string { return []string{"X-Forwarded-For", ip(i), "X-Forwarded-For", "198.51.100.9"} }, true},
		"a header that the proxy leaves":     {proxy, func(i int) []string { return []string{"X-Forwarded-For", "198.51.100.9", "X-Real-IP", ip(i)} }, true},
		"only one that the proxy leaves":     {proxy, func(i int) []string { return []string{"X-Real-IP", ip(i)} }, true},
		"addresses of one IPv6 network":      {proxy, func(i int) []string { return []string{"X-Forwarded-For", "2001:db8:1:2::" + strconv.Itoa(i)} }, true},
		"addresses of several IPv6 networks": {proxy, func(i int) []string { return []string{"X-Forwarded-For", "2001:db8:1:" + strconv.Itoa(i) + "::1"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWorld().limited(t, api.Limits{Requests: 3}, "10.0.0.0/24")
			refused := 0
			for i := range 9 {
				if from(s, tt.peer, "GET", "/v1/solutions", tt.forged(i)...).Code == 429 {
					refused++
				}
			}
			if (refused > 0) != tt.same {
				t.Errorf("%d of 9 refused", refused)
			}
		})
	}
}

func ip(i int) string { return "203.0.113." + strconv.Itoa(i+1) }

// Guessing tokens is bounded, and who has a good one is not held up by who
// guesses beside him.
func TestBadTokensAreLimited(t *testing.T) {
	w := newWorld()
	s := w.limited(t, api.Limits{BadTokens: 3})
	for range 3 {
		if got := from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer guessed"); got.Code != 401 {
			t.Fatalf("%d", got.Code)
		}
	}
	isTooMany(t, from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer guessed"))
	if got := from(s, "192.0.2.1:1", "GET", "/v1/solutions", "Authorization", "Bearer maja-token"); got.Code != 200 {
		t.Errorf("a good token: %d", got.Code)
	}
	if got := from(s, "192.0.2.2:1", "GET", "/v1/solutions", "Authorization", "Bearer guessed"); got.Code != 401 {
		t.Errorf("another address: %d", got.Code)
	}
}

// Sessions in which nobody is logged in are bounded: by beginning logins, and by
// sending forms that are kept for after the login.
func TestSessionsOfNobodyAreLimited(t *testing.T) {
	w := newWorld()
	s := w.limited(t, api.Limits{Visitors: 3})
	v := &visitor{h: s}
	for range 10 { // one who keeps his cookie has one session
		if got := v.send("GET", "/login", nil); got.Code != 303 {
			t.Fatalf("%d", got.Code)
		}
	}
	post := func(form string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/customers/c-has/contacts", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		got := httptest.NewRecorder()
		s.ServeHTTP(got, r)
		return got
	}
	if got := post("a=" + strings.Repeat("b", 9<<10)); got.Code != 401 || len(got.Result().Cookies()) != 0 {
		t.Errorf("a form longer than ours: %d, %v", got.Code, got.Result().Cookies())
	}
	if got := from(s, "192.0.2.1:1", "GET", "/login"); got.Code != 303 {
		t.Errorf("a second: %d", got.Code)
	}
	if got := post("a=b"); got.Code != 401 || len(got.Result().Cookies()) != 1 {
		t.Errorf("a third: %d, %v", got.Code, got.Result().Cookies())
	}
	for name, got := range map[string]*httptest.ResponseRecorder{"login": from(s, "192.0.2.1:1", "GET", "/login"), "form": post("a=b")} {
		if got.Code != 429 || len(got.Result().Cookies()) != 0 || !strings.Contains(got.Body.String(), "<h1>Det blev för mycket på en gång") {
			t.Errorf("%s: %d, %v\n%s", name, got.Code, got.Result().Cookies(), got.Body)
		}
	}
	if got := from(s, "192.0.2.2:1", "GET", "/login"); got.Code != 303 {
		t.Errorf("another address: %d", got.Code)
	}
	v.login(t, maja.Email)
	if got := v.send("GET", "/customers", nil); got.Code != 200 {
		t.Errorf("who was away at the provider: %d", got.Code)
	}
}

// However mails to one address are asked for, they are bounded together; what is
// refused is not done.
func TestMailsToOneAddressAreLimited(t *testing.T) {
	waiting := func(w *world) string { return string(w.with("c-platform", collaboration.AwaitingApproval)) }
	running := func(w *world) string { return string(w.with("c-platform", collaboration.Active, activeWith(true))) }
	for name, tt := range map[string]struct {
		as     string
		id     func(*world) string
		method string
		path   string
		body   string
	}{
		"activate":                {"nils", waiting, "POST", "/v1/activations", goodPlatform},
		"activate for another":    {"nils", waiting, "POST", "/v1/activations", change(goodNew, "linda@har", "ASA@oberg")},
		"resend":                  {"nils", waiting, "POST", "/v1/activations/ID/resend", ""},
		"correct":                 {"nils", waiting, "POST", "/v1/activations/ID/correct", `{"email":"Asa@oberg.example"}`},
		"forward":                 {"nils", waiting, "POST", "/v1/activations/ID/forward", `{"administrator_id":"a-2"}`},
		"change":                  {"nils", waiting, "PATCH", "/v1/activations/ID", `{"invoice_recipient":"customer"}`},
		"take back":               {"maja", running, "POST", "/v1/activations/ID/take-back", ""},
		"the customer takes back": {"asa", running, "POST", "/v1/collaborations/ID/take-back", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			id := tt.id(w)
			s := w.limited(t, api.Limits{Mails: 2})
			r := request{method: tt.method, url: strings.ReplaceAll(tt.path, "ID", id), as: tt.as, body: tt.body}
			resend := request{method: "POST", url: "/v1/activations/" + string(w.with("c-platform", collaboration.AwaitingApproval)) + "/resend", as: "nils"}
			repeated := r
			repeated.headers = map[string]string{"Idempotency-Key": "k"}
			for range 3 { // they ask for one mail
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
				t.Errorf("done all the same: %v", w.calls)
			}
			if got := repeated.send(s); got.Code >= 400 {
				t.Errorf("what was let in is not let in again: %d\n%s", got.Code, got.Body)
			}
		})
	}
}

// Whoever may end it may always end it, however many mails there were.
func TestEndingIsNotLimited(t *testing.T) {
	for as, path := range map[string]string{"maja": "/v1/activations/ID/end", "asa": "/v1/collaborations/ID/end"} {
		w := newWorld()
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
	}
}

// Who has an older link cannot have mails sent without end either.
func TestMailsByLinkAreLimited(t *testing.T) {
	w := newWorld()
	s := w.limited(t, api.Limits{Mails: 1})
	id := w.with("c-platform", collaboration.AwaitingApproval, sent(1<<40))
	path := "/approve/" + string(id) + ".0/resend"
	v := &visitor{h: s}
	for range 2 { // the same mail
		if got := v.send("POST", path, url.Values{}); got.Code != 303 {
			t.Fatalf("%d\n%s", got.Code, got.Body)
		}
	}
	path = "/approve/" + string(w.with("c-platform", collaboration.AwaitingApproval, sent(1<<40))) + ".0/resend"
	before := w.changes()
	if got := v.send("POST", path, url.Values{}); got.Code != 429 || w.changes() != before {
		t.Errorf("%d, %v", got.Code, w.calls)
	}
}

// An office is bounded, whoever of it asks; another one is not held up.
func TestActivationsOfAnOfficeAreLimited(t *testing.T) {
	w := newWorld()
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
		t.Errorf("by the page: %d\n%s", got.Code, got.Body)
	}
}

// So many at a time change something. Who waits in vain is told to come again, and
// nothing is done; looking at something goes on.
func TestChangesTakeTurns(t *testing.T) {
	w := newWorld()
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
	before := w.changes()
	isTooMany(t, resend.send(s))
	v := &visitor{h: s}
	if got := v.send("POST", "/approve/"+id+".0/ask", url.Values{}); got.Code != 429 {
		t.Errorf("a page: %d\n%s", got.Code, got.Body)
	}
	if w.changes() != before {
		t.Errorf("done all the same: %v", w.calls)
	}
	if got := (request{url: "/v1/activations/" + id, as: "nils"}).send(s); got.Code != 200 {
		t.Errorf("looking: %d\n%s", got.Code, got.Body)
	}
	go func() { // in time for who waits already
		time.Sleep(100 * time.Millisecond)
		close(leave)
	}()
	if waited, had := resend.send(s).Code, <-done; waited != 200 || had != 200 {
		t.Errorf("who had a turn: %d; who waited for it: %d", had, waited)
	}
}
