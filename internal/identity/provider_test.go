package identity_test

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"countersign/collaboration"
	"countersign/internal/identity"
	"countersign/internal/identity/identitytest"
)

const callback = "http://countersign.example/login/callback"

// startMockProvider starts an independent implementation of a provider.
func startMockProvider(t *testing.T) (*mockoidc.MockOIDC, identity.ProviderConfig) {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	// The provider stores sessions in a map without a lock.
	var requests sync.Mutex
	err = m.AddMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Lock()
			defer requests.Unlock()
			next.ServeHTTP(w, r)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(l, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown() })
	return m, identity.ProviderConfig{
		Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret, RedirectURL: callback, Audience: "countersign-api",
	}
}

// user is a user of the provider.
type user struct {
	mockoidc.MockUser
	name   string
	silent bool // the ID token has no address, only userinfo
	info   map[string]any
}

func (u *user) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	type claims struct {
		*mockoidc.IDTokenClaims
		Email    string `json:"email,omitempty"`
		Verified bool   `json:"email_verified,omitempty"`
		Name     string `json:"name,omitempty"`
		ACR      string `json:"acr,omitempty"`
	}
	if u.silent {
		return claims{IDTokenClaims: base, ACR: "urn:loa:3"}, nil
	}
	return claims{base, u.Email, u.EmailVerified, u.name, "urn:loa:3"}, nil
}

func (u *user) Userinfo([]string) ([]byte, error) { return json.Marshal(u.info) }

// logins serializes logins: each takes the user that it has queued.
var logins sync.Mutex

// logIn logs a user in and returns the provider's response.
func logIn(t *testing.T, browser *http.Client, m *mockoidc.MockOIDC, address string, u *user) *http.Response {
	t.Helper()
	logins.Lock()
	defer logins.Unlock()
	m.QueueUser(u)
	response, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestProvider_Conformance(t *testing.T) {
	t.Parallel()
	m, c := startMockProvider(t)
	identitytest.Run(t, identitytest.Provider{
		Config: c,
		LogIn: func(t *testing.T, browser *http.Client, address string, who identitytest.User) *http.Response {
			return logIn(t, browser, m, address, &user{MockUser: mockoidc.MockUser{Subject: "1", Email: who.Email, EmailVerified: true}, name: who.Name})
		},
	})
}

// Some providers return the address only at the userinfo endpoint. The strength of the login
// is in the ID token.
func TestFinish_UsesUserInfo(t *testing.T) {
	t.Parallel()
	m, c := startMockProvider(t)
	c.Transport = withUnknownKeys{} // a login works beside them
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, tt := range []struct {
		name string
		info map[string]any
		want collaboration.Code
		// inToken is the address in the ID token, which does not say that it is verified.
		inToken string
	}{
		{name: "verified only here", info: map[string]any{"sub": "1", "email": "Maja@ekstroms.example", "email_verified": true}, inToken: "maja@else.example"},
		{name: "verified nowhere", info: map[string]any{"sub": "1", "email": "Maja@ekstroms.example"}, inToken: "maja@ekstroms.example", want: collaboration.CodeEmailNotVerified},
		{"valid", map[string]any{"sub": "1", "email": "Maja@ekstroms.example", "email_verified": true, "name": "Maja"}, "", ""},
		{"no name", map[string]any{"sub": "1", "email": "Maja@ekstroms.example", "email_verified": true}, "", ""},
		{"not verified", map[string]any{"sub": "1", "email": "maja@ekstroms.example"}, collaboration.CodeEmailNotVerified, ""},
		{"another subject", map[string]any{"sub": "2", "email": "maja@ekstroms.example", "email_verified": true}, collaboration.CodeLoginRefused, ""},
		{"no address", map[string]any{"sub": "1"}, collaboration.CodeEmailNotVerified, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			provider := identity.NewProvider(c)
			address, attempt, err := provider.Begin(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			response := logIn(t, noRedirects, m, address, &user{MockUser: mockoidc.MockUser{Subject: "1", Email: tt.inToken}, silent: tt.inToken == "", info: tt.info})
			response.Body.Close()
			callbackURL, err := response.Location()
			if err != nil {
				t.Fatal(err)
			}
			who, err := provider.Finish(t.Context(), attempt, callbackURL.Query())
			if collaboration.CodeOf(err) != tt.want || tt.want == "" && (who.Email != "maja@ekstroms.example" || who.ACR != "urn:loa:3" || who.Name != cmp.Or(tt.info["name"], any("maja@ekstroms.example"))) {
				t.Errorf("got %+v, %v", who, err)
			}
		})
	}
}

// A wrong client secret is an internal error, not a failed login.
func TestFinish_WrongClientSecret(t *testing.T) {
	t.Parallel()
	m, c := startMockProvider(t)
	c.ClientSecret = "wrong"
	provider := identity.NewProvider(c)
	address, attempt, err := provider.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	noRedirects := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response := logIn(t, noRedirects, m, address, &user{})
	response.Body.Close()
	callbackURL, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Finish(t.Context(), attempt, callbackURL.Query()); collaboration.CodeOf(err) != collaboration.CodeInternal {
		t.Errorf("got %v", err)
	}
}

func TestBegin_InvalidProvider(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"another issuer": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"issuer":"https://else.example"}`)) },
		"not JSON":       func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`<html>`)) },
		"server error":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"not found":      http.NotFound,
		"redirect":       func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/else", http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			p := identity.NewProvider(identity.ProviderConfig{Issuer: server.URL, ClientID: "c", RedirectURL: callback})
			if _, _, err := p.Begin(t.Context(), ""); collaboration.CodeOf(err) != collaboration.CodeUnavailable {
				t.Errorf("got %v", err)
			}
		})
	}
}
