package limit

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Slots bound concurrent work: of the process, and of each subject that shares it. A free
// slot goes to the subject that has waited longest since its last one, so that many
// requests of one subject do not delay those of another.
type Slots struct {
	max int // 0 for no bound

	mu      sync.Mutex
	used    map[string]int // by subject; that of the process is ""
	waiting []*waiter      // in the order of arrival
	// served has the number of the last grant to each subject since a caller has waited.
	served map[string]int
	grants int
}

// Share is the number of slots that a subject may use at a time, 0 for no bound.
type Share struct {
	Subject string
	Max     int
}

// Shares bound the concurrent work of each subject alone.
type Shares struct {
	slots *Slots
	max   int
	wait  time.Duration
}

// NewShares returns shares of max slots for each subject. A caller waits for a slot as long
// as given.
func NewShares(max int, wait time.Duration) Shares { return Shares{NewSlots(0), max, wait} }

// Acquire reserves a slot of the subject until release is called.
func (s Shares) Acquire(ctx context.Context, subject string) (release func(), ok bool) {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	return s.slots.Acquire(ctx, Share{Subject: subject, Max: s.max})
}

type waiter struct {
	shares  []Share
	granted chan struct{}
}

// NewSlots returns slots for a process.
func NewSlots(n int) *Slots {
	return &Slots{max: n, used: map[string]int{}, served: map[string]int{}}
}

// Acquire reserves a slot until release is called. It waits for one until ctx ends, and
// takes a free slot also after that. The slots are shared by the subject of the first share.
func (s *Slots) Acquire(ctx context.Context, shares ...Share) (release func(), ok bool) {
	shares = append(slices.Clip(shares), Share{Max: s.max})
	release = func() { s.release(shares) }
	w := s.grantOrWait(shares)
	if w == nil {
		return release, true
	}
	select {
	case <-w.granted:
		return release, true
	case <-ctx.Done():
		return release, !s.leave(w)
	}
}

// TryAcquire is Acquire without a wait.
func (s *Slots) TryAcquire(shares ...Share) (release func(), ok bool) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return s.Acquire(ctx, shares...)
}

// Used returns the number of slots in use.
func (s *Slots) Used() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used[""]
}

// grantOrWait returns nil if it grants a slot at once.
func (s *Slots) grantOrWait(shares []Share) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &waiter{shares, make(chan struct{})}
	if s.isFree(w) {
		s.grant(w)
		return nil
	}
	s.waiting = append(s.waiting, w)
	return w
}

func (s *Slots) isFree(w *waiter) bool {
	return !slices.ContainsFunc(w.shares, func(share Share) bool { return share.Max > 0 && s.used[share.Subject] >= share.Max })
}

func (s *Slots) grant(w *waiter) {
	for _, share := range w.shares {
		s.used[share.Subject]++
	}
	s.grants++
	s.served[w.shares[0].Subject] = s.grants
	close(w.granted)
}

func (s *Slots) release(shares []Share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, share := range shares {
		if s.used[share.Subject]--; s.used[share.Subject] == 0 {
			delete(s.used, share.Subject)
		}
	}
	if next := s.next(); next >= 0 {
		w := s.waiting[next]
		s.waiting = slices.Delete(s.waiting, next, next+1)
		s.grant(w)
	}
	if len(s.waiting) == 0 {
		clear(s.served)
	}
}

// next returns the index of the waiter that gets a slot, -1 if there is none.
func (s *Slots) next() int {
	next := -1
	for i, w := range s.waiting {
		if s.isFree(w) && (next < 0 || s.served[w.shares[0].Subject] < s.served[s.waiting[next].shares[0].Subject]) {
			next = i
		}
	}
	return next
}

// leave ends the wait. It returns false if a slot was granted at the same time.
func (s *Slots) leave(w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.waiting, w)
	if i < 0 {
		return false
	}
	s.waiting = slices.Delete(s.waiting, i, i+1)
	return true
}
