package identitytest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// transport sends requests to the provider. It counts them, can fail them, and can replace
// keys and tokens in the responses.
type transport struct {
	mu       sync.Mutex
	cut      bool
	requests map[string]int
	keys     *jose.JSONWebKeySet
	tokens   func(idToken string) string
}

func (w *transport) set(change func(*transport)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// times returns the number of requests to paths with a suffix.
func (w *transport) times(suffix string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for path, times := range w.requests {
		if strings.HasSuffix(path, suffix) {
			n += times
		}
	}
	return n
}

func (w *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.requests == nil {
		w.requests = map[string]int{}
	}
	if w.requests[r.URL.Path]++; w.cut {
		return nil, errors.New("connection lost")
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var content map[string]any
	if json.Unmarshal(body, &content) == nil {
		if raw, ok := content["id_token"].(string); ok && w.tokens != nil {
			content["id_token"] = w.tokens(raw)
			body, err = json.Marshal(content)
		}
		if _, ok := content["keys"]; ok && w.keys != nil {
			body, err = json.Marshal(w.keys)
		}
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, err
}

// key signs tokens as a provider does.
type key struct {
	t  *testing.T
	id string
	*ecdsa.PrivateKey
}

func newKey(t *testing.T, id string) key {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key{t, id, k}
}

func (k key) published() *jose.JSONWebKeySet {
	return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: k.Public(), KeyID: k.id, Algorithm: string(jose.ES256), Use: "sig"}}}
}

func (k key) sign(claims map[string]any) string {
	return sign(k.t, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.PrivateKey, KeyID: k.id}}, "JWT", claims)
}

// signAccessToken signs with the type of access tokens (RFC 9068).
func (k key) signAccessToken(claims map[string]any) string {
	return sign(k.t, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.PrivateKey, KeyID: k.id}}, "at+jwt", claims)
}

// signShared signs with the published key as a shared secret.
func (k key) signShared(claims map[string]any) string {
	secret, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		k.t.Fatal(err)
	}
	return sign(k.t, jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: secret, KeyID: k.id}}, "JWT", claims)
}

// unsigned returns a token with the algorithm "none".
func (k key) unsigned(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		k.t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(payload) + "."
}

func sign(t *testing.T, with jose.SigningKey, typ jose.ContentType, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(with, (&jose.SignerOptions{}).WithType(typ))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// claimsOf parses a token without checking its signature.
func claimsOf(t *testing.T, raw string) map[string]any {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
