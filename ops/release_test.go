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

// deployment fakes a worker deployment. Its workers start polling some time after the
// test starts, and its task queues use a new routing some time after the change.
type deployment struct {
	now          ops.Routing
	pollingFrom  time.Time
	propagation  time.Duration
	propagatedAt time.Time
	callTime     time.Duration // of each call of Routing
	changes      []ops.Routing
}

const delay = 3 * time.Second

func (d *deployment) Routing(ctx context.Context) (ops.Routing, bool, error) {
	select {
	case <-ctx.Done():
		return ops.Routing{}, false, ctx.Err()
	case <-time.After(d.callTime):
	}
	return d.now, !time.Now().Before(d.propagatedAt), nil
}

func (d *deployment) QueuesWithoutPollers(_ context.Context, build string) ([]string, error) {
	if build == "without-workers" || time.Now().Before(d.pollingFrom) {
		return []string{"mail"}, nil
	}
	return nil, nil
}

func (d *deployment) SetRouting(_ context.Context, r ops.Routing) error {
	d.now, d.propagatedAt = r, time.Now().Add(d.propagation)
	d.changes = append(d.changes, r)
	return nil
}

func TestRelease_WaitsForWorkersAndPropagation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		before  ops.Routing
		build   string
		percent float32
		want    []ops.Routing
		takes   time.Duration
	}{
		{"first release", ops.Routing{}, "1", 0, []ops.Routing{{Build: "1"}}, 2 * delay},
		{"next release", ops.Routing{Build: "1"}, "2", 0, []ops.Routing{{Build: "2"}}, 2 * delay},
		{"same build again", ops.Routing{Build: "1"}, "1", 0, nil, delay},
		{"percentage", ops.Routing{Build: "1"}, "2", 10, []ops.Routing{{Build: "1", Next: "2", Percent: 10}}, 2 * delay},
		{"percentage again", ops.Routing{Build: "1", Next: "2", Percent: 10}, "2", 10, nil, delay},
		{"percentage to all", ops.Routing{Build: "1", Next: "2", Percent: 10}, "2", 0, []ops.Routing{{Build: "2"}}, 2 * delay},
		{"percentage to none", ops.Routing{Build: "1", Next: "2", Percent: 10}, "1", 0, []ops.Routing{{Build: "1"}}, 2 * delay},
		{"percentage of the current build", ops.Routing{Build: "1"}, "1", 10, nil, delay},
		{"unversioned workers", ops.Routing{Build: "1"}, "", 0, []ops.Routing{{}}, 2 * delay},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				d := &deployment{now: tt.before, pollingFrom: start.Add(delay), propagation: delay}
				before, err := ops.Release(t.Context(), d, tt.build, tt.percent)
				if err != nil || before != tt.before || !slices.Equal(d.changes, tt.want) || time.Since(start) != tt.takes {
					t.Errorf("%v, before %v, changes %v, want %v, after %s, want %s", err, before, d.changes, tt.want, time.Since(start), tt.takes)
				}
			})
		})
	}
}

// Temporal completes the propagation without the command.
func TestRelease_StopsWaitingForSlowPropagation(t *testing.T) {
	t.Parallel()
	for name, callTime := range map[string]time.Duration{"quick calls": 0, "deadline in a call": 7 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &deployment{propagation: time.Hour, callTime: callTime}
				start := time.Now()
				if _, err := ops.Release(t.Context(), d, "1", 0); err != nil || time.Since(start) > time.Minute || d.now.Build != "1" {
					t.Errorf("%v, after %s, now %s", err, time.Since(start), d.now)
				}
			})
		})
	}
}

func TestRelease_RejectsBuildWithoutWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		d := &deployment{now: ops.Routing{Build: "1"}}
		_, err := ops.Release(ctx, d, "without-workers", 0)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no worker of without-workers polls mail") || len(d.changes) > 0 {
			t.Errorf("%v, changes %v", err, d.changes)
		}
	})
}

func TestRoutesTo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		routing ops.Routing
		build   string
		want    bool
	}{
		{ops.Routing{}, "", true}, {ops.Routing{}, "1", false},
		{ops.Routing{Build: "1"}, "1", true}, {ops.Routing{Build: "1"}, "", false},
		{ops.Routing{Build: "1", Next: "2", Percent: 10}, "2", true}, {ops.Routing{Build: "1", Next: "2", Percent: 10}, "3", false},
		{ops.Routing{Build: "1", Percent: 10}, "", true}, // a ramp to unversioned workers
	} {
		if got := tt.routing.RoutesTo(tt.build); got != tt.want {
			t.Errorf("%s routes to %q: %t", tt.routing, tt.build, got)
		}
	}
}
