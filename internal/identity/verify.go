package identity

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"

	"countersign/collaboration"
)

// algorithms are those with a public key: a token that is signed with a shared
// secret, or not at all, is nobody's.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// verify checks a token's signature, issuer, audience and time.
func (p *Provider) verify(ctx context.Context, d *discovery, raw, audience string) (*oidc.IDToken, claims, error) {
	keys := &noting{KeySet: d.keys}
	verifier := oidc.NewVerifier(p.config.Issuer, keys, &oidc.Config{ClientID: audience, SupportedSigningAlgs: algorithms})
	token, err := verifier.Verify(ctx, raw)
	var c claims
	switch {
	case errors.Unwrap(keys.err) != nil: // what a key set finds of a signature wraps nothing
		return nil, c, unavailable("keys", keys.err)
	case keys.err != nil:
		return nil, c, unauthenticated("the token is not signed by the provider")
	case err != nil:
		return nil, c, unauthenticated("the token is not good here and now")
	case token.Claims(&c) != nil:
		return nil, c, unauthenticated("the token cannot be read")
	}
	return token, c, nil
}

// bearer is whom an access token belongs to.
func (p *Provider) bearer(ctx context.Context, raw string) (Identity, error) {
	d, err := p.discovered(ctx)
	if err != nil {
		return Identity{}, err
	}
	token, c, err := p.verify(ctx, d, raw, p.config.Audience)
	if err != nil {
		return Identity{}, err
	}
	// An ID token says who logged in, not that its bearer may call us, and it
	// travels in addresses when somebody logs out.
	if token.Nonce != "" || token.AccessTokenHash != "" {
		return Identity{}, unauthenticated("an ID token is no access token")
	}
	email, err := c.address()
	if err != nil {
		return Identity{}, err
	}
	return Identity{Subject: token.Subject, Email: email, Name: c.Name}, nil
}

// claims are what a token says beside what every token does.
type claims struct {
	Email    string   `json:"email"`
	Verified verified `json:"email_verified"`
	Name     string   `json:"name"`
	Party    string   `json:"azp"`
}

// address is the e-mail address that the provider vouches for. It is ASCII, so
// that lower case never makes somebody else's address of it.
func (c claims) address() (string, error) {
	if !bool(c.Verified) || !collaboration.ValidEmail(c.Email) {
		return "", unauthenticated("the provider vouches for no e-mail address")
	}
	return strings.ToLower(c.Email), nil
}

// verified is true or, as some providers write it, "true".
type verified bool

// UnmarshalJSON takes anything else for false.
func (v *verified) UnmarshalJSON(b []byte) error {
	*v = string(b) == "true" || string(b) == `"true"`
	return nil
}

// noting keeps the key set's error, of which the verifier leaves only the text.
type noting struct {
	oidc.KeySet
	err error
}

func (n *noting) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	payload, err := n.KeySet.VerifySignature(ctx, raw)
	n.err = err
	return payload, err
}

// patient bounds how often keys are fetched: every token that names a key we
// do not know makes us look for it, and anybody can make such a token.
type patient struct {
	http.RoundTripper
	limit *rate.Limiter
}

func newPatient(t http.RoundTripper) patient {
	return patient{t, rate.NewLimiter(rate.Every(time.Second), 10)}
}

func (t patient) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.limit.Allow() {
		return nil, errors.New("the keys were fetched just now")
	}
	return t.RoundTripper.RoundTrip(r)
}
