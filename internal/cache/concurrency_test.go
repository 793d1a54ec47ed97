package cache_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"countersign/internal/cache"
	"countersign/internal/eventually"
)

// A lookup loads a customer before a change and fills the cache after it.
func TestFill_AfterInvalidationIsRefused(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		for description, between := range map[string]func(*cache.Customers){
			"empty entry":           func(*cache.Customers) {},
			"filled by another one": func(c *cache.Customers) { look(t, c, "office-1", "c-1", "new") },
		} {
			t.Run(description, func(t *testing.T) {
				s := newSource()
				reader, _ := newPatient(t, clientOf(t, url), s)
				writer, _ := newPatient(t, clientOf(t, url), s)
				s.afterFirstRead(func() {
					s.rename("c-1", "new")
					writer.Invalidate(t.Context(), "c-1")
					between(writer)
				})
				look(t, reader, "office-1", "c-1", name) // it began before the change
				look(t, reader, "office-1", "c-1", "new")
				look(t, writer, "office-1", "c-1", "new")
				writer.Invalidate(t.Context(), "c-1")
			})
		}
	})
}

// The reservation has expired, and another lookup's reservation may have taken its place.
func TestFill_AfterReservationExpiredIsRefused(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := newSource()
	c, _ := newPatient(t, client(t, m.Addr()), s)
	s.afterRead = func() { m.FastForward(5 * time.Second) }
	look(t, c, "office-1", "c-1", name)
	if keys := m.Keys(); len(keys) != 0 {
		t.Errorf("a late fill was stored: %v", keys)
	}
}

// A lookup that finds a reservation loads the customer and leaves the fill to the first.
func TestReservation_IsFilledByItsLookup(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		first, _ := newPatient(t, clientOf(t, url), s)
		second, _ := newPatient(t, clientOf(t, url), s)
		s.afterFirstRead(func() { look(t, second, "office-1", "c-1", name) })
		look(t, first, "office-1", "c-1", name)
		look(t, first, "office-1", "c-1", name)
		s.wantLoads(t, 2)
	})
}

// Every lookup that begins after Invalidate returned gets that change or a later one.
func TestCustomer_IsNeverOlderThanInvalidation(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		s.afterRead = func() { time.Sleep(time.Millisecond) } // changes happen between load and fill
		processes, hits := make([]*cache.Customers, 2), make([]counted, 2)
		for i := range processes {
			processes[i], hits[i] = newPatient(t, clientOf(t, url), s)
		}
		var invalidated, done atomic.Int64
		var readers sync.WaitGroup
		for i := range 8 {
			readers.Go(func() {
				for done.Load() == 0 {
					oldest := invalidated.Load()
					got, err := processes[i%2].Customer(t.Context(), "office-1", "c-1")
					if err != nil || got.CreatedAt.UnixMicro() < oldest && oldest > 0 {
						t.Errorf("got version %d, %v; want at least %d", got.CreatedAt.UnixMicro(), err, oldest)
						return
					}
				}
			})
		}
		for version := range int64(300) {
			s.setVersion("c-1", version)
			processes[version%2].Invalidate(t.Context(), "c-1")
			invalidated.Store(version)
			if version%100 == 99 {
				before := hits[0].results()["hit"] + hits[1].results()["hit"]
				eventually.True(t, "the entry is read again", func() bool {
					return hits[0].results()["hit"]+hits[1].results()["hit"] > before
				})
			}
		}
		done.Store(1)
		readers.Wait()
	})
}

// The same while Redis fails now and then, for the process that makes the changes: its
// invalidations fail, and other processes' lookups fill the cache.
func TestCustomer_IsNeverOlderThanOwnInvalidationInOutages(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		failing := new(atomic.Bool)
		own := clientOf(t, url)
		own.AddHook(failingHook{failing})
		writer, _ := newPatient(t, own, s)
		otherProcess, others := newPatient(t, clientOf(t, url), s)
		for version := range int64(20) {
			look(t, otherProcess, "office-1", "c-1", name)
			failing.Store(version%2 == 0)
			s.setVersion("c-1", version)
			writer.Invalidate(t.Context(), "c-1")
			failing.Store(false)
			got, err := writer.Customer(t.Context(), "office-1", "c-1")
			if err != nil || got.CreatedAt.UnixMicro() != version {
				t.Errorf("got version %d, %v; want %d", got.CreatedAt.UnixMicro(), err, version)
			}
		}
		if others.results()["hit"] == 0 {
			t.Error("the other process never read a cached customer, so this test proves nothing")
		}
	})
}

// failingHook fails every command without sending it.
type failingHook struct{ failing *atomic.Bool }

func (h failingHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h failingHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if h.failing.Load() {
			return context.DeadlineExceeded
		}
		return next(ctx, cmd)
	}
}

func (h failingHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
