package limit

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxLimiters bounds the memory. With more keys than that, the oldest are evicted;
// their limits start again.
const maxLimiters = 50_000

// localLimiter counts in this process.
type localLimiter struct {
	mu       sync.Mutex
	limiters *lru.Cache[string, *rate.Limiter]
}

func newLocalLimiter() localLimiter {
	limiters, err := lru.New[string, *rate.Limiter](maxLimiters)
	if err != nil { // only for a size below one
		panic(err)
	}
	return localLimiter{limiters: limiters}
}

// take counts events. It returns how long the caller must wait if there are too many, and
// when the counter is empty again.
func (h *localLimiter) take(key string, r Rate, events int) (wait, reset time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	interval := r.Per / time.Duration(r.Events)
	l, found := h.limiters.Get(key)
	if !found {
		l = rate.NewLimiter(rate.Every(interval), r.Events)
		h.limiters.Add(key, l)
	}
	now := time.Now()
	reservation := l.ReserveN(now, events)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
	}
	return wait, time.Duration((float64(r.Events) - l.TokensAt(now)) * float64(interval))
}
