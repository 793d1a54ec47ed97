package limit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// Rate is so many events in that time, spread evenly, and all of them at once for
// who has caused none for as long. Without events it bounds nothing.
type Rate struct {
	Events int
	Per    time.Duration
}

const (
	// within is how long Redis may take to count.
	within = 200 * time.Millisecond
	// rest is how long Redis is left alone after a failure.
	rest = time.Second
)

// Limiter counts events. It is safe for concurrent use.
type Limiter struct {
	shared *redis_rate.Limiter // nil without Redis
	here   here
	rested atomic.Pointer[time.Time] // when Redis may be asked again; not as a number, which jumps with the clock
}

// New counts in Redis; in this process alone without a client.
func New(client *redis.Client) *Limiter {
	l := &Limiter{here: newHere()}
	if client != nil {
		l.shared = redis_rate.NewLimiter(client)
	}
	return l
}

// Take counts one event of a kind, caused by or meant for somebody. Where that is
// one too many nothing is counted, and wait is how long until it is not.
func (l *Limiter) Take(ctx context.Context, kind, whose string, r Rate) (wait time.Duration) {
	if r.Events <= 0 {
		return 0
	}
	wait, _ = l.count(ctx, key(kind, whose), r, 1)
	return wait
}

// TakeOnce is Take for an event that has a name, and may be told of again: for as
// long as it counts, one that was let in is not counted once more.
func (l *Limiter) TakeOnce(ctx context.Context, kind, whose, name string, r Rate) (wait time.Duration) {
	in, once := key(kind+" let in", name), Rate{1, r.Per}
	if r.Events <= 0 {
		return 0
	}
	if _, lasts := l.count(ctx, in, once, 0); lasts > 0 {
		return 0
	}
	if wait = l.Take(ctx, kind, whose, r); wait == 0 {
		l.count(ctx, in, once, 1)
	}
	return wait
}

// count counts so many events. It also says how long those that were counted
// last.
func (l *Limiter) count(ctx context.Context, key string, r Rate, events int) (wait, lasts time.Duration) {
	if until := l.rested.Load(); l.shared == nil || until != nil && time.Now().Before(*until) {
		return l.here.take(key, r, events)
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	result, err := l.countShared(asking, key, r, events)
	if err != nil {
		until := time.Now().Add(rest)
		l.rested.Store(&until)
		return l.here.take(key, r, events)
	}
	return max(result.RetryAfter, 0), result.ResetAfter
}

// countShared counts in Redis, by its clock. Nobody waits for longer than one event
// takes to be free again: who would was counted by a clock that was ahead, and is
// counted anew.
func (l *Limiter) countShared(ctx context.Context, key string, r Rate, events int) (*redis_rate.Result, error) {
	bound := redis_rate.Limit{Rate: r.Events, Burst: r.Events, Period: r.Per}
	result, err := l.shared.AllowN(ctx, key, bound, events)
	if err != nil || result.RetryAfter <= r.Per/time.Duration(r.Events)+time.Second {
		return result, err
	}
	if err := l.shared.Reset(ctx, key); err != nil {
		return nil, err
	}
	return l.shared.AllowN(ctx, key, bound, events)
}

// TakeHere is Take in this process alone, for what is too frequent to ask Redis.
func (l *Limiter) TakeHere(kind, whose string, r Rate) (wait time.Duration) {
	if r.Events <= 0 {
		return 0
	}
	wait, _ = l.here.take(key(kind, whose), r, 1)
	return wait
}

func key(kind, whose string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + whose))
	return "countersign:" + hex.EncodeToString(sum[:16])
}
