package cache_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/cache"
	"countersign/internal/servertest"

	"github.com/alicebob/miniredis/v2"
)

// patience is the cache's 50 ms with room for a busy machine; far less than
// the client's own waits would be.
const patience = 50*time.Millisecond + 100*time.Millisecond

func refusedAddr(t *testing.T) string {
	l := listen(t)
	l.Close()
	return l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// silentAddr accepts, reads and never answers.
func silentAddr(t *testing.T) string {
	l := listen(t)
	go eachConnection(l, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	return l.Addr().String()
}

// slowAddr is a Redis whose every answer takes 200 ms.
func slowAddr(t *testing.T) string {
	addr := miniredis.RunT(t).Addr()
	l := listen(t)
	go eachConnection(l, func(conn net.Conn) {
		redis, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer redis.Close()
		go io.Copy(redis, conn)
		buffer := make([]byte, 1<<16)
		for {
			n, err := redis.Read(buffer)
			if err != nil {
				return
			}
			time.Sleep(200 * time.Millisecond)
			if _, err := conn.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	return l.Addr().String()
}

func eachConnection(l net.Listener, serve func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() { defer conn.Close(); serve(conn) }()
	}
}

func TestOutagesCostLittleTime(t *testing.T) {
	for what, addr := range map[string]func(*testing.T) string{
		"refused": refusedAddr, "silent": silentAddr, "slow": slowAddr,
		"frozen": func(t *testing.T) string {
			s := servertest.RedisServer(t)
			s.Freeze()
			t.Cleanup(s.Thaw)
			return s.Addr
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSource()
			c, lookups := newCustomers(t, client(t, addr(t)), s)
			within(t, patience, func() { look(t, c, "office-1", "c-1", name) })
			// From now on Redis is left alone: nobody waits at all.
			within(t, patience, func() {
				for range 100 {
					look(t, c, "office-1", "c-1", name)
				}
			})
			within(t, patience, func() { lookMissing(t, c, "office-1", "c-2") })
			s.rename("c-1", "new")
			within(t, patience, func() { c.Forget(t.Context(), "c-1") })
			within(t, patience, func() { look(t, c, "office-1", "c-1", "new") })
			lookups.want(map[string]int64{"error": 103})
		})
	}
}

func TestManyAtOnceInAnOutage(t *testing.T) {
	c, _ := newCustomers(t, client(t, silentAddr(t)), newSource())
	within(t, time.Second, func() { // in turn they would take five
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { look(t, c, "office-1", "c-1", name) })
		}
		wg.Wait()
	})
}

func within(t *testing.T, limit time.Duration, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > limit {
		t.Errorf("took %v, want at most %v", took, limit)
	}
}

// eventually repeats until it is true, for longer than Redis is left alone.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestRecovery(t *testing.T) {
	m := miniredis.RunT(t)
	c, lookups := newCustomers(t, client(t, m.Addr()), newSource())
	look(t, c, "office-1", "c-1", name)
	m.Close()
	look(t, c, "office-1", "c-1", name)
	look(t, c, "office-1", "c-1", name)
	lookups.want(map[string]int64{"miss": 1, "error": 2})
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a hit after Redis came back", func() bool {
		look(t, c, "office-1", "c-1", name)
		return lookups.results()["hit"] > 0
	})
}

// What Redis could not be told to forget is not read from it when it is back.
func TestWriteDuringAnOutage(t *testing.T) {
	redis := servertest.RedisServer(t)
	s := newSource()
	c, lookups := newCustomers(t, client(t, redis.Addr), s)
	look(t, c, "office-1", "c-1", name)
	lookMissing(t, c, "office-1", "c-3")
	redis.Freeze()
	s.rename("c-1", "new")
	s.set(func() { s.rows["c-3"] = customer("office-1", "c-3") })
	c.Forget(t.Context(), "c-1")
	c.Forget(t.Context(), "c-3")
	redis.Thaw()
	before := lookups.results()["hit"]
	eventually(t, "a hit after Redis came back", func() bool {
		look(t, c, "office-1", "c-1", "new")
		look(t, c, "office-1", "c-3", name)
		return lookups.results()["hit"] > before
	})
}

// Forgetting during an outage that nobody reads through costs no memory that
// grows without end, and none of it is lost.
func TestManyWritesDuringAnOutage(t *testing.T) {
	m := miniredis.RunT(t)
	s := newSource()
	c, lookups := newCustomers(t, client(t, m.Addr()), s)
	look(t, c, "office-1", "c-1", name)
	m.Close()
	s.rename("c-1", "new")
	c.Forget(t.Context(), "c-1")
	for i := range 1100 {
		c.Forget(t.Context(), "x-"+strings.Repeat("y", i))
	}
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a miss after Redis came back", func() bool {
		look(t, c, "office-1", "c-1", "new")
		return lookups.results()["miss"] > 1
	})
}

// Sessions have no time limit of their own: a page must say that it cannot be had.
func TestASilentServerIsGivenUpByItself(t *testing.T) {
	rdb := client(t, silentAddr(t))
	began := time.Now()
	if err := rdb.Get(context.Background(), "x").Err(); err == nil || time.Since(began) > 2500*time.Millisecond {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestNewRedis(t *testing.T) {
	rdb, err := cache.NewRedis("rediss://user:secret@cache.example:6380/2")
	if err != nil {
		t.Fatal(err)
	}
	defer rdb.Close()
	o := rdb.Options()
	if !o.ContextTimeoutEnabled || o.MaxRetries > 0 || o.DialerRetries != 1 || o.DialTimeout > time.Second || o.DB != 2 || o.TLSConfig == nil {
		t.Errorf("options %+v", o)
	}
	for _, url := range []string{"", "localhost:6379", "http://user:secret@cache.example", "redis://user:secret@cache.example:port"} {
		if _, err := cache.NewRedis(url); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}
