package cache_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"countersign/collaboration"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

func TestHitsAndMisses(t *testing.T) {
	eachServer(t, func(t *testing.T, rdb *redis.Client) {
		s := newSource()
		c, lookups := newPatient(t, rdb, s)
		for range 3 {
			got, err := c.Customer(t.Context(), "office-1", "c-1")
			if want := customer("office-1", "c-1"); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		}
		lookups.want(map[string]int64{"miss": 1, "hit": 2})
		if s.count() != 1 {
			t.Errorf("%d loads", s.count())
		}
		other, _ := newPatient(t, rdb, s) // another process
		look(t, other, "office-1", "c-1", name)
		if s.count() != 1 {
			t.Error("what one process loaded is not there for another")
		}
	})
}

func TestNobodySeesAnotherOfficesCustomer(t *testing.T) {
	eachServer(t, func(t *testing.T, rdb *redis.Client) {
		s := newSource()
		c, lookups := newPatient(t, rdb, s)
		lookMissing(t, c, "office-1", "c-2") // before it is cached: loaded
		look(t, c, "office-2", "c-2", name)  // its own office is not poisoned
		look(t, c, "office-2", "c-2", name)  // and it is cached
		lookMissing(t, c, "office-1", "c-2") // still nothing for the other one
		lookMissing(t, c, "office-3", "c-2") // nor for a third
		lookups.want(map[string]int64{"miss": 2, "hit": 1, "negative_hit": 2})
		if s.count() != 2 {
			t.Errorf("%d loads", s.count())
		}
	})
}

func TestNegativeEntriesArePerOfficeAndForgotten(t *testing.T) {
	eachServer(t, func(t *testing.T, rdb *redis.Client) {
		s := newSource()
		c, lookups := newPatient(t, rdb, s)
		for _, office := range []string{"office-1", "office-2", "office-1", "office-2"} {
			lookMissing(t, c, office, "c-3")
		}
		lookups.want(map[string]int64{"miss": 2, "negative_hit": 2})
		s.set(func() { s.rows["c-3"] = customer("office-1", "c-3") })
		c.Forget(t.Context(), "c-3")
		look(t, c, "office-1", "c-3", name)
		lookMissing(t, c, "office-2", "c-3")
	})
}

func TestLifetimes(t *testing.T) {
	m := miniredis.RunT(t)
	s := newSource()
	c, _ := newPatient(t, client(t, m.Addr()), s)
	lives := func(office, id string, life time.Duration) {
		t.Helper()
		before := s.count()
		c.Customer(t.Context(), office, id)
		m.FastForward(life - time.Millisecond)
		c.Customer(t.Context(), office, id)
		if s.count() != before+1 {
			t.Errorf("%s was gone before %v", id, life)
		}
		m.FastForward(time.Millisecond)
		c.Customer(t.Context(), office, id)
		if s.count() != before+2 {
			t.Errorf("%s was still there after %v", id, life)
		}
	}
	lives("office-1", "c-1", time.Minute)
	lives("office-1", "c-3", 5*time.Second)

	// A second office does not prolong the first one's.
	m.FlushAll()
	lookMissing(t, c, "office-1", "c-3")
	m.FastForward(4 * time.Second)
	lookMissing(t, c, "office-2", "c-3")
	m.FastForward(time.Second)
	before := s.count()
	lookMissing(t, c, "office-1", "c-3")
	if s.count() != before+1 {
		t.Error("a negative entry lived longer than 5 s")
	}
	for _, key := range m.Keys() {
		if m.TTL(key) <= 0 {
			t.Errorf("%s never expires", key)
		}
	}
}

func TestForget(t *testing.T) {
	eachServer(t, func(t *testing.T, rdb *redis.Client) {
		s := newSource()
		c, _ := newPatient(t, rdb, s)
		look(t, c, "office-1", "c-1", name)
		s.rename("c-1", "new")
		gone, cancel := context.WithCancel(t.Context())
		cancel() // the writer's caller has hung up: it must be forgotten all the same
		c.Forget(gone, "c-1")
		look(t, c, "office-1", "c-1", "new")
		other, _ := newPatient(t, rdb, s) // another process
		look(t, other, "office-1", "c-1", "new")
	})
}

func TestCorruptEntryIsAMissAndReplaced(t *testing.T) {
	for what, value := range map[string]string{
		"not JSON": "{", "empty": "", "another customer": `{"ID":"c-9","OfficeID":"office-1"}`, "nothing in it": "{}",
	} {
		m := miniredis.RunT(t)
		s := newSource()
		c, lookups := newPatient(t, client(t, m.Addr()), s)
		look(t, c, "office-1", "c-1", name)
		if len(m.Keys()) != 1 {
			t.Fatalf("keys %v", m.Keys())
		}
		m.Set(m.Keys()[0], value)
		look(t, c, "office-1", "c-1", name)
		look(t, c, "office-1", "c-1", name)
		if s.count() != 2 {
			t.Errorf("%s: %d loads", what, s.count())
		}
		lookups.want(map[string]int64{"miss": 2, "hit": 1})
	}
}

func TestOtherErrorsAreNotKept(t *testing.T) {
	eachServer(t, func(t *testing.T, rdb *redis.Client) {
		s := newSource()
		down := &collaboration.Error{Code: collaboration.CodeUnavailable}
		s.err = down
		c, _ := newPatient(t, rdb, s)
		if _, err := c.Customer(t.Context(), "office-1", "c-1"); !errors.Is(err, down) {
			t.Errorf("got %v", err)
		}
		s.set(func() { s.err = nil })
		look(t, c, "office-1", "c-1", name)
	})
}

func TestSourcesPanicIsAnError(t *testing.T) {
	s := newSource()
	s.after = func(context.Context) { panic("broken row") }
	c, _ := newPatient(t, nil, s)
	if _, err := c.Customer(t.Context(), "office-1", "c-1"); collaboration.CodeOf(err) != collaboration.CodeInternal {
		t.Errorf("got %v", err)
	}
}

func TestWithoutRedis(t *testing.T) {
	s := newSource()
	c, lookups := newPatient(t, nil, s)
	look(t, c, "office-1", "c-1", name)
	s.rename("c-1", "new")
	c.Forget(t.Context(), "c-1")
	look(t, c, "office-1", "c-1", "new")
	lookMissing(t, c, "office-1", "c-2")
	lookups.want(map[string]int64{})
}
