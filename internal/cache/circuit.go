package cache

import (
	"sync"
	"time"
)

// coolDown is how long the process does not call Redis after a failure.
const coolDown = time.Second

// circuit stops calls to a Redis that failed a moment ago. The zero value permits all.
type circuit struct {
	mu                   sync.Mutex
	callsFrom, readsFrom time.Time
}

func (c *circuit) open() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.callsFrom = time.Now().Add(coolDown)
}

// blockReads prevents reads while Redis may hold an entry that was not invalidated.
func (c *circuit) blockReads(duration time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readsFrom = time.Now().Add(duration)
}

func (c *circuit) canCall() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !time.Now().Before(c.callsFrom)
}

func (c *circuit) canRead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !time.Now().Before(c.callsFrom) && !time.Now().Before(c.readsFrom)
}
