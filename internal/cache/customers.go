package cache

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"countersign/collaboration"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric"
	"golang.org/x/sync/singleflight"
)

// Source is where customers really are.
type Source interface {
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
}

// budget is all the time that Redis may add to one lookup.
const budget = 50 * time.Millisecond

// longestLoad bounds a load, which goes on when its first caller has left.
const longestLoad = 5 * time.Second

// Customers looks customers up, in Redis first. It is safe for concurrent use.
type Customers struct {
	entries entries
	source  Source
	breaker breaker
	lookups lookups
	loads   singleflight.Group
	budget  time.Duration
	// writes counts the calls of Forget.
	writes atomic.Int64
}

// NewCustomers works without Redis too, when redis is nil.
func NewCustomers(redis *redis.Client, source Source, meter metric.Meter) *Customers {
	c := &Customers{entries: newEntries(redis), source: source, lookups: newLookups(meter), budget: budget}
	c.breaker.pay = c.pay
	return c
}

// Track reads through a client of NewTracking. Call it before the first lookup.
func (c *Customers) Track(tracking *redis.Client) {
	c.entries.near = &near{client: tracking, passed: map[string]time.Time{}}
}

// Customer is the source's answer, or what it was a moment ago.
func (c *Customers) Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error) {
	if err := ctx.Err(); err != nil {
		return collaboration.Customer{}, gaveUp(err)
	}
	writes, began := c.writes.Load(), time.Now()
	seen := c.read(ctx, officeID, id)
	switch seen.state {
	case found:
		return owned(seen.customer, officeID)
	case absent:
		return collaboration.Customer{}, notFound()
	}
	left := c.budget - time.Since(began)
	// Only lookups that saw the same may share a load: one that began after a
	// write, here or elsewhere, must not get what was loaded before it.
	flight := fmt.Sprintf("%d %q %q %q", writes, officeID, id, seen.raw)
	loaded := c.loads.DoChan(flight, func() (any, error) {
		// Whoever waits with the first caller must not fail with it.
		return c.load(context.WithoutCancel(ctx), officeID, id, seen, left)
	})
	select {
	case <-ctx.Done():
		return collaboration.Customer{}, gaveUp(ctx.Err())
	case result := <-loaded:
		if result.Err != nil {
			return collaboration.Customer{}, result.Err
		}
		return owned(copied(result.Val.(collaboration.Customer)), officeID)
	}
}

// Forget is called after every write that changes a lookup. From when it
// returns, no lookup that begins here gets what was cached before; nor does one
// elsewhere, from when Redis could be told.
func (c *Customers) Forget(ctx context.Context, customerID string) {
	if c.entries.redis != nil {
		c.tell(ctx, customerID)
	}
	c.writes.Add(1)
}

// tell tells Redis what to forget, with what it was not told before, or notes
// that it must be told later.
func (c *Customers) tell(ctx context.Context, customerID string) {
	p, allowed := c.breaker.enter()
	if !allowed {
		c.breaker.owe(customerID)
		return
	}
	// The write is done: its caller going away must not keep the old entry.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.budget)
	defer cancel()
	err := c.entries.forget(ctx, append(p.debts, customerID)...)
	c.breaker.leave(p, err)
	if err != nil {
		c.breaker.owe(customerID)
	}
}

// pay tells Redis some of what it was not told.
func (c *Customers) pay() {
	if p, allowed := c.breaker.enter(); allowed {
		ctx, cancel := context.WithTimeout(context.Background(), c.budget)
		defer cancel()
		c.breaker.leave(p, c.entries.forget(ctx, p.debts...))
	}
	c.breaker.payLater()
}

// read asks Redis, where there is one that answers. A failure is a miss.
func (c *Customers) read(ctx context.Context, officeID, id string) lookup {
	if c.entries.redis == nil {
		return lookup{state: closed}
	}
	p, allowed := c.breaker.enter()
	if !allowed {
		c.lookups.count(ctx, resultError)
		return lookup{state: closed}
	}
	// Redis gets the same time from everyone: an impatient caller says nothing
	// about Redis.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.budget)
	defer cancel()
	seen := lookup{state: closed}
	err := c.entries.forget(within, p.debts...)
	if err == nil && !p.more {
		seen, err = c.entries.read(within, officeID, id)
	}
	c.breaker.leave(p, err)
	if err != nil || p.more {
		c.lookups.count(ctx, resultError)
		return lookup{state: closed}
	}
	c.lookups.count(ctx, seen.result(officeID))
	return seen
}

func (c *Customers) load(ctx context.Context, officeID, id string, seen lookup, left time.Duration) (customer collaboration.Customer, err error) {
	defer func() {
		if r := recover(); r != nil { // a flight's panic would end the process
			err = collaboration.Errorf(collaboration.CodeInternal, "cache: the source panicked: %v", r)
		}
	}()
	loading, cancel := context.WithTimeout(ctx, longestLoad)
	defer cancel()
	customer, err = c.source.Customer(loading, officeID, id)
	missing := collaboration.CodeOf(err) == collaboration.CodeCustomerNotFound
	if seen.state == closed || err != nil && !missing || left <= 0 {
		return customer, err
	}
	filling, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	if missing {
		c.breaker.note(c.entries.fillAbsent(filling, officeID, id, seen))
	} else {
		c.breaker.note(c.entries.fill(filling, customer, seen))
	}
	return customer, err
}

// owned is the customer, if it is the office's.
func owned(c collaboration.Customer, officeID string) (collaboration.Customer, error) {
	if c.OfficeID != officeID {
		return collaboration.Customer{}, notFound()
	}
	return c, nil
}

func gaveUp(err error) error {
	return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
}

func notFound() error { return &collaboration.Error{Code: collaboration.CodeCustomerNotFound} }

// copied keeps callers that shared one load from sharing its slices.
func copied(c collaboration.Customer) collaboration.Customer {
	c.Tasks = slices.Clone(c.Tasks)
	c.Subscriptions = slices.Clone(c.Subscriptions)
	c.Administrators = slices.Clone(c.Administrators)
	return c
}
