package identity_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/identity"
)

func TestCheck_CountsKeys(t *testing.T) {
	t.Parallel()
	_, c := startMockProvider(t)
	if keys, err := identity.NewProvider(c).Check(t.Context()); keys != 1 || err != nil {
		t.Errorf("%d keys, %v", keys, err)
	}
	c.Issuer += "/"
	if _, err := identity.NewProvider(c).Check(t.Context()); collaboration.CodeOf(err) != collaboration.CodeUnavailable {
		t.Errorf("additional slash: %v", err)
	}
}

// A key that this program does not understand is ignored (RFC 7517, section 5).
func TestCheck_IgnoresUnknownKeys(t *testing.T) {
	t.Parallel()
	_, c := startMockProvider(t)
	c.Transport = withUnknownKeys{}
	provider := identity.NewProvider(c)
	if keys, err := provider.Check(t.Context()); keys != 1 || err != nil {
		t.Errorf("%d keys, %v", keys, err)
	}
}

// withUnknownKeys adds keys to the provider's key set: a curve without an algorithm, a
// key type of the future, and a key without a value.
type withUnknownKeys struct{}

func (withUnknownKeys) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "jwks") {
		return response, err
	}
	raw, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	more := `{"keys":[{"kty":"EC","crv":"secp256k1","kid":"k1","x":"AQ","y":"AQ"},{"kty":"AKP","alg":"ML-DSA-65","kid":"k2","pub":"AQ"},{"kty":"RSA","kid":"k3"},`
	body := strings.Replace(string(raw), `{"keys":[`, more, 1)
	response.Body, response.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return response, nil
}

func TestCheck_InvalidProvider(t *testing.T) {
	t.Parallel()
	var issuer, keys string
	status := http.StatusOK
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"issuer": %q, "jwks_uri": "http://%s/keys"}`, issuer, r.Host)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, keys) })
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, tt := range []struct {
		name, issuer, keys string
		status             int
		want               string
	}{
		{"another issuer", "https://login.example", `{"keys": []}`, 200, "https://login.example"},
		{"no keys", server.URL, `{"keys": []}`, 200, "keys: no valid key set"},
		{"not JSON", server.URL, `<html>`, 200, "keys: no valid key set"},
		{"no key endpoint", server.URL, ``, 404, "keys: 404"},
	} {
		issuer, keys, status = tt.issuer, tt.keys, tt.status
		_, err := identity.NewProvider(identity.ProviderConfig{Issuer: server.URL, ClientID: "c", ClientSecret: "s3cret"}).Check(t.Context())
		if collaboration.CodeOf(err) != collaboration.CodeUnavailable || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	server.Close()
	if _, err := identity.NewProvider(identity.ProviderConfig{Issuer: server.URL}).Check(t.Context()); collaboration.CodeOf(err) != collaboration.CodeUnavailable {
		t.Errorf("without a server: %v", err)
	}
}
