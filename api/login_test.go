package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/identity"
)

const callback = "/login/callback?state=state&code="

// A login redirects only to pages of this site.
func TestLogin_RedirectsToThisSiteOnly(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"/customers?q=a": "/customers?q=a", "": "/", "customers": "/", "//evil.example": "/", "/\\evil.example": "/",
		"https://evil.example/": "/", "/\r\nSet-Cookie: a=b": "/", "/\t/evil.example": "/", "javascript:alert(1)": "/",
	} {
		v := &visitor{h: newWorld().server(t)}
		began := v.send("GET", "/login?to="+url.QueryEscape(to), nil)
		if began.Code != 303 || !strings.HasPrefix(began.Header().Get("Location"), "https://login.example/authorize") {
			t.Fatalf("%q: %d to %q", to, began.Code, began.Header().Get("Location"))
		}
		if got := v.send("GET", callback+maja.Email, nil); got.Code != 303 || got.Header().Get("Location") != want {
			t.Errorf("%q: %d to %q, want %q", to, got.Code, got.Header().Get("Location"), want)
		}
	}
}

// A login renews the session token and invalidates the old one.
func TestLogin_RenewsSessionToken(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	v := &visitor{h: s}
	v.send("POST", "/customers/c-has/contacts", url.Values{"a": {"b"}}) // kept until after the login
	v.send("GET", "/login", nil)
	before := v.cookies["countersign"]
	v.send("GET", callback+maja.Email, nil)
	if before == "" || v.cookies["countersign"] == before {
		t.Fatalf("%q before, %q after", before, v.cookies["countersign"])
	}
	old := &visitor{h: s, cookies: map[string]string{"countersign": before}}
	if got := old.send("GET", "/customers", nil); got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/login") {
		t.Errorf("the session from before: %d to %q", got.Code, got.Header().Get("Location"))
	}
	if got := v.send("GET", "/customers", nil); got.Code != 200 {
		t.Errorf("logged in: %d", got.Code)
	}
}

// A logout ends the session, also for a copy of its cookie, and links to the logout of the
// provider.
func TestLogout(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	v := as(t, s, maja.Email)
	copied := &visitor{h: s, cookies: map[string]string{"countersign": v.cookies["countersign"]}}
	if got := v.send("POST", "/logout", url.Values{"token": {"forged"}}); got.Code == 200 {
		t.Fatal("a forged token logs the user out")
	}
	got := v.send("POST", "/logout", v.form("/customers"))
	if got.Code != 200 || !strings.Contains(got.Body.String(), "https://login.example/logout?id_token_hint=id-token") {
		t.Errorf("%d\n%s", got.Code, got.Body)
	}
	for name, who := range map[string]*visitor{"the same browser": v, "a copied cookie": copied} {
		if got := who.send("GET", "/customers", nil); got.Code != 303 {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
}

// Each tab of a browser finishes its own login. A link that anybody can send ends none.
func TestLogin_SeveralTabs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	v := &visitor{h: w.server(t)}
	for state, to := range map[string]string{"one": "/customers", "two": "/requests"} {
		w.nextState = state
		v.send("GET", "/login?to="+to, nil)
	}
	for _, strange := range []string{"x", "", "one%3Btwo"} {
		if got := v.send("GET", "/login/callback?state="+strange+"&code=y", nil); got.Code != 401 {
			t.Errorf("state %q: %d", strange, got.Code)
		}
	}
	for state, to := range map[string]string{"one": "/customers", "two": "/requests"} {
		got := v.send("GET", "/login/callback?state="+state+"&code="+maja.Email, nil)
		if got.Code != 303 || got.Header().Get("Location") != to {
			t.Errorf("%s: %d to %q", state, got.Code, got.Header().Get("Location"))
		}
	}
	// Each attempt ends with its return; a reload leads to the start page.
	if got := v.send("GET", "/login/callback?state=one&code="+nils.Email, nil); got.Header().Get("Location") != "/" {
		t.Errorf("a reload: %d to %q", got.Code, got.Header().Get("Location"))
	}
	if got := v.send("GET", "/", nil); !strings.Contains(v.follow(t, got).Body.String(), maja.Email) {
		t.Error("a reload logs another person in")
	}
}

// The number of pending logins is bounded: the oldest is dropped.
func TestLogin_ManyTabs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	v := &visitor{h: w.server(t)}
	for n := range 12 {
		w.nextState = fmt.Sprintf("tab-%02d", n)
		v.send("GET", "/login", nil)
		pending := 0
		for name, value := range v.cookies {
			if strings.HasPrefix(name, "countersign-login-") && value != "" {
				pending++
			}
		}
		if pending > 5 {
			t.Fatalf("%d pending logins", pending)
		}
	}
	if got := v.send("GET", "/login/callback?state=tab-11&code="+maja.Email, nil); got.Code != 303 {
		t.Errorf("the newest: %d", got.Code)
	}
}

// An invalid callback shows an error page and creates no login.
func TestLogin_RejectsInvalidCallback(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		begin bool
		path  string
		fail  collaboration.Code
		want  int
		title string
	}{
		"no login started":       {path: callback + "a@b.example", want: 401, title: "This login is no longer under way"},
		"forged state":           {begin: true, path: "/login/callback?state=other&code=a@b.example", want: 401, title: "This login is no longer under way"},
		"denied by the provider": {begin: true, path: "/login/callback?state=state&error=access_denied", want: 401, title: "You could not be logged in"},
		"address not verified":   {begin: true, path: callback + "a@b.example", fail: collaboration.CodeEmailNotVerified, want: 401, title: "Your e-mail address is not verified"},
		"provider unavailable":   {begin: true, path: callback + "a@b.example", fail: collaboration.CodeUnavailable, want: 503, title: "The page cannot be shown right now"},
	} {
		w := newWorld()
		if tt.fail != "" {
			w.fail["Finish"] = collaboration.Errorf(tt.fail, "the reason for operators")
		}
		v := &visitor{h: w.server(t), lang: "en"}
		if tt.begin {
			v.send("GET", "/login", nil)
		}
		got := v.send("GET", tt.path, nil)
		if got.Code != tt.want || !strings.Contains(got.Body.String(), "<h1>"+tt.title) || got.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d\n%s", name, got.Code, got.Body)
		}
		if tt.fail != "" && !strings.Contains(w.logged.String(), "the reason for operators") {
			t.Errorf("%s: the reason is not logged", name)
		}
		if got := v.send("GET", "/customers", nil); got.Code != 303 {
			t.Errorf("%s: then %d", name, got.Code)
		}
	}
}

