package roles

import (
	"net/url"

	"countersign/internal/config"
	"countersign/internal/identity"
)

// provider is where people log in; it leads them back to the api's own page.
func provider(c config.Config) (*identity.Provider, error) {
	back, err := url.JoinPath(c.PublicURL, "login", "callback")
	if err != nil {
		return nil, err
	}
	return identity.NewProvider(identity.ProviderConfig{
		Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, ClientSecret: c.OIDC.ClientSecret,
		RedirectURL: back, Audience: c.OIDC.Audience,
	}), nil
}
