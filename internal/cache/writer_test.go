package cache_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/internal/cache"
	"countersign/internal/servertest"

	"github.com/alicebob/miniredis/v2"
)

// pair is a process that reads, and one on the same Redis that only writes.
func pair(t *testing.T, addr string, s *source) (reader, writer *cache.Customers) {
	reader, _ = newCustomers(t, client(t, addr), s)
	writer, _ = newCustomers(t, client(t, addr), s)
	return reader, writer
}

func becomes(t *testing.T, c *cache.Customers, id, want string) {
	t.Helper()
	eventually(t, id+" as it is now", func() bool {
		got, err := c.Customer(t.Context(), "office-1", id)
		return err == nil && got.Name == want
	})
}

// A process that never reads pays its debts all the same.
func TestWriterThatNeverReads(t *testing.T) {
	redis := servertest.RedisServer(t)
	s := newSource()
	reader, writer := pair(t, redis.Addr, s)
	look(t, reader, "office-1", "c-1", name)
	redis.Freeze()
	s.rename("c-1", "new")
	writer.Forget(t.Context(), "c-1")
	redis.Thaw()
	becomes(t, reader, "c-1", "new")
}

// More debts than fit in one message to Redis, and one that comes again while
// Redis is still away.
func TestWriterWithManyDebts(t *testing.T) {
	m := miniredis.RunT(t)
	s := newSource()
	for i := range 120 {
		id := fmt.Sprintf("many-%d", i)
		s.rows[id] = customer("office-1", id)
	}
	reader, writer := pair(t, m.Addr(), s)
	for i := range 120 {
		look(t, reader, "office-1", fmt.Sprintf("many-%d", i), name)
	}
	m.SetError("LOADING")
	for i := range 120 {
		s.rename(fmt.Sprintf("many-%d", i), "new")
		writer.Forget(t.Context(), fmt.Sprintf("many-%d", i))
	}
	writer.Forget(t.Context(), "many-0")
	m.SetError("")
	for i := range 120 {
		becomes(t, reader, fmt.Sprintf("many-%d", i), "new")
	}
}

// While Redis is left alone a write does not wait for it either.
func TestManyWritesInAnOutageCostLittleTime(t *testing.T) {
	c, _ := newCustomers(t, client(t, silentAddr(t)), newSource())
	within(t, 50*time.Millisecond+patience, func() {
		for range 100 {
			c.Forget(t.Context(), "c-1")
		}
	})
}
