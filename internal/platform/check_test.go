package platform_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/internal/platform"
	"countersign/internal/platform/platformtest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	handler := platformtest.Handler(&memoryPlatform{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cret" {
			http.Error(w, r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		http.StripPrefix("/v1", handler).ServeHTTP(w, r)
	}))
	defer server.Close()
	for _, tt := range []struct{ base, token, want string }{
		{"/v1", "s3cret", ""}, {"/v1", "wr0ng", "status 401"}, {"/v2", "s3cret", "status 404"},
	} {
		err := platform.NewClient(server.URL+tt.base, tt.token).Check(ctx)
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), tt.token)) {
			t.Errorf("%s: %v, want %q", tt.base, err, tt.want)
		}
	}
	server.Close()
	if err := platform.NewClient(server.URL, "").Check(ctx); err == nil {
		t.Error("nobody was there")
	}
}
