package eventually_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"countersign/internal/eventually"
)

// recorder is a test with a deadline of its binary. It records its failure.
type recorder struct {
	testing.TB
	binary  time.Time
	failure string
}

func (r *recorder) Deadline() (time.Time, bool) { return r.binary, true }

func (r *recorder) Fatalf(format string, values ...any) {
	r.failure = fmt.Sprintf(format, values...)
	runtime.Goexit()
}

// failure runs do with a test binary that is close to its deadline.
func failure(t *testing.T, do func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t, binary: time.Now()}
	done := make(chan struct{})
	go func() { defer close(done); do(r) }()
	<-done
	return r.failure
}

func TestWaits_EndBeforeBinaryDeadline(t *testing.T) {
	for want, wait := range map[string]func(testing.TB){
		"waiting until it rains: it has not happened": func(t testing.TB) { eventually.True(t, "it rains", func() bool { return false }) },
		"waiting until it rains: only clouds":         func(t testing.TB) { eventually.OK(t, "it rains", func() error { return errors.New("only clouds") }) },
		"waiting until it rains: nothing was received": func(t testing.TB) {
			eventually.Receive(t, "it rains", make(chan int))
		},
	} {
		if got := failure(t, wait); got != want {
			t.Errorf("failed with %q, want %q", got, want)
		}
	}
	var err error
	failure(t, func(t testing.TB) { ctx := eventually.Context(t); <-ctx.Done(); err = ctx.Err() })
	if err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("a blocking call ends with %v", err)
	}
}

func TestWaits_ReturnTheResult(t *testing.T) {
	checks := 0
	eventually.True(t, "it was checked three times", func() bool { checks++; return checks == 3 })
	if checks != 3 {
		t.Errorf("checked %d times", checks)
	}
	results := make(chan int, 1)
	results <- 7
	if got := eventually.Receive(t, "there is a result", results); got != 7 {
		t.Errorf("received %d", got)
	}
}
