package limit_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"countersign/internal/eventually"
	"countersign/internal/limit"
	"countersign/internal/redisclient"
)

var three = limit.Rate{Events: 3, Per: time.Hour}

// taken returns how many of n events are accepted.
func taken(l *limit.Limiter, subject string, n int) (accepted int) {
	for range n {
		if l.Take(context.Background(), "mail", subject, three) == 0 {
			accepted++
		}
	}
	return accepted
}

func redisClient(t *testing.T, server *miniredis.Miniredis) *redis.Client {
	t.Helper()
	client, err := redisclient.New("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	o := client.Options() // timeouts that a busy machine does not reach
	o.ReadTimeout, o.WriteTimeout = eventually.Deadline, eventually.Deadline
	return client
}

func TestTake_AcceptsRate(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]*limit.Limiter{"without Redis": limit.New(nil), "with Redis": limit.New(redisClient(t, miniredis.RunT(t))).Patient()} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			if in := taken(l, "a@x.example", 10); in != 3 {
				t.Errorf("%d accepted", in)
			}
			if in := taken(l, "b@x.example", 10); in != 3 {
				t.Errorf("another subject: %d accepted", in)
			}
			if wait := l.Take(t.Context(), "other", "a@x.example", three); wait != 0 {
				t.Error("another kind is limited as well")
			}
			// One event expires after a third of the hour.
			const third = 20 * time.Minute
			wait, passed := l.Take(t.Context(), "mail", "a@x.example", three), time.Since(began).Round(time.Second)+time.Second
			if wait < third-passed || wait > third {
				t.Errorf("wait %s, %s after the first event", wait, passed)
			}
			if wait := l.Take(t.Context(), "mail", "a@x.example", limit.Rate{}); wait != 0 {
				t.Error("a rate of zero limits")
			}
		})
	}
}

func TestTakeIdempotent_AcceptsRepeats(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]*limit.Limiter{"without Redis": limit.New(nil), "with Redis": limit.New(redisClient(t, miniredis.RunT(t))).Patient()} {
		t.Run(name, func(t *testing.T) {
			for _, event := range []struct {
				id       string
				accepted bool
			}{{"one", true}, {"one", true}, {"one", true}, {"two", true}, {"three", true}, {"four", false}, {"four", false}, {"two", true}} {
				if accepted := l.TakeIdempotent(t.Context(), "mail", "a@x.example", event.id, three) == 0; accepted != event.accepted {
					t.Errorf("%s: accepted %t", event.id, accepted)
				}
			}
			if in := taken(l, "a@x.example", 1); in != 0 {
				t.Error("events with an ID are not counted with the others")
			}
			if wait := l.TakeIdempotent(t.Context(), "mail", "b@x.example", "five", limit.Rate{}); wait != 0 {
				t.Error("a rate of zero limits")
			}
		})
	}
}

func TestTake_ProcessesShareLimits(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	one, other := limit.New(redisClient(t, server)).Patient(), limit.New(redisClient(t, server)).Patient()
	if in := taken(one, "a@x.example", 2) + taken(other, "a@x.example", 2); in != 3 {
		t.Errorf("%d accepted", in)
	}
	for _, key := range server.Keys() {
		if strings.Contains(key, "x.example") || server.TTL(key) <= 0 || server.TTL(key) > time.Hour {
			t.Errorf("Redis stores %q for %s", key, server.TTL(key))
		}
	}
}

// Redis's clock is corrected after it was ahead. Events from that time do not block
// callers until the wrong time is reached.
func TestTake_RedisClockJumps(t *testing.T) {
	t.Parallel()
	server, now := miniredis.RunT(t), time.Now()
	l := limit.New(redisClient(t, server)).Patient()
	for _, ahead := range []time.Duration{24 * time.Hour, 0, 10 * time.Minute, -3 * time.Hour} {
		server.SetTime(now.Add(ahead))
		in := taken(l, "a@x.example", 10)
		if wait := l.Take(t.Context(), "mail", "a@x.example", three); in > 3 || wait <= 0 || wait > 20*time.Minute {
			t.Errorf("%s ahead: %d accepted, and the next waits %s", ahead, in, wait)
		}
	}
}

// failingHook fails and counts each command.
type failingHook struct{ commands int }

func (*failingHook) DialHook(next redis.DialHook) redis.DialHook { return next }
func (u *failingHook) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, cmd redis.Cmder) error {
		u.commands++
		err := errors.New("LOADING")
		cmd.SetErr(err)
		return err
	}
}
func (*failingHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// While Redis fails, the process counts by itself and calls Redis once per cool-down.
func TestTake_RedisDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, err := redisclient.New("redis://down.example")
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		u := &failingHook{}
		client.AddHook(u)
		l := limit.New(client)
		for _, step := range []struct {
			after        time.Duration
			in, commands int
		}{{0, 3, 1}, {time.Second - 1, 0, 1}, {1, 0, 2}} {
			time.Sleep(step.after)
			if in := taken(l, "a@x.example", 10); in != step.in || u.commands != step.commands {
				t.Errorf("%s later: %d accepted and %d commands, want %d and %d", step.after, in, u.commands, step.in, step.commands)
			}
		}
	})
}

func TestTake_UsesRedisAgain(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	l := limit.New(redisClient(t, server)).Patient()
	server.SetError("LOADING")
	if in := taken(l, "a@x.example", 10); in != 3 {
		t.Errorf("%d accepted", in)
	}
	server.SetError("")
	eventually.True(t, "Redis counts again", func() bool {
		taken(l, "a@x.example", 1)
		return len(server.Keys()) > 0
	})
}

// Memory is bounded, and a counter in use is not evicted.
func TestTakeLocally_BoundsMemory(t *testing.T) {
	t.Parallel()
	l := limit.New(nil)
	for i := range 3 {
		l.TakeLocally("request", "frequent", three)
		for n := range 40_000 {
			l.TakeLocally("request", strconv.Itoa(i)+"-"+strconv.Itoa(n), three)
		}
	}
	if n := l.LocalLimiters(); n > 100_000 {
		t.Errorf("%d counters in memory", n)
	}
	if l.TakeLocally("request", "frequent", three) == 0 {
		t.Error("a counter in use was evicted")
	}
}
