package limit

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// most is how many callers are remembered. An attacker with more addresses than
// that is forgotten too early, and takes no more memory.
const most = 50_000

// here counts in this process.
type here struct {
	mu      sync.Mutex
	callers *lru.Cache[string, *rate.Limiter]
}

func newHere() here {
	callers, err := lru.New[string, *rate.Limiter](most)
	if err != nil { // of no size
		panic(err)
	}
	return here{callers: callers}
}

func (h *here) take(key string, r Rate, events int) (wait, lasts time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	every := r.Per / time.Duration(r.Events)
	l, known := h.callers.Get(key)
	if !known {
		l = rate.NewLimiter(rate.Every(every), r.Events)
		h.callers.Add(key, l)
	}
	now := time.Now()
	reserved := l.ReserveN(now, events)
	if wait = reserved.DelayFrom(now); wait > 0 {
		reserved.CancelAt(now)
	}
	return wait, time.Duration((float64(r.Events) - l.TokensAt(now)) * float64(every))
}
