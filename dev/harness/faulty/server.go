package faulty

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Fault is the behaviour of another system's server.
type Fault = string

// The faults of a Server. In the last three the server handles the request.
const (
	None        Fault = "no fault"
	RateLimit   Fault = "429"
	Unavailable Fault = "503"
	ServerError Fault = "500"
	Garbage     Fault = "a response that is not HTTP"
	Hang        Fault = "no response to an ignored request"
	Disconnect  Fault = "connection closed before the response"
	NoResponse  Fault = "no response to a handled request"
	Slow        Fault = "slow response"
)

// Faults has every fault except None.
var Faults = []Fault{RateLimit, Unavailable, ServerError, Garbage, Hang, Disconnect, NoResponse, Slow}

// SlowResponse is the delay of Slow. It is below the product's timeout of ten
// seconds.
const SlowResponse = 3 * time.Second

// Server serves a handler with the faults that a test sets, and counts the
// requests to each fault.
type Server struct {
	URL  string
	next http.Handler

	mu         sync.Mutex
	fault      Fault
	faultEnded chan struct{} // closed by the next SetFault
	counts     map[Fault]int
}

// StartServer starts a server without a fault, which closes when the test ends.
func StartServer(t *testing.T, next http.Handler) *Server {
	t.Helper()
	m := &Server{next: next, fault: None, faultEnded: make(chan struct{}), counts: map[Fault]int{}}
	server := httptest.NewServer(m)
	m.URL = server.URL
	t.Cleanup(func() { m.SetFault(None); server.Close() })
	return m
}

// SetFault sets the fault of the next requests and aborts those that hang.
func (m *Server) SetFault(fault Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.faultEnded)
	m.fault, m.faultEnded = fault, make(chan struct{})
}

// nextFault counts a request and returns its fault. The channel is closed when the
// fault ends.
func (m *Server) nextFault() (fault Fault, ended <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[m.fault]++
	return m.fault, m.faultEnded
}

// Counts returns the number of requests by fault.
func (m *Server) Counts() map[Fault]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.counts)
}

// ServeHTTP handles a request as the current fault has it.
func (m *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // the client was killed
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	hang := func(ended <-chan struct{}) {
		select {
		case <-ended:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	switch fault, ended := m.nextFault(); fault {
	case RateLimit:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "later", http.StatusTooManyRequests)
	case Unavailable:
		http.Error(w, "<html>later", http.StatusServiceUnavailable)
	case ServerError:
		http.Error(w, "<html>sorry", http.StatusInternalServerError)
	case Garbage:
		writeGarbage(w)
	case Hang:
		hang(ended)
	case Disconnect:
		m.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case NoResponse:
		m.next.ServeHTTP(httptest.NewRecorder(), r)
		hang(ended)
	case Slow:
		m.next.ServeHTTP(w, r)
		select { // net/http sends the buffered response when the handler returns
		case <-time.After(SlowResponse):
		case <-r.Context().Done():
		}
	default:
		m.next.ServeHTTP(w, r)
	}
}

// writeGarbage writes a response that is not HTTP.
func writeGarbage(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	io.WriteString(conn, strings.Repeat("\x15\x03\x01 what? ", 10)+"\n")
}
