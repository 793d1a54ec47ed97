package eventually

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Deadline is how long a wait lasts at most.
const Deadline = 3 * time.Minute

const (
	// firstPause and longestPause bound the time between two checks. The pause
	// grows, because checks of a busy server take processor time from it.
	firstPause   = 2 * time.Millisecond
	longestPause = 100 * time.Millisecond

	// reserve is left of the test binary's own deadline, for the tests' cleanup.
	reserve = 20 * time.Second
)

var errNotYet = errors.New("it has not happened")

// True waits until check returns true. It fails the test at the deadline; what
// completes the sentence "waiting until …".
func True(t testing.TB, what string, check func() bool) {
	t.Helper()
	OK(t, what, func() error {
		if check() {
			return nil
		}
		return errNotYet
	})
}

// OK waits until check returns nil. It fails the test at the deadline, with the
// last error of check.
func OK(t testing.TB, what string, check func() error) {
	t.Helper()
	end := deadline(t)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waiting until %s: %v", what, err)
		}
		time.Sleep(pause)
	}
}

// Receive waits for the next value of a channel, or for its end.
func Receive[T any](t testing.TB, what string, from <-chan T) (value T) {
	t.Helper()
	timer := time.NewTimer(time.Until(deadline(t)))
	defer timer.Stop()
	select {
	case value = <-from:
	case <-timer.C:
		t.Fatalf("waiting until %s: nothing was received", what)
	}
	return value
}

// Context ends at the deadline, for calls that block. It also ends with the test.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithDeadline(t.Context(), deadline(t))
	t.Cleanup(cancel)
	return ctx
}

func deadline(t testing.TB) time.Time {
	end := time.Now().Add(Deadline)
	if limited, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if binary, set := limited.Deadline(); set && binary.Add(-reserve).Before(end) {
			return binary.Add(-reserve)
		}
	}
	return end
}
