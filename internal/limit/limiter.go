package limit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// Rate is a number of events per duration. Its burst is the same number of events. A rate
// of zero events means no limit.
type Rate struct {
	Events int
	Per    time.Duration
}

const (
	// redisTimeout bounds a call of Redis.
	redisTimeout = 200 * time.Millisecond
	// coolDown is how long the process does not call Redis after a failure.
	coolDown = time.Second
)

// Limiter counts events. It is safe for concurrent use.
type Limiter struct {
	shared *redis_rate.Limiter // nil without Redis
	local  localLimiter
	// redisTimeout is longer in tests.
	redisTimeout time.Duration
	// coolDownEnd is a time with a monotonic clock, which does not jump.
	coolDownEnd atomic.Pointer[time.Time]
}

// New returns a limiter that counts in Redis, or in this process if client is nil.
func New(client *redis.Client) *Limiter {
	l := &Limiter{redisTimeout: redisTimeout, local: newLocalLimiter()}
	if client != nil {
		l.shared = redis_rate.NewLimiter(client)
	}
	return l
}

// Take counts one event of a kind and a subject, such as an IP address. It returns zero
// if the event is within the rate. Otherwise it does not count the event and returns how
// long the caller must wait.
func (l *Limiter) Take(ctx context.Context, kind, subject string, r Rate) (wait time.Duration) {
	if r.Events <= 0 {
		return 0
	}
	wait, _ = l.count(ctx, key(kind, subject), r, 1)
	return wait
}

// TakeIdempotent is Take for an event with an ID. A repeat of an accepted event is
// accepted and not counted.
func (l *Limiter) TakeIdempotent(ctx context.Context, kind, subject, id string, r Rate) (wait time.Duration) {
	accepted, once := key(kind+" accepted", id), Rate{1, r.Per}
	if r.Events <= 0 {
		return 0
	}
	if _, reset := l.count(ctx, accepted, once, 0); reset > 0 {
		return 0
	}
	if wait = l.Take(ctx, kind, subject, r); wait == 0 {
		l.count(ctx, accepted, once, 1)
	}
	return wait
}

// count counts in Redis or, if that fails, in this process.
func (l *Limiter) count(ctx context.Context, key string, r Rate, events int) (wait, reset time.Duration) {
	if end := l.coolDownEnd.Load(); l.shared == nil || end != nil && time.Now().Before(*end) {
		return l.local.take(key, r, events)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.redisTimeout)
	defer cancel()
	result, err := l.countShared(ctx, key, r, events)
	if err != nil {
		end := time.Now().Add(coolDown)
		l.coolDownEnd.Store(&end)
		return l.local.take(key, r, events)
	}
	return max(result.RetryAfter, 0), result.ResetAfter
}

// countShared counts in Redis, by its clock. A wait of more than one event's interval
// means that the clock was ahead when earlier events were counted; the counter is then
// reset.
func (l *Limiter) countShared(ctx context.Context, key string, r Rate, events int) (*redis_rate.Result, error) {
	rateLimit := redis_rate.Limit{Rate: r.Events, Burst: r.Events, Period: r.Per}
	result, err := l.shared.AllowN(ctx, key, rateLimit, events)
	if err != nil || result.RetryAfter <= r.Per/time.Duration(r.Events)+time.Second {
		return result, err
	}
	if err := l.shared.Reset(ctx, key); err != nil {
		return nil, err
	}
	return l.shared.AllowN(ctx, key, rateLimit, events)
}

// TakeLocally is Take in this process, for events that are too frequent for Redis.
func (l *Limiter) TakeLocally(kind, subject string, r Rate) (wait time.Duration) {
	if r.Events <= 0 {
		return 0
	}
	wait, _ = l.local.take(key(kind, subject), r, 1)
	return wait
}

func key(kind, subject string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + subject))
	return "countersign:" + hex.EncodeToString(sum[:16])
}

// Mails bounds the mails that one recipient gets in an hour. The processes that share Redis
// count together.
type Mails struct {
	Limiter *Limiter
	PerHour int // 0 for no limit
}

// TakeMail counts a mail to an address. Retries with the same name count once.
func (m Mails) TakeMail(ctx context.Context, to, name string) (wait time.Duration) {
	return m.Limiter.TakeIdempotent(ctx, "mail", strings.ToLower(to), name, Rate{Events: m.PerHour, Per: time.Hour})
}
