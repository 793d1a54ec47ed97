package servertest

import (
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
)

// Redis is the address of an empty Redis of the test's own.
func Redis(t testing.TB) string {
	t.Helper()
	return RedisServer(t).Addr
}

// Server is a Redis that a test can take away.
type Server struct {
	Addr string
	t    testing.TB
	p    *process
	stop func()
}

// RedisServer starts a Redis that ends with the test.
func RedisServer(t testing.TB) *Server {
	t.Helper()
	program := find("redis-server", "/usr/bin/redis-server")
	if program == "" {
		Skip(t, "redis-server")
	}
	s, err := startRedis(program)
	if err != nil {
		t.Fatal(err)
	}
	s.t = t
	t.Cleanup(s.Stop)
	return s
}

func startRedis(program string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "servertest-redis-")
	if err != nil {
		return nil, err
	}
	p, err := start(dir, nil, program, "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--appendonly", "no")
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: fmt.Sprintf("127.0.0.1:%d", port), p: p, stop: sync.OnceFunc(p.stop)}
	if err := await(s.ping); err != nil {
		defer s.stop()
		return nil, fmt.Errorf("redis-server did not start: %w: %s", err, p.log())
	}
	return s, nil
}

// Stop ends the server: connections to it are refused from then on.
func (s *Server) Stop() { s.stop() }

// Freeze makes the server accept connections and say nothing.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.t.Helper()
	if err := syscall.Kill(s.p.pid, signal); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) ping() error {
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// freePort is one that nobody had a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
