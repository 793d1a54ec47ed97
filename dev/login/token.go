package login

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/collaboration"
)

// grant is what a code stands for.
type grant struct {
	who                    Person
	nonce, challenge, back string
	until                  time.Time
}

// token gives tokens for a code, and an access token for an address and any
// password, so that programs need no browser.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != ClientID {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	tokens := map[string]any{"token_type": "Bearer", "expires_in": int(lifetime.Seconds())}
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		g, ok := p.redeem(r.PostFormValue("code"), r.PostFormValue("redirect_uri"), r.PostFormValue("code_verifier"))
		if !ok {
			answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
			return
		}
		tokens["access_token"] = p.accessToken(g.who)
		tokens["id_token"] = p.sign("JWT", p.claims(g.who, map[string]any{"aud": ClientID, "nonce": g.nonce}))
	case "password":
		email := r.PostFormValue("username")
		if !collaboration.ValidEmail(email) {
			answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
			return
		}
		tokens["access_token"] = p.accessToken(p.somebody(r.Context(), email, ""))
	default:
		answer(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	answer(w, http.StatusOK, tokens)
}

// redeem takes a code, once, whether or not the rest is right.
func (p *Provider) redeem(code, back, verifier string) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	return g, ok && back == g.back && time.Now().Before(g.until) && subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) == 1
}

func (p *Provider) accessToken(who Person) string {
	return p.sign("at+jwt", p.claims(who, map[string]any{"aud": Audience, "client_id": ClientID, "scope": "openid email profile", "jti": rand.Text()}))
}

// claims are what every token says of a person, and more.
func (p *Provider) claims(who Person, more map[string]any) map[string]any {
	sum := sha256.Sum256([]byte(strings.ToLower(who.Email)))
	c := map[string]any{
		"iss": p.Issuer, "sub": base64.RawURLEncoding.EncodeToString(sum[:16]),
		"iat": time.Now().Unix(), "exp": time.Now().Add(lifetime).Unix(),
		"email": who.Email, "email_verified": true, "name": who.Name,
	}
	for name, value := range more {
		c[name] = value
	}
	return c
}

// sign panics where the key cannot sign, which New has made sure of.
func (p *Provider) sign(kind string, claims map[string]any) string {
	signer, err := jose.NewSigner(p.signing, (&jose.SignerOptions{}).WithType(jose.ContentType(kind)))
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

// userinfo tells what the bearer of an access token may know anyway.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	_, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	var claims struct {
		Subject  string `json:"sub"`
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
		Audience string `json:"aud,omitempty"`
		Expires  int64  `json:"exp,omitempty"`
	}
	if token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256}); err == nil {
		if payload, err := token.Verify(p.public.Keys[0]); err == nil {
			_ = json.Unmarshal(payload, &claims) // it is ours
		}
	}
	if claims.Audience != Audience || time.Now().Unix() >= claims.Expires {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	claims.Audience, claims.Expires = "", 0
	answer(w, http.StatusOK, claims)
}
