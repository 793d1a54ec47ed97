package cache_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/cache"
	"countersign/internal/servertest"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// tracked is a process that keeps what it reads until Redis tells of a change.
func tracked(t *testing.T, addr string, s *source) (*cache.Customers, *redis.Client) {
	t.Helper()
	c, _ := newPatient(t, client(t, addr), s)
	r, err := cache.NewTracking("redis://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	c.Track(r)
	return c, r
}

// write is a new version of the customer, of which everybody is told.
func (s *source) write(n int64) {
	s.set(func() {
		c := s.rows["c-1"]
		c.CreatedAt = time.UnixMicro(n).UTC()
		s.rows["c-1"] = c
	})
}

// TestTrackingNeverGoesBack: who wrote sees it at once, nobody sees anything older
// than they have seen, and everybody sees the last in the end.
func TestTrackingNeverGoesBack(t *testing.T) {
	server := servertest.RedisServer(t)
	s := newSource()
	s.after = func(context.Context) { time.Sleep(time.Millisecond) } // a row gets old on its way
	writer, near := tracked(t, server.Addr, s)
	other, _ := tracked(t, server.Addr, s)
	const last = 60
	var forgotten, done atomic.Int64
	var readers sync.WaitGroup
	read := func(c *cache.Customers, atLeast func() int64) {
		seen := int64(0)
		for done.Load() == 0 {
			floor := max(seen, atLeast())
			got, err := c.Customer(t.Context(), "office-1", "c-1")
			if seen = got.CreatedAt.UnixMicro(); err != nil || seen < floor {
				t.Errorf("got %d, %v after %d", seen, err, floor)
				return
			}
		}
	}
	s.write(0)
	for range 4 {
		readers.Go(func() { read(writer, forgotten.Load) })
		readers.Go(func() { read(other, func() int64 { return 0 }) })
	}
	for n := range int64(last) {
		s.write(n + 1)
		writer.Forget(t.Context(), "c-1")
		forgotten.Store(n + 1)
		if n%30 == 29 { // until it is kept again
			time.Sleep(3500 * time.Millisecond)
		}
	}
	eventually(t, "the last is seen elsewhere", func() bool {
		got, err := other.Customer(t.Context(), "office-1", "c-1")
		return err == nil && got.CreatedAt.UnixMicro() == last
	})
	done.Store(1)
	readers.Wait()
	if near.CSCStats().Hits == 0 {
		t.Error("nothing was ever read from the process: this proved nothing")
	}
}

// TestTrackingHearsOfChanges: another process's change is seen long before what is
// kept would go out of use, and also where the connections were lost that would have
// told of it.
func TestTrackingHearsOfChanges(t *testing.T) {
	server := servertest.RedisServer(t)
	for how, lose := range map[string]bool{"told": false, "connections lost": true} {
		t.Run(how, func(t *testing.T) {
			s := newSource()
			writer, _ := newPatient(t, client(t, server.Addr), s)
			reader, near := tracked(t, server.Addr, s)
			s.write(1)
			writer.Forget(t.Context(), "c-1")
			eventually(t, "it is kept", func() bool {
				before := near.CSCStats().Hits
				look(t, reader, "office-1", "c-1", name)
				return near.CSCStats().Hits > before
			})
			s.write(2)
			if lose {
				if err := client(t, server.Addr).ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
					t.Fatal(err)
				}
				other, _ := newPatient(t, client(t, server.Addr), s)
				writer = other
			}
			began := time.Now()
			writer.Forget(t.Context(), "c-1")
			eventually(t, "the change is seen", func() bool {
				got, err := reader.Customer(t.Context(), "office-1", "c-1")
				return err == nil && got.CreatedAt.UnixMicro() == 2
			})
			t.Logf("seen after %s", time.Since(began))
		})
	}
}

// TestTrackingFallsBack where the server cannot tell of changes.
func TestTrackingFallsBack(t *testing.T) {
	s := newSource()
	m := miniredis.RunT(t)
	reader, near := tracked(t, m.Addr(), s)
	writer, _ := newPatient(t, client(t, m.Addr()), s)
	for range 20 {
		look(t, reader, "office-1", "c-1", name)
	}
	if near.CSCStats().Hits != 0 || s.count() != 1 {
		t.Errorf("%d were read from the process, %d from the source", near.CSCStats().Hits, s.count())
	}
	s.rename("c-1", "new")
	writer.Forget(t.Context(), "c-1")
	look(t, reader, "office-1", "c-1", "new")
}
