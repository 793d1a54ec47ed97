package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Begin returns the provider's URL for a login, which redirects to the redirect URL. The
// prompt is "", or "login" or "select_account" to require a choice of a user who is
// already logged in at the provider.
func (p *Provider) Begin(ctx context.Context, prompt string) (string, Attempt, error) {
	d, err := p.discovery(ctx)
	if err != nil {
		return "", Attempt{}, err
	}
	a := Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", prompt))
	}
	return d.oauth.AuthCodeURL(a.State, options...), a, nil
}

// Finish returns the identity for the query of the redirect. The provider accepts its code
// once. The identity of a refused login has the subject alone.
func (p *Provider) Finish(ctx context.Context, a Attempt, query url.Values) (Identity, error) {
	if a.State == "" || !isEqual(a.State, query.Get("state")) {
		return Identity{}, refused("the state does not match the attempt")
	}
	if err := callbackError(query); err != nil {
		return Identity{}, err
	}
	d, err := p.discovery(ctx)
	if err != nil {
		return Identity{}, err
	}
	token, err := d.oauth.Exchange(oidc.ClientContext(ctx, p.client), query.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Identity{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, c, err := p.verify(ctx, d, raw, p.config.ClientID)
	if err != nil {
		return Identity{}, refusedToken(err)
	}
	if a.Nonce == "" || !isEqual(a.Nonce, id.Nonce) || c.Party != "" && c.Party != p.config.ClientID {
		return Identity{Subject: id.Subject}, refused("the ID token does not match the attempt")
	}
	name, acr, amr := c.Name, c.ACR, c.AMR
	if c.Email == "" || c.Verified == nil { // the address and its verification come from one place
		if c, err = p.userInfo(ctx, d, token, id.Subject); err != nil {
			return Identity{Subject: id.Subject}, err
		}
	}
	email, err := c.verifiedEmail()
	if err != nil {
		return Identity{Subject: id.Subject}, err
	}
	return Identity{Issuer: id.Issuer, Subject: id.Subject, Email: email, Name: cmp.Or(c.Name, name, email), ACR: acr, AMR: amr, IDToken: raw}, nil
}

// callbackError returns nil if the redirect has a code.
func callbackError(query url.Values) error {
	switch code := query.Get("error"); {
	case code == "server_error", code == "temporarily_unavailable":
		return unavailable("login", errors.New(code))
	case code == "access_denied":
		return refused("the user or the provider denied the login")
	case code != "" || query.Get("code") == "":
		return refused("the provider sent no code")
	}
	return nil
}

// exchangeError classifies a failed exchange of a code.
func exchangeError(err error) error {
	var r *oauth2.RetrieveError
	switch {
	case !errors.As(err, &r):
		return unavailable("token", err)
	case r.Response.StatusCode >= http.StatusInternalServerError:
		return unavailable("token", errors.New(r.Response.Status))
	case r.ErrorCode == "invalid_client" || r.ErrorCode == "unauthorized_client":
		return misconfigured(r.ErrorCode)
	default:
		return refused("the provider rejected the code")
	}
}

// userInfo fetches claims that the provider omits from its ID tokens.
func (p *Provider) userInfo(ctx context.Context, d *discovery, token *oauth2.Token, subject string) (claims, error) {
	var c claims
	if d.UserInfoEndpoint() == "" {
		return c, nil
	}
	info, err := d.UserInfo(oidc.ClientContext(ctx, p.client), oauth2.StaticTokenSource(token))
	if err != nil {
		return c, unavailable("userinfo", errors.New("invalid response"))
	}
	if info.Subject != subject {
		return c, refused("userinfo has another subject")
	}
	if err := info.Claims(&c); err != nil {
		return c, refused("userinfo is not valid")
	}
	return c, nil
}

// LogoutURL returns the provider's URL for a logout, which redirects to returnTo. It is
// empty if the provider has none or its discovery has not succeeded yet.
func (p *Provider) LogoutURL(idToken, returnTo string) string {
	d := p.discovered.Load()
	if d == nil || d.logoutURL == "" {
		return ""
	}
	u, err := url.Parse(d.logoutURL)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.config.ClientID)
	q.Set("post_logout_redirect_uri", returnTo)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// authStyle returns how the client authenticates at the token endpoint. Trying both styles
// would fail, because the first request uses up the code.
func (p *Provider) authStyle(methods []string) oauth2.AuthStyle {
	if p.config.ClientSecret == "" || slices.Contains(methods, "client_secret_post") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

func isEqual(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
