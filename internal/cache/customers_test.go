package cache_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"countersign/collaboration"
)

func TestCustomer_IsLoadedOnce(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		c, lookups := newPatient(t, clientOf(t, url), s)
		for range 3 {
			got, err := c.Customer(t.Context(), "office-1", "c-1")
			if want := customer("office-1", "c-1"); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		}
		lookups.want(map[string]int64{"miss": 1, "hit": 2})
		otherProcess, _ := newPatient(t, clientOf(t, url), s)
		look(t, otherProcess, "office-1", "c-1", name)
		s.wantLoads(t, 1)
	})
}

func TestCustomer_OfAnotherOfficeIsNotFound(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		c, lookups := newPatient(t, clientOf(t, url), s)
		look(t, c, "office-2", "c-2", name)
		for range 2 {
			lookMissing(t, c, "office-1", "c-2")
		}
		look(t, c, "office-2", "c-2", name)
		lookups.want(map[string]int64{"miss": 3, "hit": 1})
	})
}

func TestCustomer_NotFoundIsNotCached(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		c, _ := newPatient(t, clientOf(t, url), s)
		lookMissing(t, c, "office-1", "c-3")
		s.change(func() { s.rows["c-3"] = customer("office-1", "c-3") })
		look(t, c, "office-1", "c-3", name)
		lookMissing(t, c, "office-2", "c-3")
	})
}

func TestCustomer_SourceErrorIsNotCached(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		down := &collaboration.Error{Code: collaboration.CodeUnavailable}
		s.err = down
		c, _ := newPatient(t, clientOf(t, url), s)
		if _, err := c.Customer(t.Context(), "office-1", "c-1"); !errors.Is(err, down) {
			t.Errorf("got %v", err)
		}
		s.change(func() { s.err = nil })
		look(t, c, "office-1", "c-1", name)
	})
}

func TestCustomer_EntryExpires(t *testing.T) {
	t.Parallel()
	const life = 30 * time.Second
	m := miniredis.RunT(t)
	s := newSource()
	c, _ := newPatient(t, client(t, m.Addr()), s)
	look(t, c, "office-1", "c-1", name)
	m.FastForward(life - time.Millisecond)
	look(t, c, "office-1", "c-1", name)
	s.wantLoads(t, 1)
	m.FastForward(time.Millisecond)
	look(t, c, "office-1", "c-1", name)
	s.wantLoads(t, 2)
}

// A lookup that is not completed blocks fills for five seconds.
func TestCustomer_ReservationExpires(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	s := newSource()
	c, _ := newPatient(t, client(t, m.Addr()), s)
	s.err = errors.New("canceled")
	c.Customer(t.Context(), "office-1", "c-1")
	s.change(func() { s.err = nil })
	look(t, c, "office-1", "c-1", name)
	look(t, c, "office-1", "c-1", name)
	s.wantLoads(t, 3)
	m.FastForward(5 * time.Second)
	look(t, c, "office-1", "c-1", name)
	look(t, c, "office-1", "c-1", name)
	s.wantLoads(t, 4)
}

func TestCustomer_InvalidEntryIsAMiss(t *testing.T) {
	t.Parallel()
	for description, value := range map[string]string{
		"not JSON": "{", "empty": "", "another customer": `{"ID":"c-9","OfficeID":"office-1"}`, "no fields": "{}",
	} {
		t.Run(description, func(t *testing.T) {
			m := miniredis.RunT(t)
			s := newSource()
			c, lookups := newPatient(t, client(t, m.Addr()), s)
			look(t, c, "office-1", "c-1", name)
			if len(m.Keys()) != 1 {
				t.Fatalf("keys %v", m.Keys())
			}
			m.Set(m.Keys()[0], value)
			look(t, c, "office-1", "c-1", name)
			lookups.want(map[string]int64{"miss": 2})
		})
	}
}

func TestInvalidate_IsSeenByEveryProcess(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, url string) {
		s := newSource()
		c, _ := newPatient(t, clientOf(t, url), s)
		look(t, c, "office-1", "c-1", name)
		s.rename("c-1", "new")
		canceled, cancel := context.WithCancel(t.Context())
		cancel() // the change is committed, so the caller's end must not stop it
		c.Invalidate(canceled, "c-1")
		look(t, c, "office-1", "c-1", "new")
		otherProcess, _ := newPatient(t, clientOf(t, url), s)
		look(t, otherProcess, "office-1", "c-1", "new")
	})
}

func TestCustomer_WithoutRedis(t *testing.T) {
	t.Parallel()
	s := newSource()
	c, lookups := newPatient(t, nil, s)
	look(t, c, "office-1", "c-1", name)
	s.rename("c-1", "new")
	c.Invalidate(t.Context(), "c-1")
	look(t, c, "office-1", "c-1", "new")
	lookMissing(t, c, "office-1", "c-2")
	lookups.want(map[string]int64{})
}
