package platform_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/platform"
	"countersign/internal/store"
)

func TestCheck(t *testing.T) {
	facts, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "facts.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer facts.Close()
	if err := facts.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	ours := platform.Handler(facts.Platform())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cret" {
			http.Error(w, r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		http.StripPrefix("/v1", ours).ServeHTTP(w, r)
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
