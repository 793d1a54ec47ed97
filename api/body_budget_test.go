package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/eventually"
)

// slowBody blocks until it is released.
type slowBody struct{ released chan struct{} }

func (s slowBody) Read([]byte) (int, error) {
	<-s.released
	return 0, http.ErrBodyReadAfterClose
}

// sendBody sends an import from a client's address.
func sendBody(s *api.Server, client string, length int64, body slowBody) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/customers/import", body)
	r.ContentLength, r.RemoteAddr = length, client
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Authorization", "Bearer maja-token")
	got := httptest.NewRecorder()
	s.ServeHTTP(got, r)
	return got
}

// The bodies of all clients together are bounded too.
func TestBodyBudget_OfAllClients(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	slow := slowBody{make(chan struct{})}
	var pending sync.WaitGroup
	statuses := make(chan int, 30)
	for n := range 30 { // of unknown length: each counts as 10 MiB
		pending.Go(func() { statuses <- sendBody(s, fmt.Sprintf("192.0.2.%d:1", n), -1, slow).Code })
	}
	const admitted = 25 // of 256 MiB
	for range 30 - admitted {
		if got := eventually.Receive(t, "a request beyond the bound is answered", statuses); got != 429 {
			t.Errorf("status %d", got)
		}
	}
	close(slow.released)
	pending.Wait()
	for range admitted {
		if got := <-statuses; got == 429 {
			t.Error("a request within the bound was rejected")
		}
	}
}

// Bodies in progress are bounded for each client. A request beyond the bound is rejected
// before its body is read; other clients, and requests without a body, are served.
func TestBodyBudget_OfOneClient(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	send := func(client string, length int64, body slowBody) *httptest.ResponseRecorder {
		return sendBody(s, client, length, body)
	}
	slow, closed := slowBody{make(chan struct{})}, slowBody{make(chan struct{})}
	close(closed.released)
	var pending sync.WaitGroup
	statuses := make(chan int, 20)
	for range 20 { // of unknown length: each counts as 10 MiB
		pending.Go(func() { statuses <- send("192.0.2.1:1", -1, slow).Code })
	}
	const admitted = 3 // of 32 MiB
	for range 20 - admitted {
		if got := eventually.Receive(t, "a request beyond the bound is answered", statuses); got != 429 {
			t.Errorf("status %d", got)
		}
	}
	if got := send("192.0.2.1:1", 3<<20, closed); got.Code != 429 || got.Header().Get("Retry-After") == "" {
		t.Errorf("beyond the bound: %d %v", got.Code, got.Header())
	}
	if got := send("192.0.2.2:1", 5<<20, closed); got.Code == 429 {
		t.Errorf("another client: %d", got.Code)
	}
	reading := get("/v1/customers", "maja")
	reading.status = 200
	reading.check(t, reading.send(s))
	close(slow.released)
	pending.Wait()
	if got := send("192.0.2.1:1", 3<<20, closed); got.Code == 429 {
		t.Errorf("after the others: %d %s", got.Code, strconv.Quote(got.Body.String()))
	}
}

// A response that cannot be encoded is an error, never a success.
func TestResponse_CannotBeEncoded(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.events[id][0].At = now.AddDate(90_000, 0, 0)
	r := get("/v1/activations/"+string(id), "nils")
	r.status, r.content = 500, []string{code("internal")}
	r.check(t, r.send(w.server(t)))
}
