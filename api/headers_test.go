package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// Every answer, including errors, forbids the browser features that the pages do not use.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.deps = func(d *api.Config) { d.PublicURL = "https://countersign.example" }
	s := p.server(t)
	want := map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}
	check := func(what string, got *httptest.ResponseRecorder) {
		t.Helper()
		h := got.Header()
		for name, value := range want {
			if h.Get(name) != value {
				t.Errorf("%s: %d with %s %q", what, got.Code, name, h.Get(name))
			}
		}
		policy := h.Get("Content-Security-Policy")
		_, scripts, _ := strings.Cut(policy, "script-src")
		scripts, _, _ = strings.Cut(scripts, ";")
		if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(scripts, "unsafe") || strings.Contains(policy, "http:") || strings.Contains(policy, "*") {
			t.Errorf("%s: policy %q", what, policy)
		}
		if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Server") != "" || h.Get("X-Powered-By") != "" {
			t.Errorf("%s: %v", what, h)
		}
		public := strings.Contains(what, "/assets/") || strings.Contains(what, "/docs") || strings.Contains(what, "/openapi") || strings.Contains(what, "/.well-known/")
		if cache := h.Get("Cache-Control"); !public && !strings.Contains(cache, "no-store") && !strings.Contains(cache, "private") {
			t.Errorf("%s: may be cached: %q", what, cache)
		}
	}
	routes := 0
	for _, r := range s.Routes() {
		route := r.Method + " " + r.Path
		if strings.HasSuffix(r.Path, "/live") || strings.HasSuffix(r.Path, "/events") {
			continue
		}
		request := httptest.NewRequest(r.Method, p.path(route), nil)
		request.Header.Set("Origin", "https://countersign.example")
		for _, token := range []string{"", "Bearer maja-token"} {
			request.Header.Set("Authorization", token)
			got := httptest.NewRecorder()
			s.ServeHTTP(got, request)
			check(route+" "+token, got)
		}
		if r.Method == http.MethodGet && !isJSON(route) {
			v := &visitor{h: s, cookies: map[string]string{}}
			v.send("GET", "/login", nil)
			v.send("GET", callback+maja.Email, nil)
			check(route+" logged in", v.send("GET", p.path(route), nil))
		}
		routes++
	}
	check("nowhere", from(s, "192.0.2.1:1", "GET", "/nowhere"))
	check("preflight", from(s, "192.0.2.1:1", "OPTIONS", "/v1/customers", "Origin", "https://evil.example", "Access-Control-Request-Method", "GET"))
	if routes < 80 {
		t.Errorf("%d routes", routes)
	}
}

// HEAD has the status and the headers of GET, and no body.
func TestHead(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	id := w.with("c-platform", collaboration.AwaitingApproval)
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/openapi.json": 200, "/v1/customers": 200, "/v1/activations/" + string(id): 200,
		"/v1/activations/none": 404, "/v1/activations/" + string(id) + "/events": 405, "/v1/activations/" + string(id) + "/withdraw": 405,
	} {
		r := request{method: http.MethodHead, url: path, as: "maja"}
		if got := r.send(s); got.Code != want || got.Body.Len() != 0 && want == 200 {
			t.Errorf("%s: %d, %d bytes, want %d", path, got.Code, got.Body.Len(), want)
		}
	}
}
