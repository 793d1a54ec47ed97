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
	rested atomic.Int64 // when Redis may be asked again, in Unix nanoseconds
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
	key := key(kind, whose)
	if l.shared == nil || time.Now().UnixNano() < l.rested.Load() {
		return l.here.take(key, r)
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	result, err := l.shared.Allow(asking, key, redis_rate.Limit{Rate: r.Events, Burst: r.Events, Period: r.Per})
	if err != nil {
		l.rested.Store(time.Now().Add(rest).UnixNano())
		return l.here.take(key, r)
	}
	return max(result.RetryAfter, 0)
}

// TakeHere is Take in this process alone, for what is too frequent to ask Redis.
func (l *Limiter) TakeHere(kind, whose string, r Rate) (wait time.Duration) {
	if r.Events <= 0 {
		return 0
	}
	return l.here.take(key(kind, whose), r)
}

func key(kind, whose string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + whose))
	return "countersign:" + hex.EncodeToString(sum[:16])
}
