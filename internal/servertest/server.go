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

// Server is a server that a test can stop, freeze and restart.
type Server struct {
	// Addr is the host:port on which it listens.
	Addr string
	t    testing.TB
	p    *process
	// stop and kill are the signals for an orderly and an immediate end.
	stop, kill string
	// answers returns nil if the server is ready.
	answers func() error
	clear   func()
}

// serve returns the server of a process, which ends with the test.
func serve(t testing.TB, addr string, p *process, answers func() error) *Server {
	t.Helper()
	s := &Server{Addr: addr, t: t, p: p, stop: "TERM", kill: "KILL", answers: answers, clear: sync.OnceFunc(p.stop)}
	t.Cleanup(s.clear)
	p.await(t, answers)
	return s
}

// PID returns its process ID, for measurements.
func (s *Server) PID() int { return s.p.pid }

// Stop ends the server like its service manager. New connections are then refused.
func (s *Server) Stop() { s.must(s.p.end(s.stop)) }

// Kill ends the server immediately.
func (s *Server) Kill() { s.must(s.p.end(s.kill)) }

// Start starts a stopped server with its data and waits until it is ready.
func (s *Server) Start() {
	s.t.Helper()
	s.must(s.p.restart())
	s.p.await(s.t, s.answers)
}

// Freeze pauses the server. It accepts connections, but does not answer on any.
func (s *Server) Freeze() { s.must(s.p.signal(syscall.SIGSTOP)) }

// Thaw continues a frozen server.
func (s *Server) Thaw() { s.must(s.p.signal(syscall.SIGCONT)) }

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// listens returns a function that returns nil if an address accepts connections.
func listens(addr string) func() error {
	return func() error {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// freePort returns a port outside the ephemeral range, so that a restarted server finds it
// free. The embedded Temporal uses higher ports.
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
