package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"

	"countersign/collaboration"
)

// algorithms has only algorithms with public keys. Tokens that are unsigned or signed with
// a shared secret are rejected.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// verify checks a token's signature, issuer, audience and validity period.
func (p *Provider) verify(ctx context.Context, d *discovery, raw, audience string) (*oidc.IDToken, claims, error) {
	keys := &errorRecordingKeySet{KeySet: d.keys}
	verifier := oidc.NewVerifier(p.config.Issuer, keys, &oidc.Config{SkipClientIDCheck: true, SupportedSigningAlgs: algorithms})
	token, err := verifier.Verify(ctx, raw)
	var c claims
	var expired *oidc.TokenExpiredError
	switch {
	case errors.Unwrap(keys.err) != nil: // only failed requests wrap an error
		return nil, c, unavailable("keys", keys.err)
	case keys.err != nil:
		return nil, c, invalidToken("the token has no valid signature of the provider")
	case errors.As(err, &expired):
		return nil, c, collaboration.Errorf(collaboration.CodeTokenExpired, "the token has expired")
	case err != nil:
		return nil, c, invalidToken("the token is not valid for this issuer and time")
	case !slices.Contains(token.Audience, audience):
		return nil, c, collaboration.Errorf(collaboration.CodeTokenAudience, "the token is for another audience")
	case token.Claims(&c) != nil:
		return nil, c, invalidToken("the token has invalid claims")
	}
	return token, c, nil
}

// verifyAccessToken returns the user of an access token.
func (p *Provider) verifyAccessToken(ctx context.Context, raw string) (Identity, error) {
	// An ID token does not authorize its bearer to call the API. It is also part of the
	// URLs of logouts. Its audience is the client. A token for the same audience is
	// accepted only if its type says that it is an access token (RFC 9068).
	if p.config.Audience == p.config.ClientID && !isAccessToken(raw) {
		return Identity{}, invalidToken("without an audience of its own, an access token needs the type at+jwt")
	}
	d, err := p.discovery(ctx)
	if err != nil {
		return Identity{}, err
	}
	token, c, err := p.verify(ctx, d, raw, p.config.Audience)
	if err != nil {
		return Identity{}, err
	}
	email, err := c.verifiedEmail()
	if err != nil {
		return Identity{}, err
	}
	return Identity{Issuer: token.Issuer, Subject: token.Subject, Email: email, Name: c.Name, ACR: c.ACR, AMR: c.AMR}, nil
}

// isAccessToken reports whether the header of a JWT has the type of an access token.
func isAccessToken(raw string) bool {
	header, _, _ := strings.Cut(raw, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(header)
	var h struct {
		Type string `json:"typ"`
	}
	return err == nil && json.Unmarshal(decoded, &h) == nil && strings.EqualFold(strings.TrimPrefix(h.Type, "application/"), "at+jwt")
}

// claims are the claims that go-oidc does not parse.
type claims struct {
	Email string `json:"email"`
	// Verified is nil if the provider does not say it here.
	Verified *flexibleBool `json:"email_verified"`
	Name     string        `json:"name"`
	Party    string        `json:"azp"`
	ACR      string        `json:"acr"`
	AMR      flexibleList  `json:"amr"`
}

// verifiedEmail returns the address if the provider has verified it. It must be ASCII, so
// that its lower case cannot equal another user's address.
func (c claims) verifiedEmail() (string, error) {
	if c.Verified == nil || !bool(*c.Verified) || !collaboration.ValidEmail(c.Email) {
		return "", collaboration.Errorf(collaboration.CodeEmailNotVerified, "the provider has not verified an e-mail address")
	}
	return strings.ToLower(c.Email), nil
}

// flexibleBool is a boolean that some providers encode as a string.
type flexibleBool bool

// UnmarshalJSON accepts true and "true"; everything else is false.
func (v *flexibleBool) UnmarshalJSON(b []byte) error {
	*v = string(b) == "true" || string(b) == `"true"`
	return nil
}

// flexibleList is a list of texts that some providers encode as one text. Other values are
// ignored: they must not reject a login.
type flexibleList []string

// UnmarshalJSON accepts a list or a text.
func (l *flexibleList) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil && one != "" {
		*l = flexibleList{one}
		return nil
	}
	var all []string
	if json.Unmarshal(b, &all) == nil {
		*l = all
	}
	return nil
}

// errorRecordingKeySet records the key set's error, because the verifier does not wrap it.
type errorRecordingKeySet struct {
	oidc.KeySet
	err error
}

func (k *errorRecordingKeySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, raw)
	k.err = err
	return payload, err
}

// rateLimitedTransport limits the requests for keys. Every token with an unknown key ID
// causes a request, and any caller can create such a token.
type rateLimitedTransport struct {
	http.RoundTripper
	limit *rate.Limiter
}

func newRateLimitedTransport(t http.RoundTripper) rateLimitedTransport {
	return rateLimitedTransport{t, rate.NewLimiter(rate.Every(time.Second), 10)}
}

func (t rateLimitedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.limit.Allow() {
		return nil, errors.New("too many requests for keys")
	}
	return t.RoundTripper.RoundTrip(r)
}
