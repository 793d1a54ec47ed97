package limit_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"countersign/internal/cache"
	"countersign/internal/limit"
)

var three = limit.Rate{Events: 3, Per: time.Hour}

// taken is how many of n events are let in.
func taken(l *limit.Limiter, whose string, n int) (in int) {
	for range n {
		if l.Take(context.Background(), "mail", whose, three) == 0 {
			in++
		}
	}
	return in
}

func redisClient(t *testing.T, server *miniredis.Miniredis) *redis.Client {
	t.Helper()
	client, err := cache.NewRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestTake(t *testing.T) {
	for name, l := range map[string]*limit.Limiter{"alone": limit.New(nil), "with Redis": limit.New(redisClient(t, miniredis.RunT(t)))} {
		t.Run(name, func(t *testing.T) {
			if in := taken(l, "a@x.example", 10); in != 3 {
				t.Errorf("%d were let in", in)
			}
			if in := taken(l, "b@x.example", 10); in != 3 {
				t.Errorf("of another %d were let in", in)
			}
			if wait := l.Take(t.Context(), "other", "a@x.example", three); wait != 0 {
				t.Error("another kind is bounded too")
			}
			// One event frees after a third of the hour.
			if wait := l.Take(t.Context(), "mail", "a@x.example", three); wait < 19*time.Minute || wait > 20*time.Minute {
				t.Errorf("wait %s", wait)
			}
			if wait := l.Take(t.Context(), "mail", "a@x.example", limit.Rate{}); wait != 0 {
				t.Error("no limit is one")
			}
		})
	}
}

// What was let in may be told of again, and what was not is let in when there is
// room; it is counted like any other.
func TestTakeOnce(t *testing.T) {
	for name, l := range map[string]*limit.Limiter{"alone": limit.New(nil), "with Redis": limit.New(redisClient(t, miniredis.RunT(t)))} {
		t.Run(name, func(t *testing.T) {
			for _, event := range []struct {
				name string
				in   bool
			}{{"one", true}, {"one", true}, {"one", true}, {"two", true}, {"three", true}, {"four", false}, {"four", false}, {"two", true}} {
				if in := l.TakeOnce(t.Context(), "mail", "a@x.example", event.name, three) == 0; in != event.in {
					t.Errorf("%s: let in %t", event.name, in)
				}
			}
			if in := taken(l, "a@x.example", 1); in != 0 {
				t.Error("they do not count beside those without a name")
			}
			if wait := l.TakeOnce(t.Context(), "mail", "b@x.example", "five", limit.Rate{}); wait != 0 {
				t.Error("no limit is one")
			}
		})
	}
}

// What one process has let in, another one has too.
func TestProcessesShareTheirLimits(t *testing.T) {
	server := miniredis.RunT(t)
	one, other := limit.New(redisClient(t, server)), limit.New(redisClient(t, server))
	if in := taken(one, "a@x.example", 2) + taken(other, "a@x.example", 2); in != 3 {
		t.Errorf("%d were let in", in)
	}
	for _, key := range server.Keys() {
		if strings.Contains(key, "x.example") || server.TTL(key) <= 0 || server.TTL(key) > time.Hour {
			t.Errorf("Redis keeps %q for %s", key, server.TTL(key))
		}
	}
}

// Redis' clock was ahead, and is put right: what was counted by it locks nobody out
// for as long as it was ahead.
func TestTheClockOfRedisJumps(t *testing.T) {
	server, now := miniredis.RunT(t), time.Now()
	l := limit.New(redisClient(t, server))
	for _, ahead := range []time.Duration{24 * time.Hour, 0, 10 * time.Minute, -3 * time.Hour} {
		server.SetTime(now.Add(ahead))
		in := taken(l, "a@x.example", 10)
		if wait := l.Take(t.Context(), "mail", "a@x.example", three); in > 3 || wait <= 0 || wait > 20*time.Minute {
			t.Errorf("%s ahead, %d are let in and the next waits %s", ahead, in, wait)
		}
	}
}

// Without an answer from Redis each process bounds by itself, and asks Redis
// again later, not with every event.
func TestRedisIsAway(t *testing.T) {
	server := miniredis.RunT(t)
	l := limit.New(redisClient(t, server))
	server.SetError("LOADING")
	failed := time.Now()
	if in := taken(l, "a@x.example", 10); in != 3 {
		t.Errorf("%d were let in", in)
	}
	server.SetError("")
	if in := taken(l, "a@x.example", 1); in != 0 {
		t.Error("what was counted meanwhile is forgotten")
	}
	if len(server.Keys()) > 0 && time.Since(failed) < time.Second {
		t.Error("Redis is asked again at once")
	}
}

// Many callers take no more than so much memory, and one who comes back is
// still known.
func TestManyCallers(t *testing.T) {
	l := limit.New(nil)
	for i := range 3 {
		l.TakeHere("request", "me", three)
		for n := range 40_000 {
			l.TakeHere("request", strconv.Itoa(i)+"-"+strconv.Itoa(n), three)
		}
	}
	if n := l.Remembered(); n > 100_000 {
		t.Errorf("%d callers are remembered", n)
	}
	if l.TakeHere("request", "me", three) == 0 {
		t.Error("who comes again is forgotten")
	}
}
