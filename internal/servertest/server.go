package servertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
)

// Server is a server that a test can take away and bring back.
type Server struct {
	// Addr is where it listens, as host:port.
	Addr string
	t    testing.TB
	p    *process
	// stop and kill are the signals that end it in order, and in no order.
	stop, kill string
	// answers is nil where it serves.
	answers func() error
	clear   func()
}

// serve makes a server of a process, which ends with the test.
func serve(t testing.TB, name, addr string, p *process, answers func() error) *Server {
	t.Helper()
	s := &Server{Addr: addr, t: t, p: p, stop: "TERM", kill: "KILL", answers: answers, clear: sync.OnceFunc(p.stop)}
	t.Cleanup(s.clear)
	if err := await(answers); err != nil {
		t.Fatalf("%s did not start: %v: %s", name, err, p.log())
	}
	return s
}

// PID is the number of its process, for who measures it.
func (s *Server) PID() int { return s.p.pid }

// Stop has the server end in order, as its own service does: connections to it
// are refused from then on.
func (s *Server) Stop() { s.must(s.p.end(s.stop)) }

// Kill ends the server in the middle of what it does.
func (s *Server) Kill() { s.must(s.p.end(s.kill)) }

// Start starts a server that has ended, with what it kept, and waits until it
// serves.
func (s *Server) Start() {
	s.t.Helper()
	s.must(s.p.again())
	if err := await(s.answers); err != nil {
		s.t.Fatalf("it did not start again: %v: %s", err, s.p.log())
	}
}

// Freeze makes the server accept connections and say nothing, on those that it
// has as well.
func (s *Server) Freeze() { s.must(s.p.signal(syscall.SIGSTOP)) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.must(s.p.signal(syscall.SIGCONT)) }

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// listens is nil where an address accepts connections.
func listens(addr string) func() error {
	return func() error {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// freePort is one that systems give nobody by themselves, which a server that has
// ended finds free again. The embedded engine takes those above.
func freePort() (int, error) {
	for range 100 {
		port := 10_000 + rand.IntN(10_000)
		if l, err := net.Listen("tcp", loopback(port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("found no free port")
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
