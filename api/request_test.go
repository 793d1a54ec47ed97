package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// request is one request and its expected answer.
type request struct {
	name    string
	method  string // GET, or POST with a body
	url     string
	as      string // a token; "" sends none
	headers map[string]string
	body    string

	status      int
	content     []string
	notContent  []string
	wantHeaders map[string]string
	changes     int // calls that could have changed something
}

func (r request) send(h http.Handler) *httptest.ResponseRecorder {
	return r.sendWithin(context.Background(), h)
}

// sendWithin sends the request of a caller that goes away when ctx ends.
func (r request) sendWithin(ctx context.Context, h http.Handler) *httptest.ResponseRecorder {
	method := r.method
	if method == "" && r.body != "" {
		method = http.MethodPost
	}
	req := httptest.NewRequestWithContext(ctx, method, r.url, strings.NewReader(r.body))
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.as != "" {
		req.Header.Set("Authorization", "Bearer "+r.as+"-token")
	}
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func (r request) check(t *testing.T, got *httptest.ResponseRecorder) {
	t.Helper()
	if got.Code != r.status {
		t.Errorf("status %d, want %d\n%s", got.Code, r.status, got.Body)
	}
	for _, want := range r.content {
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("no %q in\n%s", want, got.Body)
		}
	}
	for _, unwanted := range r.notContent {
		if strings.Contains(got.Body.String(), unwanted) {
			t.Errorf("%q must not be in\n%s", unwanted, got.Body)
		}
	}
	for name, want := range r.wantHeaders {
		if value := got.Header().Get(name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	if got.Code >= 400 && !strings.HasPrefix(r.url, "/approve/") && !strings.HasSuffix(r.url, "readyz") {
		if ct := got.Header().Get("Content-Type"); ct != "application/problem+json" {
			t.Errorf("Content-Type %q of an error", ct)
		}
	}
}

// run sends each request to a separate world.
func run(t *testing.T, requests []request) {
	t.Helper()
	for _, r := range requests {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			r.check(t, r.send(w.server(t)))
			if n := w.changes(); n != r.changes {
				t.Errorf("%d calls that change something, want %d: %v", n, r.changes, w.calls)
			}
		})
	}
}
