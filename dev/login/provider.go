package login

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The one client that there is, which has no secret, and the audience of
// access tokens.
const (
	ClientID = "countersign"
	Audience = "countersign-api"
)

// The groups that people are shown in, in this order.
const (
	Office    = "At the offices"
	Customers = "At their customers"
	Operators = "Operators"
	Nowhere   = "Without a right to anything"
)

// Person is somebody to log in as.
type Person struct{ Group, Name, Email, What string }

// Config says who the provider is and whom it serves.
type Config struct {
	Issuer string
	// Sites are the public addresses of the product: people are led back to
	// them and to nowhere else.
	Sites []string
	Key   *ecdsa.PrivateKey
	// People are asked for whenever the page is shown.
	People func(context.Context) ([]Person, error)
}

// Provider answers as an OpenID provider.
type Provider struct {
	Config
	http.Handler
	signing jose.SigningKey
	public  jose.JSONWebKeySet

	mu    sync.Mutex
	codes map[string]grant
}

// New is a provider that nobody has logged in at.
func New(c Config) (*Provider, error) {
	key := jose.JSONWebKey{Key: c.Key, Algorithm: string(jose.ES256), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	mux := http.NewServeMux()
	p := &Provider{
		Config: c, Handler: mux, codes: map[string]grant{},
		signing: jose.SigningKey{Algorithm: jose.ES256, Key: key},
		public:  jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}},
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, p.public) })
	mux.HandleFunc("GET /authorize", p.choose)
	mux.HandleFunc("POST /authorize", p.chosen)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("/userinfo", p.userinfo)
	mux.HandleFunc("/logout", p.logout)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Write([]byte(style))
	})
	mux.Handle("GET /{$}", http.RedirectHandler(c.Sites[0], http.StatusSeeOther))
	return p, nil
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                p.Issuer,
		"authorization_endpoint":                p.Issuer + "/authorize",
		"token_endpoint":                        p.Issuer + "/token",
		"userinfo_endpoint":                     p.Issuer + "/userinfo",
		"jwks_uri":                              p.Issuer + "/keys",
		"end_session_endpoint":                  p.Issuer + "/logout",
		"scopes_supported":                      []string{"openid", "email", "profile"},
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code", "password"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{string(jose.ES256)},
		"token_endpoint_auth_methods_supported": []string{"none"},
		"code_challenge_methods_supported":      []string{"S256"},
		"claims_supported":                      []string{"sub", "email", "email_verified", "name"},
	})
}

// logout has nothing to end, since the page asks everybody who they are.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	back := r.FormValue("post_logout_redirect_uri")
	if !p.leadsTo(back, "/") {
		p.show(w, http.StatusOK, "message", "You are logged out.")
		return
	}
	http.Redirect(w, r, withQuery(back, "state", r.FormValue("state")), http.StatusSeeOther)
}

// leadsTo reports whether an address is a path of one of the sites, exactly.
func (p *Provider) leadsTo(address, path string) bool {
	return slices.ContainsFunc(p.Sites, func(site string) bool { return address == strings.TrimSuffix(site, "/")+path })
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked has gone
}

// lifetime is how long tokens are good; a code has less.
const (
	lifetime     = time.Hour
	codeLifetime = time.Minute
)
