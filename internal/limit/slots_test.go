package limit_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/limit"
)

// take acquires a slot without a wait.
func take(t *testing.T, s *limit.Slots, wantOK bool, shares ...limit.Share) (release func()) {
	t.Helper()
	release, ok := s.TryAcquire(shares...)
	if ok != wantOK {
		t.Errorf("%v: got %t with %d slots in use", shares, ok, s.Used())
	}
	return release
}

// A subject has no more than its share, also while other slots are free.
func TestSlots_Shares(t *testing.T) {
	t.Parallel()
	s := limit.NewSlots(4)
	a, b := limit.Share{Subject: "office a", Max: 3}, limit.Share{Subject: "office b", Max: 3}
	maja, nils := limit.Share{Subject: "maja", Max: 2}, limit.Share{Subject: "nils", Max: 2}
	first := take(t, s, true, a, maja)
	take(t, s, true, a, maja)
	take(t, s, false, a, maja)
	take(t, s, true, a, nils)
	take(t, s, false, a, nils)
	take(t, s, true, b, limit.Share{Subject: "other"})
	take(t, s, false, b, limit.Share{Subject: "other"})
	first()
	take(t, s, true, a, maja)
	if s.Used() != 4 {
		t.Errorf("%d slots in use", s.Used())
	}
}

// Each subject has its own slots. A caller waits for a while.
func TestShares_BoundEachSubject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := limit.NewShares(2, time.Second)
		release, ok := s.Acquire(t.Context(), "office a")
		_, again := s.Acquire(t.Context(), "office a")
		began := time.Now()
		if _, third := s.Acquire(t.Context(), "office a"); !ok || !again || third || time.Since(began) != time.Second {
			t.Errorf("%t, %t, then %t after %s", ok, again, third, time.Since(began))
		}
		began = time.Now()
		if _, ok := s.Acquire(t.Context(), "office b"); !ok || time.Since(began) != 0 {
			t.Errorf("another office: %t after %s", ok, time.Since(began))
		}
		time.AfterFunc(time.Second/2, release)
		if _, ok := s.Acquire(t.Context(), "office a"); !ok || time.Since(began) != time.Second/2 {
			t.Errorf("after a release: %t after %s", ok, time.Since(began))
		}
	})
}

func TestSlots_WithoutBound(t *testing.T) {
	t.Parallel()
	s := limit.NewSlots(0)
	for range 100 {
		take(t, s, true, limit.Share{Subject: "office a"})
	}
}

// The subjects that wait take turns: a hundred waiting requests of one do not delay
// another's.
func TestSlots_WaitersTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := limit.NewSlots(1)
		var order []string
		release := take(t, s, true, limit.Share{Subject: "a"})
		for _, office := range []string{"a", "a", "a", "b", "b", "c"} {
			go func() {
				release, ok := s.Acquire(t.Context(), limit.Share{Subject: office})
				if !ok {
					t.Error("no slot")
				}
				order = append(order, office)
				time.Sleep(time.Second)
				release()
			}()
			synctest.Wait()
		}
		release()
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := []string{"b", "c", "a", "b", "a", "a"}; !slices.Equal(order, want) {
			t.Errorf("got %v, want %v", order, want)
		}
		if s.Used() != 0 {
			t.Errorf("%d slots in use", s.Used())
		}
	})
}

// A wait that ends leaves no slot behind.
func TestSlots_WaitEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := limit.NewSlots(1)
		release := take(t, s, true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, ok := s.Acquire(ctx); ok {
			t.Error("a second slot")
		}
		release()
		take(t, s, true)()
	})
}

// endsOnGrant is a context that ends at the instant at which another caller's release grants
// the slot that Acquire waits for.
type endsOnGrant struct {
	context.Context
	release func()
}

func (c endsOnGrant) Done() <-chan struct{} {
	c.release()
	done := make(chan struct{})
	close(done)
	return done
}

// A slot that is granted while the wait ends belongs to the caller, so that it is released.
func TestSlots_GrantedAsWaitEnds(t *testing.T) {
	t.Parallel()
	for range 100 { // the select statement chooses at random
		s := limit.NewSlots(1)
		release, ok := s.Acquire(endsOnGrant{t.Context(), take(t, s, true)})
		if !ok {
			t.Fatalf("no slot, and %d in use", s.Used())
		}
		if release(); s.Used() != 0 {
			t.Fatalf("%d slots are lost", s.Used())
		}
	}
}

// Subjects without slots and without waiting callers take no memory.
func TestSlots_ForgetIdleSubjects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := limit.NewSlots(1)
		for _, subject := range []string{"a", "b", "c"} {
			release := take(t, s, true, limit.Share{Subject: subject})
			waits := make(chan struct{})
			go func() {
				defer close(waits)
				if release, ok := s.Acquire(t.Context(), limit.Share{Subject: subject + " waits"}); ok {
					release()
				}
			}()
			synctest.Wait()
			release()
			<-waits
		}
		if n := s.Subjects(); n != 0 {
			t.Errorf("%d subjects are left", n)
		}
	})
}
