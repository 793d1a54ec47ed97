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
)

// serve runs the API on a port of its own, and is its address.
func serve(t *testing.T, s *api.Server, stop api.Stop) (base string, end context.CancelFunc, ended <-chan error) {
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

func TestStopFinishesRunningRequests(t *testing.T) {
	w := newWorld()
	begun, goOn := make(chan bool), make(chan bool)
	w.onStart = func(collaboration.Order) error {
		close(begun)
		<-goOn
		return nil
	}
	s := w.server(t)
	base, end, ended := serve(t, s, api.Stop{Finish: 10 * time.Second})
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
	for { // the listener closes while the request still runs
		c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
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

func TestStopCutsOffWhatTakesTooLong(t *testing.T) {
	w := newWorld()
	begun, goOn := make(chan bool), make(chan bool)
	defer close(goOn)
	w.onStart = func(collaboration.Order) error {
		close(begun)
		<-goOn
		return nil
	}
	base, end, ended := serve(t, w.server(t), api.Stop{Finish: time.Millisecond})
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

func TestStopEndsStreams(t *testing.T) {
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	base, end, ended := serve(t, w.server(t), api.Stop{Finish: 10 * time.Second})
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

// Who keeps a connection is told with an answer that it ends, rather than finds
// it closed with the next request.
func TestDrainEndsConnections(t *testing.T) {
	s := newWorld().server(t)
	base, _, _ := serve(t, s, api.Stop{})
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
		t.Error("connections are not kept")
	}
	s.Drain()
	if !ends() {
		t.Error("a connection is kept to an api that is about to stop")
	}
}

func TestRunNeedsAnAddress(t *testing.T) {
	if err := api.Run(context.Background(), "nowhere:-1", newWorld().server(t), api.Stop{}); err == nil {
		t.Error("no error")
	}
}

func TestNewNamesEverythingMissing(t *testing.T) {
	_, err := api.New(api.Deps{})
	for _, what := range []string{"Authenticator", "Facts", "Customers", "Starter", "Links", "Codec", "Catalogue"} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s is not named: %v", what, err)
		}
	}
}
