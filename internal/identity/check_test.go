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
