package login_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"countersign/dev/login"
	"countersign/internal/identity"
	"countersign/internal/identity/identitytest"
)

const (
	site     = "http://product.example"
	callback = site + "/login/callback"
	verifier = "a-verifier-of-at-least-43-characters-0123456789"
	// challenge is the verifier's, by SHA-256.
	challenge = "wZL8MkZejwdzHh4jB2kh79_6EBNURpiMV6pTtCVALSs"
)

func people(context.Context) ([]login.Person, error) {
	return []login.Person{
		{login.Office, "Maja Ekström", "maja@ekstroms.example", "manager at Ekströms"},
		{login.Customers, "Tove <b>Fågelsång</b>", "tove@fagelsang.example", "administrator of one & two"},
		{login.Operators, "Olle Drift", "olle@drift.example", "operator"},
		{login.Nowhere, "Vera Utan", "vera@nowhere.example", "nothing"},
	}, nil
}

func newProvider(t *testing.T, issuer string) *login.Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p, err := login.New(login.Config{Issuer: issuer, Sites: []string{site}, Key: key, People: people})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	server.Config.Handler = newProvider(t, issuer)
	server.Start()
	t.Cleanup(server.Close)
	return issuer
}

// The product's conformance tests of providers.
func TestProvider_Conforms(t *testing.T) {
	t.Parallel()
	issuer := serve(t)
	identitytest.Run(t, identitytest.Provider{
		Config:    identity.ProviderConfig{Issuer: issuer, ClientID: login.ClientID, RedirectURL: callback, Audience: login.Audience},
		HasLogout: true,
		LogIn: func(t *testing.T, browser *http.Client, address string, who identitytest.User) *http.Response {
			answer, err := browser.PostForm(address, url.Values{"email": {who.Email}, "name": {"unused"}})
			if err != nil {
				t.Fatal(err)
			}
			return answer
		},
		AccessToken: func(t *testing.T, who identitytest.User) string {
			token, err := login.AccessToken(t.Context(), issuer, who.Email)
			if err != nil {
				t.Fatal(err)
			}
			return token
		},
	})
}

// authorizePath returns a valid authorization request with changed parameters.
func authorizePath(change ...string) string {
	q := url.Values{
		"client_id": {login.ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid email profile"},
		"state": {"the-state"}, "nonce": {"the-nonce"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	return "/authorize?" + q.Encode()
}

func get(p *login.Provider, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func post(p *login.Provider, path string, form url.Values) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.ServeHTTP(w, r)
	return w
}

// redirectQuery returns the query of the redirect to the client.
func redirectQuery(t *testing.T, w *httptest.ResponseRecorder) url.Values {
	t.Helper()
	back, err := w.Result().Location()
	if err != nil || !strings.HasPrefix(back.String(), callback+"?") {
		t.Fatalf("status %d, redirect to %v, %v", w.Code, back, err)
	}
	return back.Query()
}

func TestAuthorize_ShowsPeople(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "http://login.example")
	for name, tt := range map[string]struct {
		hint       string
		want, lack []string
	}{
		"no hint": {"", []string{
			`<button name="person" value="maja@ekstroms.example"><strong>Maja Ekström</strong>`, "At the offices", "At their customers", ">Operators<", "Without a right",
			"administrator of one &amp; two", "Tove &lt;b&gt;", `id="group-3"`, `<label for="email">`,
		}, []string{"autofocus", "<script", "style="}},
		"hint at a person":        {"MAJA@ekstroms.example", []string{`value="maja@ekstroms.example" autofocus>`}, []string{`value="MAJA`}},
		"hint at another address": {"new@else.example", []string{`value="new@else.example" autofocus>`}, []string{`value="maja@ekstroms.example" autofocus`}},
		"invalid hint":            {`"><script>`, []string{`value="&#34;&gt;&lt;script&gt;"`}, []string{"<script"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(p, authorizePath("login_hint", tt.hint))
			if csp := w.Header().Get("Content-Security-Policy"); w.Code != http.StatusOK || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "form-action 'self' "+site) {
				t.Errorf("status %d, policy %q", w.Code, csp)
			}
			for _, want := range tt.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s is missing in:\n%s", want, w.Body)
				}
			}
			for _, lack := range tt.lack {
				if strings.Contains(w.Body.String(), lack) {
					t.Errorf("%s is in:\n%s", lack, w.Body)
				}
			}
		})
	}
	if w := get(p, "/style.css"); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("style: %d", w.Code)
	}
}

func TestAuthorize_RejectsInvalidRequest(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "http://login.example")
	for name, tt := range map[string]struct {
		change []string
		want   string // the error in the redirect; "" for no redirect
	}{
		"another client":    {[]string{"client_id", "other"}, ""},
		"another site":      {[]string{"redirect_uri", "http://else.example/login/callback"}, ""},
		"another page":      {[]string{"redirect_uri", callback + "/more"}, ""},
		"a query":           {[]string{"redirect_uri", callback + "?a=b"}, ""},
		"no redirect":       {[]string{"redirect_uri", ""}, ""},
		"another flow":      {[]string{"response_type", "token"}, "unsupported_response_type"},
		"no openid":         {[]string{"scope", "email"}, "invalid_scope"},
		"no challenge":      {[]string{"code_challenge", ""}, "invalid_request"},
		"a plain challenge": {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"no prompt":         {[]string{"prompt", "none"}, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, w := range []*httptest.ResponseRecorder{get(p, authorizePath(tt.change...)), post(p, authorizePath(tt.change...), url.Values{"person": {"maja@ekstroms.example"}})} {
				if tt.want == "" {
					if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
						t.Errorf("status %d, to %q", w.Code, w.Header().Get("Location"))
					}
					continue
				}
				if q := redirectQuery(t, w); q.Get("error") != tt.want || q.Get("state") != "the-state" || q.Get("code") != "" {
					t.Errorf("got %v", q)
				}
			}
		})
	}
	if w := post(p, authorizePath(), url.Values{"email": {"invalid"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("invalid address: status %d", w.Code)
	}
}

func TestLogout_RedirectsOnlyToSites(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "http://login.example")
	for back, want := range map[string]string{site + "/": site + "/?state=s", "http://else.example/": "", site + "/else": "", "": ""} {
		w := get(p, "/logout?"+url.Values{"post_logout_redirect_uri": {back}, "state": {"s"}}.Encode())
		if got := w.Header().Get("Location"); got != want || (want == "") != (w.Code == http.StatusOK) {
			t.Errorf("%q redirects to %q, status %d", back, got, w.Code)
		}
	}
}
