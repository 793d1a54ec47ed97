package cli_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// timed notes how long each request may take.
type timed struct {
	http.RoundTripper
	within time.Duration
}

func (i *timed) RoundTrip(r *http.Request) (*http.Response, error) {
	deadline, _ := r.Context().Deadline()
	i.within = time.Until(deadline)
	return i.RoundTripper.RoundTrip(r)
}

// The API may write a file for 45 s: whoever leaves before that does not know
// what came of it.
func TestAnImportMayTakeAsLongAsTheAPIAllows(t *testing.T) {
	name := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	transport := &timed{RoundTripper: http.DefaultTransport}
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
		transport.within = 0
		if code, _, stderr := run(t, test.args...); code != 0 {
			t.Fatalf("%v: %d %s", test.args, code, stderr)
		}
		if transport.within < test.from || transport.within > test.to {
			t.Errorf("%v may take %v", test.args, transport.within)
		}
	}
}
