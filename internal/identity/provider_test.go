package identity_test

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"countersign/collaboration"
	"countersign/internal/identity"
	"countersign/internal/identity/identitytest"
)

const callback = "http://countersign.example/login/callback"

// partner is a provider that others wrote.
func partner(t *testing.T) (*mockoidc.MockOIDC, identity.ProviderConfig) {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
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

// user is somebody at the partner.
type user struct {
	mockoidc.MockUser
	name   string
	silent bool // its ID tokens leave the address to userinfo
	info   map[string]any
}

func (u *user) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	type claims struct {
		*mockoidc.IDTokenClaims
		Email    string `json:"email,omitempty"`
		Verified bool   `json:"email_verified,omitempty"`
		Name     string `json:"name,omitempty"`
	}
	if u.silent {
		return claims{IDTokenClaims: base}, nil
	}
	return claims{base, u.Email, u.EmailVerified, u.name}, nil
}

func (u *user) Userinfo([]string) ([]byte, error) { return json.Marshal(u.info) }

// come goes to the partner and back.
func come(t *testing.T, browser *http.Client, m *mockoidc.MockOIDC, address string, u *user) *http.Response {
	t.Helper()
	m.QueueUser(u)
	answer, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestAProviderOfOthers(t *testing.T) {
	m, c := partner(t)
	identitytest.Run(t, identitytest.Provider{
		Config: c,
		LogIn: func(t *testing.T, browser *http.Client, address string, who identitytest.Somebody) *http.Response {
			return come(t, browser, m, address, &user{MockUser: mockoidc.MockUser{Subject: "1", Email: who.Email, EmailVerified: true}, name: who.Name})
		},
	})
}

// Some providers tell the address only at the userinfo endpoint.
func TestUserInfo(t *testing.T) {
	m, c := partner(t)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, tt := range []struct {
		name string
		info map[string]any
		want collaboration.Code
	}{
		{"good", map[string]any{"sub": "1", "email": "Maja@ekstroms.example", "email_verified": true, "name": "Maja"}, ""},
		{"no name", map[string]any{"sub": "1", "email": "Maja@ekstroms.example", "email_verified": true}, ""},
		{"not verified", map[string]any{"sub": "1", "email": "maja@ekstroms.example"}, collaboration.CodeUnauthenticated},
		{"somebody else", map[string]any{"sub": "2", "email": "maja@ekstroms.example", "email_verified": true}, collaboration.CodeUnauthenticated},
		{"no address", map[string]any{"sub": "1"}, collaboration.CodeUnauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ours := identity.NewProvider(c)
			address, attempt, err := ours.Begin(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			answer := come(t, stay, m, address, &user{MockUser: mockoidc.MockUser{Subject: "1"}, silent: true, info: tt.info})
			answer.Body.Close()
			back, err := answer.Location()
			if err != nil {
				t.Fatal(err)
			}
			who, err := ours.Finish(t.Context(), attempt, back.Query())
			if collaboration.CodeOf(err) != tt.want || tt.want == "" && (who.Email != "maja@ekstroms.example" || who.Name != cmp.Or(tt.info["name"], any("maja@ekstroms.example"))) {
				t.Errorf("got %+v, %v", who, err)
			}
		})
	}
}

// What our own settings get wrong is no fault of who logs in.
func TestAWrongSecretIsOurFault(t *testing.T) {
	m, c := partner(t)
	c.ClientSecret = "wrong"
	ours := identity.NewProvider(c)
	address, attempt, err := ours.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer := come(t, stay, m, address, &user{})
	answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Finish(t.Context(), attempt, back.Query()); collaboration.CodeOf(err) != collaboration.CodeInternal {
		t.Errorf("got %v", err)
	}
}

func TestNoProviderThere(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"another issuer":   func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"issuer":"https://else.example"}`)) },
		"something else":   func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`<html>`)) },
		"an error":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"nothing we know":  http.NotFound,
		"a door elsewhere": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/else", http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			p := identity.NewProvider(identity.ProviderConfig{Issuer: server.URL, ClientID: "c", RedirectURL: callback})
			if _, _, err := p.Begin(t.Context(), ""); collaboration.CodeOf(err) != collaboration.CodeUnavailable {
				t.Errorf("got %v", err)
			}
		})
	}
}
