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

// ClientID is the only registered client, a public one without a secret. Audience is
// that of access tokens.
const (
	ClientID = "countersign"
	Audience = "countersign-api"
)

// The groups of people on the page, in this order.
const (
	Office    = "At the offices"
	Customers = "At their customers"
	Operators = "Operators"
	Nowhere   = "Without a right to anything"
)

// Person is a person to log in as. Description is shown beside the name.
type Person struct{ Group, Name, Email, Description string }

// Config has the provider's settings.
type Config struct {
	Issuer string
	// Sites are the public URLs of the product. The provider redirects only to them.
	Sites []string
	Key   *ecdsa.PrivateKey
	// People returns the list for the page. The provider calls it for each page.
	People func(context.Context) ([]Person, error)
}

// Provider is an OpenID Connect provider.
type Provider struct {
	Config
	http.Handler
	signing jose.SigningKey
	public  jose.JSONWebKeySet

	mu    sync.Mutex
	codes map[string]grant
}

// New returns a provider.
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
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, p.public) })
	mux.HandleFunc("GET /authorize", p.showPeople)
	mux.HandleFunc("POST /authorize", p.authorize)
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
	writeJSON(w, http.StatusOK, map[string]any{
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

// logout redirects to the product. The provider has no login session to end.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	redirectURI := r.FormValue("post_logout_redirect_uri")
	if !p.isSiteURL(redirectURI, "/") {
		p.show(w, http.StatusOK, "message", "You are logged out.")
		return
	}
	http.Redirect(w, r, withQuery(redirectURI, "state", r.FormValue("state")), http.StatusSeeOther)
}

// isSiteURL reports whether an address is exactly this path of a site.
func (p *Provider) isSiteURL(address, path string) bool {
	return slices.ContainsFunc(p.Sites, func(site string) bool { return address == strings.TrimSuffix(site, "/")+path })
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // an error means that the client has disconnected
}

const (
	tokenLifetime = time.Hour
	codeLifetime  = time.Minute
)
