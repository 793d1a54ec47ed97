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

// Begin is the address to send somebody to, who comes back to the redirect URL.
// The prompt is "" or what the provider should ask even of who is logged in
// there: "login", "select_account".
func (p *Provider) Begin(ctx context.Context, prompt string) (string, Attempt, error) {
	d, err := p.discovered(ctx)
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

// Finish is who came back with the query. Each attempt is good once; the
// provider sees to that.
func (p *Provider) Finish(ctx context.Context, a Attempt, query url.Values) (Identity, error) {
	if a.State == "" || !same(a.State, query.Get("state")) {
		return Identity{}, unauthenticated("the state is not the attempt's")
	}
	if err := answered(query); err != nil {
		return Identity{}, err
	}
	d, err := p.discovered(ctx)
	if err != nil {
		return Identity{}, err
	}
	token, err := d.oauth.Exchange(oidc.ClientContext(ctx, p.client), query.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Identity{}, refused(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, c, err := p.verify(ctx, d, raw, p.config.ClientID)
	if err != nil {
		return Identity{}, err
	}
	if a.Nonce == "" || !same(a.Nonce, id.Nonce) || c.Party != "" && c.Party != p.config.ClientID {
		return Identity{}, unauthenticated("the ID token is not the attempt's")
	}
	if c.Email == "" {
		if c, err = p.userInfo(ctx, d, token, id.Subject); err != nil {
			return Identity{}, err
		}
	}
	email, err := c.address()
	if err != nil {
		return Identity{}, err
	}
	return Identity{Subject: id.Subject, Email: email, Name: cmp.Or(c.Name, email), IDToken: raw}, nil
}

// answered is nil where the provider sent a code.
func answered(query url.Values) error {
	switch code := query.Get("error"); {
	case code == "server_error", code == "temporarily_unavailable":
		return unavailable("login", errors.New(code))
	case code != "" || query.Get("code") == "":
		return unauthenticated("the provider sent no code")
	}
	return nil
}

// refused says what it means that a code was not exchanged.
func refused(err error) error {
	var r *oauth2.RetrieveError
	switch {
	case !errors.As(err, &r):
		return unavailable("token", err)
	case r.Response.StatusCode >= http.StatusInternalServerError:
		return unavailable("token", errors.New(r.Response.Status))
	case r.ErrorCode == "invalid_client" || r.ErrorCode == "unauthorized_client":
		return misconfigured(r.ErrorCode)
	default:
		return unauthenticated("the provider does not take the code")
	}
}

// userInfo asks for what a provider leaves out of its ID tokens.
func (p *Provider) userInfo(ctx context.Context, d *discovery, token *oauth2.Token, subject string) (claims, error) {
	var c claims
	if d.UserInfoEndpoint() == "" {
		return c, nil
	}
	info, err := d.UserInfo(oidc.ClientContext(ctx, p.client), oauth2.StaticTokenSource(token))
	if err != nil {
		return c, unavailable("userinfo", errors.New("it does not answer as it should"))
	}
	if info.Subject != subject {
		return c, unauthenticated("userinfo is about somebody else")
	}
	if err := info.Claims(&c); err != nil {
		return c, unauthenticated("userinfo cannot be read")
	}
	return c, nil
}

// LogoutURL is where to send somebody to log out at the provider too, and to
// come back from; "" where the provider has no such place, or has not been
// reached yet.
func (p *Provider) LogoutURL(idToken, returnTo string) string {
	d := p.found.Load()
	if d == nil || d.logout == "" {
		return ""
	}
	u, err := url.Parse(d.logout)
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

// authStyle is how we show who we are at the token endpoint: one way, since a
// second try would find the code spent.
func (p *Provider) authStyle(methods []string) oauth2.AuthStyle {
	if p.config.ClientSecret == "" || slices.Contains(methods, "client_secret_post") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