// Roles are read for each request, so a removed role fails the next request.
func TestSession_ReadsRolesPerRequest(t *testing.T) {
	t.Parallel()
	w := newWorld()
	v := as(t, w.server(t), "asa@oberg.example")
	if got := v.send("GET", "/my/collaborations", nil); got.Code != 200 {
		t.Fatalf("%d\n%s", got.Code, got.Body)
	}
	c := w.customers["c-platform"]
	c.Administrators = nil
	w.customers["c-platform"] = c
	if got := v.send("GET", "/my/collaborations", nil); got.Code != 403 {
		t.Errorf("without the role: %d", got.Code)
	}
}

// A form from another site is rejected, even with a valid token.
func TestCSRF_RejectsOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	v := as(t, s, maja.Email)
	form := v.form("/customers/c-orphan/contacts")
	form.Set("administrator_id", "a-4")
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := httptest.NewRequest("POST", "/customers/c-orphan/contacts", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header, value)
		r.AddCookie(&http.Cookie{Name: "countersign", Value: v.cookies["countersign"]})
		got := httptest.NewRecorder()
		s.ServeHTTP(got, r)
		if got.Code != 403 || w.changes() != 0 {
			t.Errorf("%s: %d, %v", header, got.Code, w.calls)
		}
	}
	if got := v.send("POST", "/customers/c-orphan/contacts", form); got.Code != 303 {
		t.Errorf("a form of this site: %d\n%s", got.Code, got.Body)
	}
}

// brokenStore is an unavailable session store.
type brokenStore struct{}

func (brokenStore) Find(string) ([]byte, bool, error)      { return nil, false, errors.New("away") }
func (brokenStore) Commit(string, []byte, time.Time) error { return errors.New("away") }
func (brokenStore) Delete(string) error                    { return errors.New("away") }

// Without the session store, pages show an error, and the JSON API still works.
func TestSession_StoreUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deps = func(d *api.Config) {
		d.Sessions = identity.NewSessions(nil, "")
		d.Sessions.Store = brokenStore{}
	}
	v := &visitor{h: w.server(t), lang: "en", cookies: map[string]string{"countersign": "somebody's"}}
	got := v.send("GET", "/customers", nil)
	if got.Code != 503 || !strings.Contains(got.Body.String(), "<h1>") || got.Header().Get("X-Frame-Options") != "DENY" || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v\n%s", got.Code, got.Header(), got.Body)
	}
	request{url: "/v1/customers", as: "maja", status: 200}.check(t, request{url: "/v1/customers", as: "maja"}.send(v.h))
	if !strings.Contains(w.logged.String(), "away") {
		t.Error("the error is not logged")
	}
}

// All cookies are HttpOnly and SameSite=Lax, and Secure if the site uses https.
func TestCookies(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"https://countersign.example", "http://localhost"} {
		w := newWorld()
		w.deps = func(d *api.Config) { d.PublicURL = base }
		got := get("/login?lang=en", "").send(w.server(t))
		cookies := got.Result().Cookies()
		if len(cookies) != 2 {
			t.Fatalf("%d cookies: %v", len(cookies), cookies)
		}
		for _, c := range cookies {
			if c.Secure != strings.HasPrefix(base, "https://") || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
				t.Errorf("%s: %v", base, c)
			}
		}
	}
}

// forgetful is a session store that fails all writes after a switch.
type forgetful struct {
	scs.Store
	away atomic.Bool
}

func (f *forgetful) Commit(token string, b []byte, until time.Time) error {
	if f.away.Load() {
		return errors.New("away")
	}
	return f.Store.Commit(token, b, until)
}

// The session can be read, but not saved. Pages that only read are shown; what would be
// lost is an error.
func TestSession_SaveFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	store := &forgetful{Store: memstore.NewWithCleanupInterval(0)}
	w.deps = func(d *api.Config) {
		d.Sessions = identity.NewSessions(nil, "")
		d.Sessions.Store = store
	}
	s := w.server(t)
	v := as(t, s, maja.Email)
	visitor := &visitor{h: s}
	visitor.send("GET", "/login", nil)
	store.away.Store(true)
	if got := v.send("GET", "/customers", nil); got.Code != 200 || strings.Count(got.Body.String(), "<h1") != 1 {
		t.Errorf("a page: %d\n%s", got.Code, got.Body)
	}
	if !strings.Contains(w.logged.String(), "away") {
		t.Error("the error is not logged")
	}
	for what, got := range map[string]*httptest.ResponseRecorder{
		"a login": visitor.send("GET", callback+nils.Email, nil),
		"a draft": visitor.send("POST", "/customers/c-has/contacts", url.Values{"a": {"b"}}),
	} {
		if got.Code != 503 || strings.Count(got.Body.String(), "<h1") != 1 || got.Header().Get("Location") != "" {
			t.Errorf("%s: %d, %v\n%s", what, got.Code, got.Header(), got.Body)
		}
	}
}
