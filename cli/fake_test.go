package cli_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"countersign/cli"
)

// answer is a response of the fake API.
type answer struct {
	status int // default 200
	body   string
}

// received is a request to the fake API.
type received struct {
	method, uri, body string
	header            http.Header
}

// fakeAPI returns the answers of a route in order and repeats the last one. It records
// every request.
type fakeAPI struct {
	mu       sync.Mutex
	answers  map[string][]answer // by method and path
	requests []received
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, received{r.Method, r.URL.RequestURI(), string(body), r.Header})
	route := r.Method + " " + r.URL.Path
	remaining := f.answers[route]
	if len(remaining) == 0 {
		http.Error(w, "no answer for "+route, http.StatusNotImplemented)
		return
	}
	if len(remaining) > 1 {
		f.answers[route] = remaining[1:]
	}
	kind := "application/json"
	if strings.Contains(remaining[0].body, "urn:countersign:problem") {
		kind = "application/problem+json"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(max(remaining[0].status, http.StatusOK))
	io.WriteString(w, remaining[0].body)
}

// serve starts a fake API and points the environment at it.
func serve(t *testing.T, answers map[string][]answer) *fakeAPI {
	t.Helper()
	f := &fakeAPI{answers: answers}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	t.Setenv("COUNTERSIGN_URL", server.URL)
	t.Setenv("COUNTERSIGN_TOKEN", "token-of-maja")
	t.Setenv("LANG", "C")
	return f
}

// onlyRequest returns the request and fails unless there was exactly one.
func (f *fakeAPI) onlyRequest(t *testing.T) received {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.requests) != 1 {
		t.Fatalf("%d requests, want 1: %+v", len(f.requests), f.requests)
	}
	return f.requests[0]
}

func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = cli.Run(t.Context(), args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// unsetSettings removes every setting from the environment until the test ends.
func unsetSettings(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "COUNTERSIGN_") || strings.HasPrefix(name, "TEMPORAL_") || strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "") // restores it after the test
			os.Unsetenv(name)
		}
	}
}
