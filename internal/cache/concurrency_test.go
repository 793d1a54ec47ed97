package cache_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/collaboration"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// A reader that loaded the old row before the write, and fills after it, loses.
func TestStaleFillLoses(t *testing.T) {
	eachServer(t, func(t *testing.T, rdb *redis.Client) {
		for what, id := range map[string]string{"customer": "c-1", "no customer": "c-3"} {
			s := newSource()
			read, goOn := make(chan struct{}), make(chan struct{})
			s.after = func(context.Context) { close(read); <-goOn }
			slow, _ := newPatient(t, rdb, s)
			done := make(chan struct{})
			go func() { defer close(done); slow.Customer(t.Context(), "office-1", id) }()
			<-read
			s.set(func() {
				s.after = nil
				s.rows[id] = customer("office-1", id)
			})
			s.rename(id, "new")
			writer, _ := newPatient(t, rdb, s) // another process
			writer.Forget(t.Context(), id)
			look(t, slow, "office-1", id, "new") // while the old load is under way
			look(t, writer, "office-1", id, "new")
			close(goOn)
			<-done
			before := s.count()
			look(t, slow, "office-1", id, "new")
			look(t, writer, "office-1", id, "new")
			if s.count() != before+2 {
				t.Errorf("%s: a fill won over the tombstone", what)
			}
		}
	})
}

// A fill that comes so late that the tombstone is gone is refused as well.
func TestLateFillIsRefused(t *testing.T) {
	m := miniredis.RunT(t)
	now := time.Now()
	m.SetTime(now)
	for what, id := range map[string]string{"customer": "c-1", "no customer": "c-3"} {
		s := newSource()
		c, _ := newPatient(t, client(t, m.Addr()), s)
		s.after = func(context.Context) {
			c.Forget(t.Context(), id)
			now = now.Add(2 * time.Second)
			m.SetTime(now)
			m.FastForward(2 * time.Second)
		}
		c.Customer(t.Context(), "office-1", id)
		if keys := m.Keys(); len(keys) != 0 {
			t.Errorf("%s: a late fill was taken: %v", what, keys)
		}
	}
}

func TestHundredAtOnceAreOneLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		goOn := make(chan struct{})
		s.after = func(context.Context) { <-goOn }
		c, _ := newPatient(t, nil, s)
		var wg sync.WaitGroup
		got := make([]collaboration.Customer, 100)
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = c.Customer(t.Context(), "office-1", "c-1"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all of them wait for the load
		close(goOn)
		wg.Wait()
		if s.count() != 1 {
			t.Errorf("%d loads", s.count())
		}
		got[0].Tasks[0].Name = "mine"
		if got[1].Tasks[0].Name == "mine" {
			t.Error("two callers share a slice")
		}
	})
}

func TestForgetEndsSharingOfAnOldLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		goOn := make(chan struct{})
		s.after = func(context.Context) { <-goOn }
		c, _ := newPatient(t, nil, s)
		go c.Customer(t.Context(), "office-1", "c-1")
		synctest.Wait() // it has read the old row
		s.rename("c-1", "new")
		c.Forget(t.Context(), "c-1")
		done := make(chan struct{})
		go func() { defer close(done); look(t, c, "office-1", "c-1", "new") }()
		synctest.Wait()
		close(goOn)
		<-done
	})
}

func TestCallerWhoLeavesDoesNotFailTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		goOn := make(chan struct{})
		s.after = func(ctx context.Context) {
			select {
			case <-goOn:
			case <-ctx.Done():
				t.Error("the load was cancelled with its first caller")
			}
		}
		c, _ := newPatient(t, nil, s)
		first, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { _, err := c.Customer(first, "office-1", "c-1"); left <- err }()
		synctest.Wait()
		stayed := make(chan error)
		go func() { _, err := c.Customer(t.Context(), "office-1", "c-1"); stayed <- err }()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) || collaboration.CodeOf(err) != collaboration.CodeUnavailable {
			t.Errorf("the one who left got %v", err)
		}
		close(goOn)
		if err := <-stayed; err != nil {
			t.Errorf("the one who stayed got %v", err)
		}
		if _, err := c.Customer(first, "office-1", "c-1"); !errors.Is(err, context.Canceled) || s.count() != 1 {
			t.Errorf("with a cancelled context: %v, %d loads", err, s.count())
		}
	})
}

// After Forget returned, nobody who begins to look gets anything older.
func TestReadersNeverGoBack(t *testing.T) {
	eachServer(t, func(t *testing.T, rdb *redis.Client) {
		s := newSource()
		s.after = func(context.Context) { time.Sleep(time.Millisecond) } // a row gets old on its way
		processes := make([]interface {
			Customer(context.Context, string, string) (collaboration.Customer, error)
			Forget(context.Context, string)
		}, 2)
		var all []counted
		for i := range processes {
			c, lookups := newPatient(t, rdb, s)
			processes[i], all = c, append(all, lookups)
		}
		var forgotten, done atomic.Int64
		version := func(n int64) time.Time { return time.UnixMicro(n).UTC() }
		var readers sync.WaitGroup
		for i := range 8 {
			readers.Go(func() {
				for done.Load() == 0 {
					floor := version(forgotten.Load())
					got, err := processes[i%2].Customer(t.Context(), "office-1", "c-1")
					if err != nil || got.CreatedAt.Before(floor) {
						t.Errorf("got %v, %v; the writer is at %v", got.CreatedAt, err, floor)
						return
					}
				}
			})
		}
		for n := range int64(300) {
			s.set(func() {
				c := s.rows["c-1"]
				c.CreatedAt = version(n)
				s.rows["c-1"] = c
			})
			processes[n%2].Forget(t.Context(), "c-1")
			forgotten.Store(n)
			if n%100 == 99 { // lets readers fill and hit for a while
				rdb.Del(t.Context(), rdb.Keys(t.Context(), "*").Val()...)
				time.Sleep(20 * time.Millisecond)
			}
		}
		done.Store(1)
		readers.Wait()
		if all[0].results()["hit"]+all[1].results()["hit"] == 0 {
			t.Error("nothing was ever read from the cache: this proved nothing")
		}
	})
}
