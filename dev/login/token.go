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

// grant has the authorization request of a code.
type grant struct {
	person                        Person
	nonce, challenge, redirectURI string
	expiresAt                     time.Time
}

// token is the token endpoint. For programs without a browser it also returns an
// access token for an e-mail address and any password.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != ClientID {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	tokens := map[string]any{"token_type": "Bearer", "expires_in": int(tokenLifetime.Seconds())}
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		g, ok := p.redeem(r.PostFormValue("code"), r.PostFormValue("redirect_uri"), r.PostFormValue("code_verifier"))
		if !ok {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
			return
		}
		tokens["access_token"] = p.accessToken(g.person)
		tokens["id_token"] = p.sign("JWT", p.claims(g.person, map[string]any{"aud": ClientID, "nonce": g.nonce}))
	case "password":
		email := r.PostFormValue("username")
		if !collaboration.ValidEmail(email) {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
			return
		}
		tokens["access_token"] = p.accessToken(p.person(r.Context(), email, ""))
	default:
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	writeJSON(w, http.StatusOK, tokens)
}

// redeem returns the grant of a code. It invalidates the code even if the rest of the
// request is wrong.
func (p *Provider) redeem(code, redirectURI, verifier string) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	return g, ok && redirectURI == g.redirectURI && time.Now().Before(g.expiresAt) && subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) == 1
}

func (p *Provider) accessToken(person Person) string {
	return p.sign("at+jwt", p.claims(person, map[string]any{"aud": Audience, "client_id": ClientID, "scope": "openid email profile", "jti": rand.Text()}))
}

// claims returns the claims that every token has, and more.
func (p *Provider) claims(person Person, more map[string]any) map[string]any {
	sum := sha256.Sum256([]byte(strings.ToLower(person.Email)))
	c := map[string]any{
		"iss": p.Issuer, "sub": base64.RawURLEncoding.EncodeToString(sum[:16]),
		"iat": time.Now().Unix(), "exp": time.Now().Add(tokenLifetime).Unix(),
		"email": person.Email, "email_verified": true, "name": person.Name,
		"acr": "0", "amr": []string{"user"}, // the page asks for no password
	}
	for name, value := range more {
		c[name] = value
	}
	return c
}

// sign returns a signed token. It panics if the key cannot sign. New has checked the key.
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

// userinfo returns the claims of an access token about its subject.
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
			_ = json.Unmarshal(payload, &claims) // valid JSON: this provider signed it
		}
	}
	if claims.Audience != Audience || time.Now().Unix() >= claims.Expires {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	claims.Audience, claims.Expires = "", 0
	writeJSON(w, http.StatusOK, claims)
}
