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
	// requestTimeout bounds one request to the provider.
	requestTimeout = 5 * time.Second
	// retryInterval is the time between two attempts of the discovery.
	retryInterval = 500 * time.Millisecond
)

// ProviderConfig has the OpenID provider and the client that is registered there.
type ProviderConfig struct {
	Issuer   string
	ClientID string
	// ClientSecret is empty for a public client, which uses only PKCE.
	ClientSecret string
	RedirectURL  string
	// Audience is the required audience of access tokens, by default the client.
	Audience string
	// Transport is http.DefaultTransport if nil.
	Transport http.RoundTripper
}

// Provider is an OpenID provider. The discovery happens at the first use and is repeated
// until it succeeds, so the process can start while the provider is unavailable.
type Provider struct {
	config      ProviderConfig
	client      *http.Client
	discoveries singleflight.Group
	discovered  atomic.Pointer[discovery]

	// lastErr and retryAt are those of the last discovery. Only one runs at a time.
	lastErr error
	retryAt time.Time
}

// discovery is the provider's configuration.
type discovery struct {
	*oidc.Provider
	oauth     oauth2.Config
	keys      oidc.KeySet
	keysURL   string
	logoutURL string
}

// NewProvider returns a provider. It sends no request.
func NewProvider(c ProviderConfig) *Provider {
	if c.Audience == "" {
		c.Audience = c.ClientID
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	return &Provider{config: c, client: &http.Client{Timeout: requestTimeout, Transport: c.Transport}}
}

// discovery returns the provider's configuration. Concurrent callers share one request.
func (p *Provider) discovery(ctx context.Context) (*discovery, error) {
	if d := p.discovered.Load(); d != nil {
		return d, nil
	}
	select {
	case r := <-p.discoveries.DoChan("", p.discover):
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*discovery), nil
	case <-ctx.Done():
		return nil, unavailable("discovery", ctx.Err())
	}
}

func (p *Provider) discover() (any, error) {
	if d := p.discovered.Load(); d != nil {
		return d, nil
	}
	if time.Now().Before(p.retryAt) {
		return nil, p.lastErr
	}
	d, err := p.fetchDiscovery()
	if err != nil {
		p.lastErr, p.retryAt = unavailable("discovery", err), time.Now().Add(retryInterval)
		return nil, p.lastErr
	}
	p.discovered.Store(d)
	return d, nil
}

func (p *Provider) fetchDiscovery() (*discovery, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), p.client), p.config.Issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		Keys    string   `json:"jwks_uri"`
		Logout  string   `json:"end_session_endpoint"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return nil, err
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = p.authStyle(metadata.Methods)
	keys := &http.Client{Timeout: requestTimeout, Transport: keySetTransport{newRateLimitedTransport(p.config.Transport)}}
	return &discovery{
		Provider: provider,
		oauth: oauth2.Config{
			ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.RedirectURL,
			Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
		keys:      oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), keys), metadata.Keys),
		keysURL:   metadata.Keys,
		logoutURL: metadata.Logout,
	}, nil
}
