package bootstrap

import (
	"net/url"

	"countersign/internal/config"
	"countersign/internal/identity"
)

// provider returns the OpenID provider, which redirects to the api after login.
func provider(c config.Config) (*identity.Provider, error) {
	callback, err := url.JoinPath(c.PublicURL, "login", "callback")
	if err != nil {
		return nil, err
	}
	return identity.NewProvider(identity.ProviderConfig{
		Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, ClientSecret: c.OIDC.ClientSecret,
		RedirectURL: callback, Audience: c.OIDC.Audience,
	}), nil
}

// hostOf returns the host of the OpenID provider, which customers read before they log in.
func hostOf(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
