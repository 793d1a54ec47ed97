package api_test

import (
	"errors"
	"io"
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

// An invalid callback shows an error page and creates no login.
func TestLogin_RejectsInvalidCallback(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		begin bool
		path  string
		fail  collaboration.Code
		want  int
	}{
		"no login started":       {path: callback + "a@b.example", want: 401},
		"forged state":           {begin: true, path: "/login/callback?state=other&code=a@b.example", want: 401},
		"denied by the provider": {begin: true, path: "/login/callback?state=state&error=access_denied", want: 401},
		"provider unavailable":   {begin: true, path: callback + "a@b.example", fail: collaboration.CodeUnavailable, want: 503},
	} {
		w := newWorld()
		if tt.fail != "" {
			w.fail["Finish"] = &collaboration.Error{Code: tt.fail}
		}
		v := &visitor{h: w.server(t), lang: "en"}
		if tt.begin {
			v.send("GET", "/login", nil)
		}
		got := v.send("GET", tt.path, nil)
		if got.Code != tt.want || !strings.Contains(got.Body.String(), "<h1>") || got.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d\n%s", name, got.Code, got.Body)
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

// The session can be read, but not saved while the page is written. The whole answer is the
// error page.
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
	store.away.Store(true)
	server := httptest.NewServer(s)
	defer server.Close()
	for path, what := range map[string]string{"/customers": "a page", "/login": "a redirect"} {
		r, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "countersign", Value: v.cookies["countersign"]})
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != 503 || strings.Count(string(body), "<h1") != 1 || answer.Header.Get("Location") != "" {
			t.Errorf("instead of %s: %s, %v, %v\n%s", what, answer.Status, err, answer.Header, body)
		}
	}
}
