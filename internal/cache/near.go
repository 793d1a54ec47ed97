package cache

import (
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// nearLife is how long the process may use its own copy when Redis is not
	// heard to have changed it: less than Redis rests after a failure, so that
	// nothing from before one is used after it.
	nearLife = rest / 2
	// passFor is how long the copy is not used after a change: until whatever was
	// on its way into it has been, and has gone out of use.
	passFor  = 2*nearLife + budget
	mostNear = 10_000
)

// NewTracking makes a client of NewRedis that keeps what it has read in the
// process until Redis tells that it changed. Where the server cannot tell, it
// keeps nothing.
func NewTracking(url string) (*redis.Client, error) {
	o, err := options(url)
	if err != nil {
		return nil, err
	}
	o.ClientSideCacheConfig = &redis.ClientSideCacheConfig{MaxEntries: mostNear, MaxStaleness: nearLife}
	return redis.NewClient(o), nil
}

// near is the process's own copy of what Redis holds. A nil one is never used.
type near struct {
	client *redis.Client
	mu     sync.Mutex
	// passed are the customers whose copy is not to be used, and until when.
	passed map[string]time.Time
}

// clientFor is the client to ask for a customer.
func (n *near) clientFor(id string, redis *redis.Client) *redis.Client {
	if n == nil {
		return redis
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	until, passed := n.passed[id]
	if !passed {
		return n.client
	}
	if time.Now().Before(until) {
		return redis
	}
	delete(n.passed, id)
	return n.client
}

// passBy has a customer asked for in Redis itself for a while: it was changed
// here, or is seen to be changing. So nobody here goes back to what it was.
func (n *near) passBy(id string) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.passed[id] = time.Now().Add(passFor)
	if len(n.passed)%mostNear == 0 { // those that nobody asked for again
		for id, until := range n.passed {
			if time.Now().After(until) {
				delete(n.passed, id)
			}
		}
	}
}
