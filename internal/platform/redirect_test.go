package platform_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/provisioning"
	"countersign/internal/platform"
)

// A redirect is an error. Following it would repeat a POST as a GET, whose 200 would count
// as done, and send the token to the other host.
func TestClient_DoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the client followed the redirect: %s %s, token %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	defer target.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target.URL+r.URL.Path, status)
		}))
		defer server.Close()
		err := platform.NewClient(server.URL, "secret").Activate(t.Context(), provisioning.Activation{Subject: provisioning.Subject{Key: "k"}})
		if collaboration.CodeOf(err) != collaboration.CodePlatformUnavailable {
			t.Errorf("%d: %v", status, err)
		}
	}
}
