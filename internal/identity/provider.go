package identity

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

const (
	// answerWithin is how long the provider may take for one answer.
	answerWithin = 5 * time.Second
	// retryAfter is how long a provider that could not be reached is left alone.
	retryAfter = 500 * time.Millisecond
)

// ProviderConfig says at which OpenID provider people log in, and as which of
// its clients we ask.
type ProviderConfig struct {
	Issuer   string
	ClientID string
	// ClientSecret is empty for a public client, which has PKCE alone.
	ClientSecret string
	RedirectURL  string
	// Audience is whom access tokens must be for; the client where left out.
	Audience string
	// Transport carries the requests; the usual one where left out.
	Transport http.RoundTripper
}

// Provider is an OpenID provider. What it can do is asked for at first use and
// again until it has answered, so that we can start without it.
type Provider struct {
	config  ProviderConfig
	client  *http.Client
	finding singleflight.Group
	found   atomic.Pointer[discovery]

	// Of the last discovery, one at a time.
	failed  error
	retryAt time.Time
}

// discovery is what a provider says of itself.
type discovery struct {
	*oidc.Provider
	oauth  oauth2.Config
	keys   oidc.KeySet
	keysAt string
	logout string
}

// NewProvider asks nothing of the provider yet.
func NewProvider(c ProviderConfig) *Provider {
	if c.Audience == "" {
		c.Audience = c.ClientID
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	return &Provider{config: c, client: &http.Client{Timeout: answerWithin, Transport: c.Transport}}
}

// discovered is what the provider says of itself; many who wait ask once.
func (p *Provider) discovered(ctx context.Context) (*discovery, error) {
	if d := p.found.Load(); d != nil {
		return d, nil
	}
	select {
	case r := <-p.finding.DoChan("", p.discover):
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*discovery), nil
	case <-ctx.Done():
		return nil, unavailable("discovery", ctx.Err())
	}
}

func (p *Provider) discover() (any, error) {
	if d := p.found.Load(); d != nil {
		return d, nil
	}
	if time.Now().Before(p.retryAt) {
		return nil, p.failed
	}
	d, err := p.ask()
	if err != nil {
		p.failed, p.retryAt = unavailable("discovery", err), time.Now().Add(retryAfter)
		return nil, p.failed
	}
	p.found.Store(d)
	return d, nil
}

func (p *Provider) ask() (*discovery, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), p.client), p.config.Issuer)
	if err != nil {
		return nil, err
	}
	var says struct {
		Keys    string   `json:"jwks_uri"`
		Logout  string   `json:"end_session_endpoint"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&says); err != nil {
		return nil, err
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = p.authStyle(says.Methods)
	keys := &http.Client{Timeout: answerWithin, Transport: newPatient(p.config.Transport)}
	return &discovery{
		Provider: provider,
		oauth: oauth2.Config{
			ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.RedirectURL,
			Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
		keys:   oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), keys), says.Keys),
		keysAt: says.Keys,
		logout: says.Logout,
	}, nil
}
