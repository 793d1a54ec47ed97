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

func open(t *testing.T, issuer string) *login.Provider {
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
	server.Config.Handler = open(t, issuer)
	server.Start()
	t.Cleanup(server.Close)
	return issuer
}

// The product takes this provider as it takes any.
func TestTheProductLogsInHere(t *testing.T) {
	issuer := serve(t)
	identitytest.Run(t, identitytest.Provider{
		Config:  identity.ProviderConfig{Issuer: issuer, ClientID: login.ClientID, RedirectURL: callback, Audience: login.Audience},
		LogsOut: true,
		LogIn: func(t *testing.T, browser *http.Client, address string, who identitytest.Somebody) *http.Response {
			answer, err := browser.PostForm(address, url.Values{"email": {who.Email}, "name": {"not asked for"}})
			if err != nil {
				t.Fatal(err)
			}
			return answer
		},
		AccessToken: func(t *testing.T, who identitytest.Somebody) string {
			token, err := login.AccessToken(t.Context(), issuer, who.Email)
			if err != nil {
				t.Fatal(err)
			}
			return token
		},
	})
}

// asking is a good request for a code.
func asking(change ...string) string {
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

// returned is the query that the browser is sent back with.
func returned(t *testing.T, w *httptest.ResponseRecorder) url.Values {
	t.Helper()
	back, err := w.Result().Location()
	if err != nil || !strings.HasPrefix(back.String(), callback+"?") {
		t.Fatalf("status %d, back to %v, %v", w.Code, back, err)
	}
	return back.Query()
}

func TestThePage(t *testing.T) {
	p := open(t, "http://login.example")
	for name, tt := range map[string]struct {
		hint       string
		want, lack []string
	}{
		"no hint": {"", []string{
			`<button name="person" value="maja@ekstroms.example"><strong>Maja Ekström</strong>`, "At the offices", "At their customers", ">Operators<", "Without a right",
			"administrator of one &amp; two", "Tove &lt;b&gt;", `id="group-3"`, `<label for="email">`,
		}, []string{"autofocus", "<script", "style="}},
		"somebody known": {"MAJA@ekstroms.example", []string{`value="maja@ekstroms.example" autofocus>`}, []string{`value="MAJA`}},
		"somebody else":  {"new@else.example", []string{`value="new@else.example" autofocus>`}, []string{`value="maja@ekstroms.example" autofocus`}},
		"no address":     {`"><script>`, []string{`value="&#34;&gt;&lt;script&gt;"`}, []string{"<script"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(p, asking("login_hint", tt.hint))
			if csp := w.Header().Get("Content-Security-Policy"); w.Code != http.StatusOK || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "form-action 'self' "+site) {
				t.Errorf("status %d, policy %q", w.Code, csp)
			}
			for _, want := range tt.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s is not there:\n%s", want, w.Body)
				}
			}
			for _, lack := range tt.lack {
				if strings.Contains(w.Body.String(), lack) {
					t.Errorf("%s is there:\n%s", lack, w.Body)
				}
			}
		})
	}
	if w := get(p, "/style.css"); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("style: %d", w.Code)
	}
}

func TestWhoMayAsk(t *testing.T) {
	p := open(t, "http://login.example")
	for name, tt := range map[string]struct {
		change []string
		want   string // the error that leads back; "" where nothing does
	}{
		"another client":             {[]string{"client_id", "other"}, ""},
		"another site":               {[]string{"redirect_uri", "http://else.example/login/callback"}, ""},
		"another page":               {[]string{"redirect_uri", callback + "/more"}, ""},
		"a query":                    {[]string{"redirect_uri", callback + "?a=b"}, ""},
		"no redirect":                {[]string{"redirect_uri", ""}, ""},
		"another flow":               {[]string{"response_type", "token"}, "unsupported_response_type"},
		"no openid":                  {[]string{"scope", "email"}, "invalid_scope"},
		"no challenge":               {[]string{"code_challenge", ""}, "invalid_request"},
		"a challenge in plain words": {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"nobody asked":               {[]string{"prompt", "none"}, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, w := range []*httptest.ResponseRecorder{get(p, asking(tt.change...)), post(p, asking(tt.change...), url.Values{"person": {"maja@ekstroms.example"}})} {
				if tt.want == "" {
					if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
						t.Errorf("status %d, to %q", w.Code, w.Header().Get("Location"))
					}
					continue
				}
				if q := returned(t, w); q.Get("error") != tt.want || q.Get("state") != "the-state" || q.Get("code") != "" {
					t.Errorf("got %v", q)
				}
			}
		})
	}
	if w := post(p, asking(), url.Values{"email": {"nobody"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no address: status %d", w.Code)
	}
}

func TestLogout(t *testing.T) {
	p := open(t, "http://login.example")
	for back, want := range map[string]string{site + "/": site + "/?state=s", "http://else.example/": "", site + "/else": "", "": ""} {
		w := get(p, "/logout?"+url.Values{"post_logout_redirect_uri": {back}, "state": {"s"}}.Encode())
		if got := w.Header().Get("Location"); got != want || (want == "") != (w.Code == http.StatusOK) {
			t.Errorf("%q leads to %q, status %d", back, got, w.Code)
		}
	}
}
