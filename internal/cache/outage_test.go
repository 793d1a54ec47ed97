package cache_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"countersign/internal/eventually"
	"countersign/internal/redisclient"
	"countersign/internal/servertest"
)

const (
	// callTimeout is how long the cache waits for Redis.
	callTimeout = 50 * time.Millisecond
	// coolDown is how long the cache does not call Redis after a failure.
	coolDown = time.Second
	// staleLife is how long a process does not read from Redis after an invalidation
	// that failed.
	staleLife = 35 * time.Second
)

// faultyServers are the ways in which Redis fails, as functions that dial it. They
// use no network, so that tests measure on synctest's clock.
var faultyServers = map[string]func() (net.Conn, error){
	"refuses":       func() (net.Conn, error) { return nil, syscall.ECONNREFUSED },
	"never answers": func() (net.Conn, error) { return piped(func(net.Conn) {}), nil },
	"slow": func() (net.Conn, error) {
		return piped(func(server net.Conn) {
			time.Sleep(200 * time.Millisecond)
			server.Write([]byte("$-1\r\n"))
		}), nil
	},
}

// piped returns the client's end of a connection. The server calls answer for each
// read that succeeds.
func piped(answer func(net.Conn)) net.Conn {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		buffer := make([]byte, 1<<16)
		for {
			if _, err := server.Read(buffer); err != nil {
				return
			}
			answer(server)
		}
	}()
	return client
}

// faultyHook replaces how a client dials, and counts the cache's commands, without
// those with which the client sets up a connection.
type faultyHook struct {
	dial     func() (net.Conn, error)
	commands *atomic.Int64
}

func (h faultyHook) DialHook(redis.DialHook) redis.DialHook {
	return func(context.Context, string, string) (net.Conn, error) { return h.dial() }
}

func (h faultyHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if strings.Contains(cmd.String(), "countersign:") {
			h.commands.Add(1)
		}
		return next(ctx, cmd)
	}
}

func (h faultyHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// faultyClient returns a client of a faulty server, and the number of its commands.
func faultyClient(t *testing.T, dial func() (net.Conn, error)) (rdb *redis.Client, commands *atomic.Int64) {
	t.Helper()
	// A full pool would wait on a timer that go-redis shares between synctest's bubbles.
	rdb, err := redisclient.New("redis://faulty.example?pool_size=200")
	if err != nil {
		t.Fatal(err)
	}
	commands = new(atomic.Int64)
	rdb.AddHook(faultyHook{dial, commands})
	t.Cleanup(func() {
		rdb.Close()
		time.Sleep(time.Second) // on synctest's clock: a slow server ends
	})
	return rdb, commands
}

func eachFaultyServer(t *testing.T, test func(t *testing.T, rdb *redis.Client, commands *atomic.Int64)) {
	for description, dial := range faultyServers {
		t.Run(description, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				rdb, commands := faultyClient(t, dial)
				test(t, rdb, commands)
			})
		})
	}
}

// wantDuration checks how long a function takes at most on synctest's clock, to which a
// slow machine adds nothing.
func wantDuration(t *testing.T, limit time.Duration, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > limit {
		t.Errorf("took %v, want at most %v", took, limit)
	}
}

func TestOutage_DelaysOneCallPerCoolDown(t *testing.T) {
	t.Parallel()
	eachFaultyServer(t, func(t *testing.T, rdb *redis.Client, commands *atomic.Int64) {
		s := newSource()
		c, lookups := newCustomers(t, rdb, s)
		for range 3 {
			wantDuration(t, callTimeout, func() { look(t, c, "office-1", "c-1", name) })
			wantDuration(t, 0, func() {
				for range 100 {
					look(t, c, "office-1", "c-1", name)
				}
				lookMissing(t, c, "office-1", "c-2")
			})
			time.Sleep(coolDown)
		}
		lookups.want(map[string]int64{"error": 3 * 102})
		if n := commands.Load(); n != 3 {
			t.Errorf("%d commands, want 3", n)
		}
	})
}

