package cli_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// timeoutRecorder records the timeout of the last request.
type timeoutRecorder struct {
	http.RoundTripper
	timeout time.Duration
}

func (r *timeoutRecorder) RoundTrip(request *http.Request) (*http.Response, error) {
	deadline, _ := request.Context().Deadline()
	r.timeout = time.Until(deadline)
	return r.RoundTripper.RoundTrip(request)
}

// The API processes a file for at most 45 s. A shorter timeout would hide its result.
func TestImport_HasLongerTimeout(t *testing.T) {
	name := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	transport := &timeoutRecorder{RoundTripper: http.DefaultTransport}
	http.DefaultTransport = transport
	t.Cleanup(func() { http.DefaultTransport = transport.RoundTripper })
	serve(t, map[string][]answer{"POST /v1/customers/import": {{body: `{}`}}, "GET /v1/customers": {{body: `{}`}}})
	for _, test := range []struct {
		args     []string
		from, to time.Duration
	}{
		{[]string{"import", name}, 50 * time.Second, time.Minute},
		{[]string{"customers"}, 20 * time.Second, 30 * time.Second},
	} {
		transport.timeout = 0
		if code, _, stderr := run(t, test.args...); code != 0 {
			t.Fatalf("%v: %d %s", test.args, code, stderr)
		}
		if transport.timeout < test.from || transport.timeout > test.to {
			t.Errorf("%v has the timeout %v", test.args, transport.timeout)
		}
	}
}
