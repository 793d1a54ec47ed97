package ops_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/ops"
)

// builds is an engine whose workers come a while after the test began, and whose
// queues hear of a change a while after it was made.
type builds struct {
	now     ops.Routing
	come    time.Time
	takes   time.Duration // until settled
	settled time.Time
	routed  []ops.Routing
}

const aWhile = 3 * time.Second

func (b *builds) Routing(context.Context) (ops.Routing, bool, error) {
	return b.now, !time.Now().Before(b.settled), nil
}

func (b *builds) Unpolled(_ context.Context, build string) ([]string, error) {
	if build == "nobody's" || time.Now().Before(b.come) {
		return []string{"mail"}, nil
	}
	return nil, nil
}

func (b *builds) Route(_ context.Context, r ops.Routing) error {
	b.now, b.settled = r, time.Now().Add(b.takes)
	b.routed = append(b.routed, r)
	return nil
}

func TestRelease(t *testing.T) {
	for _, tt := range []struct {
		name    string
		before  ops.Routing
		build   string
		percent float32
		want    []ops.Routing
		takes   time.Duration
	}{
		{"the first", ops.Routing{}, "1", 0, []ops.Routing{{Build: "1"}}, 2 * aWhile},
		{"the next", ops.Routing{Build: "1"}, "2", 0, []ops.Routing{{Build: "2"}}, 2 * aWhile},
		{"the same again", ops.Routing{Build: "1"}, "1", 0, nil, aWhile},
		{"for some runs", ops.Routing{Build: "1"}, "2", 10, []ops.Routing{{Build: "1", Next: "2", Percent: 10}}, 2 * aWhile},
		{"for some runs again", ops.Routing{Build: "1", Next: "2", Percent: 10}, "2", 10, nil, aWhile},
		{"for all of them", ops.Routing{Build: "1", Next: "2", Percent: 10}, "2", 0, []ops.Routing{{Build: "2"}}, 2 * aWhile},
		{"for none after all", ops.Routing{Build: "1", Next: "2", Percent: 10}, "1", 0, []ops.Routing{{Build: "1"}}, 2 * aWhile},
		{"for some, of its own", ops.Routing{Build: "1"}, "1", 10, nil, aWhile},
		{"workers without a build", ops.Routing{Build: "1"}, "", 0, []ops.Routing{{}}, 2 * aWhile},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				b := &builds{now: tt.before, come: began.Add(aWhile), takes: aWhile}
				before, err := ops.Release(t.Context(), b, tt.build, tt.percent)
				if err != nil || before != tt.before || !slices.Equal(b.routed, tt.want) || time.Since(began) != tt.takes {
					t.Errorf("%v, before %v, told %v, want %v, after %s, want %s", err, before, b.routed, tt.want, time.Since(began), tt.takes)
				}
			})
		})
	}
}

// The engine tells its queues by itself: who has waited for a while is let go.
func TestReleaseThatDoesNotSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &builds{takes: time.Hour}
		began := time.Now()
		if _, err := ops.Release(t.Context(), b, "1", 0); err != nil || time.Since(began) > time.Minute || b.now.Build != "1" {
			t.Errorf("%v, after %s, now %s", err, time.Since(began), b.now)
		}
	})
}

// What nobody works for is not released, and who waits is told why.
func TestReleaseOfNobodys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		b := &builds{now: ops.Routing{Build: "1"}}
		_, err := ops.Release(ctx, b, "nobody's", 0)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no worker of nobody's polls mail") || len(b.routed) > 0 {
			t.Errorf("%v, told %v", err, b.routed)
		}
	})
}

func TestWhoIsGivenRuns(t *testing.T) {
	for _, tt := range []struct {
		routing ops.Routing
		build   string
		want    bool
	}{
		{ops.Routing{}, "", true}, {ops.Routing{}, "1", false},
		{ops.Routing{Build: "1"}, "1", true}, {ops.Routing{Build: "1"}, "", false},
		{ops.Routing{Build: "1", Next: "2", Percent: 10}, "2", true}, {ops.Routing{Build: "1", Next: "2", Percent: 10}, "3", false},
		{ops.Routing{Build: "1", Percent: 10}, "", true}, // back to workers without a build
	} {
		if got := tt.routing.Gives(tt.build); got != tt.want {
			t.Errorf("%s gives %q runs: %t", tt.routing, tt.build, got)
		}
	}
}