// Concurrent lookups wait at the same time, not in turn.
func TestOutage_DelaysConcurrentLookupsOnce(t *testing.T) {
	t.Parallel()
	eachFaultyServer(t, func(t *testing.T, rdb *redis.Client, _ *atomic.Int64) {
		c, _ := newCustomers(t, rdb, newSource())
		wantDuration(t, callTimeout, func() {
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() { look(t, c, "office-1", "c-1", name) })
			}
			wg.Wait()
		})
	})
}

func TestOutage_DelaysOneInvalidationPerCoolDown(t *testing.T) {
	t.Parallel()
	eachFaultyServer(t, func(t *testing.T, rdb *redis.Client, commands *atomic.Int64) {
		c, _ := newCustomers(t, rdb, newSource())
		wantDuration(t, callTimeout, func() {
			for range 100 {
				c.Invalidate(t.Context(), "c-1")
			}
		})
		if n := commands.Load(); n != 1 {
			t.Errorf("%d commands, want 1", n)
		}
	})
}

// After a failed invalidation, no lookup reads Redis until the old entry has expired.
// This holds for a failed command and for an open circuit.
func TestOutage_FailedInvalidationBlocksReads(t *testing.T) {
	t.Parallel()
	eachFaultyServer(t, func(t *testing.T, rdb *redis.Client, commands *atomic.Int64) {
		c, _ := newCustomers(t, rdb, newSource())
		for range 2 {
			c.Invalidate(t.Context(), "c-1")
			commands.Store(0)
			time.Sleep(staleLife - time.Millisecond)
			look(t, c, "office-1", "c-1", name)
			if n := commands.Load(); n != 0 {
				t.Errorf("%d commands before the entry expired", n)
			}
			time.Sleep(time.Millisecond)
			look(t, c, "office-1", "c-1", name)
			if n := commands.Load(); n != 1 {
				t.Errorf("%d commands after the entry expired, want 1", n)
			}
		} // the second invalidation finds the circuit open
	})
}

// A frozen server accepts connections and does not answer.
func TestFrozenRedis_LookupsStayCorrect(t *testing.T) {
	t.Parallel()
	server := servertest.RedisServer(t)
	s := newSource()
	c, lookups := newCustomers(t, client(t, server.Addr), s)
	look(t, c, "office-1", "c-1", name)
	server.Freeze()
	thaw := sync.OnceFunc(server.Thaw)
	t.Cleanup(thaw)
	before := lookups.results()["error"]
	s.rename("c-1", "new")
	c.Invalidate(t.Context(), "c-1")
	for range 100 {
		look(t, c, "office-1", "c-1", "new")
	}
	lookMissing(t, c, "office-1", "c-2")
	if n := lookups.results()["error"] - before; n != 101 {
		t.Errorf("%d lookups in Redis failed, want 101", n)
	}
	thaw()
	for range 100 {
		look(t, c, "office-1", "c-1", "new")
	}
}

func TestStoppedRedis_LookupsStayCorrect(t *testing.T) {
	t.Parallel()
	server := servertest.RedisServer(t)
	s := newSource()
	reader, lookups := newPatient(t, client(t, server.Addr), s)
	writer, _ := newPatient(t, client(t, server.Addr), s)
	look(t, reader, "office-1", "c-1", name)
	server.Stop()
	s.rename("c-1", "new")
	writer.Invalidate(t.Context(), "c-1")
	for range 100 {
		look(t, reader, "office-1", "c-1", "new")
	}
	server.Start()
	for range 100 { // the entry is still there
		look(t, writer, "office-1", "c-1", "new")
	}
	eventually.True(t, "the reader uses Redis again", func() bool {
		before := lookups.results()["error"]
		lookMissing(t, reader, "office-1", "c-9")
		return lookups.results()["error"] == before
	})
}

func TestFlushedRedis_IsFilledAgain(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := newSource()
	c, lookups := newPatient(t, client(t, m.Addr()), s)
	for range 2 {
		look(t, c, "office-1", "c-1", name)
		look(t, c, "office-1", "c-1", name)
		m.FlushAll()
	}
	lookups.want(map[string]int64{"miss": 2, "hit": 2})
}
