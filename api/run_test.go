package api_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	"countersign/internal/eventually"
)

// serve runs the API on its own port and returns the address.
func serve(t *testing.T, s *api.Server, stop api.Shutdown) (base string, end context.CancelFunc, ended <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- api.Serve(ctx, l, s, stop) }()
	return "http://" + l.Addr().String(), cancel, done
}

func TestStop_FinishesRunningRequests(t *testing.T) {
	t.Parallel()
	w := newWorld()
	begun, goOn := make(chan bool), make(chan bool)
	w.onStart = func(collaboration.Order) error {
		close(begun)
		<-goOn
		return nil
	}
	s := w.server(t)
	base, end, ended := serve(t, s, api.Shutdown{Finish: eventually.Deadline})
	answered := make(chan int, 1)
	go func() {
		r, _ := http.NewRequest("POST", base+"/v1/activations", strings.NewReader(goodHas))
		r.Header.Set("Authorization", "Bearer nils-token")
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		answer.Body.Close()
		answered <- answer.StatusCode
	}()
	<-begun
	end()
	eventually.True(t, "the listener closes while the request still runs", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-ended:
		t.Fatalf("stopped before the request was answered: %v", err)
	default:
	}
	close(goOn)
	if status := <-answered; status != 202 {
		t.Errorf("status %d", status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestStop_CutsOffSlowRequests(t *testing.T) {
	t.Parallel()
	w := newWorld()
	begun, goOn := make(chan bool), make(chan bool)
	defer close(goOn)
	w.onStart = func(collaboration.Order) error {
		close(begun)
		<-goOn
		return nil
	}
	base, end, ended := serve(t, w.server(t), api.Shutdown{Finish: time.Millisecond})
	go func() {
		r, _ := http.NewRequest("POST", base+"/v1/activations", strings.NewReader(goodHas))
		r.Header.Set("Authorization", "Bearer nils-token")
		r.Header.Set("Content-Type", "application/json")
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
		}
	}()
	<-begun
	end()
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestStop_EndsStreams(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	base, end, ended := serve(t, w.server(t), api.Shutdown{Finish: eventually.Deadline})
	r, _ := http.NewRequest("GET", base+"/v1/activations/"+string(id)+"/events", nil)
	r.Header.Set("Authorization", "Bearer nils-token")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	end()
	body, err := io.ReadAll(answer.Body)
	if err != nil || !strings.HasSuffix(string(body), "{\"state\":\"awaiting_approval\",\"settled\":false}\n\n") {
		t.Errorf("%v\n%s", err, body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	check := func(path string, want int) {
		t.Helper()
		if got := get(path, "").send(s); got.Code != want {
			t.Errorf("%s: %d, want %d", path, got.Code, want)
		}
	}
	check("/healthz", 200)
	check("/readyz", 200)
	s.Drain()
	s.Drain()
	check("/readyz", 503)
	check("/healthz", 200)
	check("/v1/customers", 401)
}

// A draining server closes kept-alive connections with "Connection: close" in an answer.
// A client then never sends a request on a closed connection.
func TestDrain_ClosesConnections(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	base, _, _ := serve(t, s, api.Shutdown{})
	ends := func() bool {
		t.Helper()
		answer, err := http.Get(base + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Fatal(err)
		}
		return answer.Close
	}
	if ends() {
		t.Error("the connection is not kept alive")
	}
	s.Drain()
	if !ends() {
		t.Error("the draining server keeps the connection alive")
	}
}

func TestRun_RequiresAddress(t *testing.T) {
	t.Parallel()
	if err := api.Run(context.Background(), "nowhere:-1", newWorld().server(t), api.Shutdown{}); err == nil {
		t.Error("no error")
	}
}

func TestNew_NamesMissingDependencies(t *testing.T) {
	t.Parallel()
	_, err := api.New(api.Config{})
	for _, what := range []string{"Authenticator", "Store", "APIKeys", "Customers", "Workflows", "Links", "Codec", "Catalogue"} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s is not named: %v", what, err)
		}
	}
}
