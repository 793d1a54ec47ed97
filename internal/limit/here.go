package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// most is how many callers one generation remembers. An attacker with more
// addresses than that is forgotten too early, and takes no more memory.
const most = 50_000

// here counts in this process, in two generations: who is in neither has caused
// nothing for a while.
type here struct {
	mu         sync.Mutex
	young, old map[string]*rate.Limiter
	since      time.Time
}

func (h *here) take(key string, r Rate) (wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if h.young == nil || len(h.young) >= most || now.Sub(h.since) > time.Hour {
		h.old, h.young, h.since = h.young, map[string]*rate.Limiter{}, now
	}
	l := h.young[key]
	if l == nil {
		if l = h.old[key]; l == nil {
			l = rate.NewLimiter(rate.Every(r.Per/time.Duration(r.Events)), r.Events)
		}
		h.young[key] = l
	}
	reserved := l.ReserveN(now, 1)
	if wait = reserved.DelayFrom(now); wait > 0 {
		reserved.CancelAt(now)
	}
	return wait
}
