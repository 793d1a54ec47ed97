package servertest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

// redisDatabases bounds how many tests use the shared Redis at the same time.
const redisDatabases = 1024

// startSharedRedis starts the shared Redis of this test process. Its guard ends it with the
// process.
var startSharedRedis = sync.OnceValues(func() (*sharedRedis, error) {
	p, addr, err := startRedis("--databases", fmt.Sprint(redisDatabases), "--appendonly", "no")
	if err != nil {
		return nil, err
	}
	s := &sharedRedis{process: p, addr: addr}
	for n := range redisDatabases {
		s.unused = append(s.unused, n)
	}
	return s, nil
})

type sharedRedis struct {
	*process
	addr   string
	mu     sync.Mutex
	unused []int // the numbers of the empty databases that no test uses
}

// RedisDatabase returns the URL of an empty database for the test on the shared Redis. A
// test that stops or freezes Redis needs RedisServer.
func RedisDatabase(t testing.TB) string {
	t.Helper()
	needRedis(t)
	s, err := startSharedRedis()
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, listens(s.addr))
	n, err := s.acquire()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.flush(n); err != nil {
			t.Errorf("empty Redis database %d: %v", n, err) // no later test gets it
			return
		}
		s.release(n)
	})
	return fmt.Sprintf("redis://%s/%d", s.addr, n)
}

func (s *sharedRedis) acquire() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.unused) - 1
	if last < 0 {
		return 0, fmt.Errorf("tests use all %d Redis databases", redisDatabases)
	}
	n := s.unused[last]
	s.unused = s.unused[:last]
	return n, nil
}

func (s *sharedRedis) release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unused = append(s.unused, n)
}

// flush empties a database.
func (s *sharedRedis) flush(n int) error {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	replies := bufio.NewReader(conn)
	for _, command := range []string{fmt.Sprint("SELECT ", n), "FLUSHDB"} {
		if _, err := fmt.Fprint(conn, command+"\r\n"); err != nil {
			return err
		}
		if reply, err := replies.ReadString('\n'); err != nil || strings.TrimSpace(reply) != "+OK" {
			return fmt.Errorf("%s: %q, %v", command, reply, err)
		}
	}
	return nil
}

// Redis returns the address of a new Redis for the test.
func Redis(t testing.TB) string {
	t.Helper()
	return RedisServer(t).Addr
}

// RedisServer starts a Redis until the end of the test. Its data survives a stop and a kill.
func RedisServer(t testing.TB) *Server {
	t.Helper()
	needRedis(t)
	p, addr, err := startRedis("--appendonly", "yes")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, addr, p, listens(addr))
}

func needRedis(t testing.TB) {
	t.Helper()
	if redisProgram() == "" {
		Skip(t, "redis-server")
	}
}

func redisProgram() string { return find("redis-server", "/usr/bin/redis-server") }

func startRedis(options ...string) (p *process, addr string, err error) {
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp("", "servertest-redis-")
	if err != nil {
		return nil, "", err
	}
	p, err = start(dir, nil, append([]string{redisProgram(), "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", ""}, options...)...)
	return p, loopback(port), err
}
