package cache

import (
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// rest is how long Redis is left alone after a failure.
	rest = time.Second
	// debtLife is when everything that Redis could have held has expired, with
	// a fill that was still under way.
	debtLife  = customerLife + 2*fillWithin
	manyDebts = 1000
	// batch is as many debts as Redis can be told in one lookup's time.
	batch = 50
)

// breaker keeps callers from waiting for a Redis that failed a moment ago. It
// remembers the customers that Redis could not be told to forget: nothing is
// read from Redis again before it was told.
type breaker struct {
	mu       sync.Mutex
	until    time.Time // zero while Redis is used
	failures int
	probing  bool
	debts    map[string]time.Time
	// pay is called a rest after the first debt, and then until none is left:
	// a process that only writes must not wait for a read to tell Redis.
	pay   func()
	timed bool // a call of pay is to come
}

// pass lets one caller use Redis. A probe is the first one after a failure: it
// tells Redis some debts, and asks only when there are no more.
type pass struct {
	probe    bool
	debts    []string
	owed     time.Time // when the debts were read
	more     bool
	failures int
}

// enter reports whether the caller may use Redis, and must then leave.
func (b *breaker) enter() (pass, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return pass{}, true
	}
	if b.probing || time.Now().Before(b.until) {
		return pass{}, false
	}
	b.probing = true
	b.prune()
	debts := slices.Collect(maps.Keys(b.debts))
	some := debts[:min(batch, len(debts))]
	return pass{probe: true, debts: some, owed: time.Now(), more: len(some) < len(debts), failures: b.failures}, true
}

// leave says how it went. Redis is used again once a probe went well, nothing
// failed since that began, and no debts are left.
func (b *breaker) leave(p pass, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.probe {
		b.probing = false
	}
	switch {
	case err != nil:
		b.fail()
	case p.probe && p.failures == b.failures:
		for _, id := range p.debts {
			if !b.debts[id].After(p.owed) { // owed again meanwhile
				delete(b.debts, id)
			}
		}
		if len(b.debts) == 0 {
			b.until = time.Time{}
		}
	}
}

// note is a failure of someone who is not waiting for an answer.
func (b *breaker) note(err error) {
	if err != nil {
		b.leave(pass{}, err)
	}
}

// owe remembers a customer that Redis was not told to forget.
func (b *breaker) owe(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() { // a probe went well just now: the next one pays this
		b.until = time.Now()
	}
	if b.debts == nil {
		b.debts = map[string]time.Time{}
	}
	if len(b.debts) > manyDebts {
		b.prune()
	}
	b.debts[id] = time.Now()
	if !b.timed {
		b.timed = true
		time.AfterFunc(rest, b.pay)
	}
}

// payLater calls pay again while anything is owed. What nobody could pay
// expires, so that this ends.
func (b *breaker) payLater() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prune()
	b.timed = len(b.debts) > 0
	if b.timed {
		time.AfterFunc(max(time.Until(b.until), budget), b.pay)
	}
}

func (b *breaker) fail() {
	b.failures++
	b.until = time.Now().Add(rest)
}

func (b *breaker) prune() {
	maps.DeleteFunc(b.debts, func(_ string, since time.Time) bool { return time.Since(since) > debtLife })
}
