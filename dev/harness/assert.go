package harness

import (
	"io"
	"net/http"
	"testing"

	"countersign/dev/port"
)

// NoError ends the test if err is not nil.
func NoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Body reads and closes the body of a response.
func Body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// FreeAddress returns a loopback address with a free port.
func FreeAddress(t testing.TB) string {
	t.Helper()
	number, err := port.Reserve(0, "")
	if err != nil {
		t.Fatal(err)
	}
	return port.Address(number)
}
