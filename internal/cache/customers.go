package cache

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric"

	"countersign/collaboration"
)

const (
	// keyPrefix contains the version of the JSON. Raise it whenever that changes:
	// two releases may use one Redis.
	keyPrefix = "countersign:customer:5:"

	// callTimeout bounds each use of Redis.
	callTimeout = 50 * time.Millisecond

	entryLife = 30 * time.Second
	// reservationLife is the time for a load from the database.
	reservationLife = 5 * time.Second
	// staleLife is how long Redis may return a customer after a change that was not
	// invalidated: a fill just before its reservation expires, and the entry's life.
	staleLife = reservationLife + entryLife
)

// Source loads customers from the database.
type Source interface {
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
}

// Customers looks customers up in Redis before the source. It is safe for concurrent
// use.
type Customers struct {
	redis       *redis.Client
	source      Source
	circuit     circuit
	lookups     metric.Int64Counter
	callTimeout time.Duration
}

// NewCustomers returns a cache that only uses the source if client is nil.
func NewCustomers(client *redis.Client, source Source, meter metric.Meter) *Customers {
	return &Customers{redis: client, source: source, lookups: newLookupCounter(meter), callTimeout: callTimeout}
}

// Customer returns a customer of an office.
func (c *Customers) Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error) {
	if c.redis == nil {
		return c.source.Customer(ctx, officeID, id)
	}
	customer, reservation, hit := c.read(ctx, officeID, id)
	if hit {
		return customer, nil
	}
	customer, err := c.source.Customer(ctx, officeID, id)
	if err == nil && reservation != "" {
		c.fill(ctx, customer, reservation)
	}
	return customer, err
}

// Invalidate removes a customer from the cache. Call it after every committed change
// of the customer.
func (c *Customers) Invalidate(ctx context.Context, id string) {
	if c.redis == nil {
		return
	}
	del := func(ctx context.Context) error { return c.redis.Del(ctx, key(id)).Err() }
	if !c.circuit.canCall() || c.call(ctx, del) != nil {
		c.circuit.blockReads(staleLife)
	}
}

// read returns the cached customer if the entry is valid. If the entry is empty, it
// returns a reservation for the fill.
func (c *Customers) read(ctx context.Context, officeID, id string) (customer collaboration.Customer, reservation string, hit bool) {
	result := resultError
	defer func() { c.lookups.Add(ctx, 1, result) }()
	if !c.circuit.canRead() {
		return customer, "", false
	}
	entry, reservation, err := c.getOrReserve(ctx, id)
	if err != nil {
		return customer, "", false
	}
	if json.Unmarshal([]byte(entry), &customer) != nil || customer.ID != id || customer.OfficeID != officeID {
		result = resultMiss
		return collaboration.Customer{}, reservation, false
	}
	result = resultHit
	return customer, "", true
}

// getOrReserve returns the entry of a key, or reserves an empty key. Of concurrent
// reservations the last one is valid.
func (c *Customers) getOrReserve(ctx context.Context, id string) (entry, reservation string, err error) {
	err = c.call(ctx, func(ctx context.Context) error {
		entry, err = c.redis.Get(ctx, key(id)).Result()
		if !errors.Is(err, redis.Nil) {
			return err
		}
		reservation = rand.Text()
		return c.redis.Set(ctx, key(id), reservation, reservationLife).Err()
	})
	return entry, reservation, err
}

// fillScript replaces a reservation.
var fillScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`)

// fill stores a customer if its reservation still exists. A failure opens the circuit
// and has no other effect.
func (c *Customers) fill(ctx context.Context, customer collaboration.Customer, reservation string) {
	entry, err := json.Marshal(customer)
	if err != nil {
		return
	}
	_ = c.call(ctx, func(ctx context.Context) error {
		return fillScript.Run(ctx, c.redis, []string{key(customer.ID)}, reservation, entry, entryLife.Milliseconds()).Err()
	})
}

// call bounds a use of Redis by callTimeout and opens the circuit if it fails. The
// caller's own deadline does not shorten it: a short one says nothing about Redis, and
// a committed change must be invalidated.
func (c *Customers) call(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.callTimeout)
	defer cancel()
	err := do(ctx)
	if err != nil {
		c.circuit.open()
	}
	return err
}

func key(id string) string { return keyPrefix + id }
