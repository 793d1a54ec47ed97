package ops

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Routing says which builds' workers receive tasks. The build "" means unversioned
// workers.
type Routing struct {
	Build string
	// Next receives Percent of all workflow executions, if Percent is above zero.
	Next    string
	Percent float32
}

func (r Routing) String() string {
	if r.Percent == 0 {
		return BuildName(r.Build)
	}
	return fmt.Sprintf("%s, and %s for %v %% of all workflow executions", BuildName(r.Build), BuildName(r.Next), r.Percent)
}

// RoutesTo reports whether a build receives any tasks.
func (r Routing) RoutesTo(build string) bool {
	return build == r.Build || r.Percent > 0 && build == r.Next
}

// BuildName returns a build's name for output.
func BuildName(build string) string {
	if build == "" {
		return "unversioned"
	}
	return build
}

// Deployments is the part of Temporal that a release uses.
type Deployments interface {
	// Routing returns the current routing. propagated is false until every task queue
	// uses it.
	Routing(context.Context) (r Routing, propagated bool, err error)
	// QueuesWithoutPollers returns the task queues that no worker of a build polls.
	QueuesWithoutPollers(ctx context.Context, build string) ([]string, error)
	SetRouting(context.Context, Routing) error
}

// pollInterval is the time between two requests of a release.
const pollInterval = 100 * time.Millisecond

// Release routes all workflow executions, including open ones, to a build; with a
// percentage, only that share. It waits until the build's workers poll every task queue,
// limited by the context, and then until the routing has propagated, limited by
// propagationTimeout. It returns the previous routing, and is idempotent.
func Release(ctx context.Context, d Deployments, build string, percent float32) (before Routing, err error) {
	before, _, err = d.Routing(ctx)
	if err != nil {
		return before, err
	}
	want := Routing{Build: build}
	if percent > 0 && build != before.Build {
		want = Routing{before.Build, build, percent}
	}
	if err := awaitWorkers(ctx, d, build); err != nil {
		return before, err
	}
	if want != before {
		if err := d.SetRouting(ctx, want); err != nil {
			return before, err
		}
	}
	return before, awaitPropagation(ctx, d, want)
}

// propagationTimeout bounds the wait for the last task queue. Temporal completes the
// propagation even if the release no longer waits.
const propagationTimeout = 30 * time.Second

func awaitPropagation(ctx context.Context, d Deployments, want Routing) error {
	waiting, cancel := context.WithTimeout(ctx, propagationTimeout)
	defer cancel()
	var now Routing
	err := await(waiting, func() (string, error) {
		current, propagated, err := d.Routing(waiting)
		if err != nil {
			return "", err // the deadline may cut the call off: now keeps the last answer
		}
		if now = current; now != want || !propagated {
			return fmt.Sprintf("the routing has not reached every task queue (%s)", now), nil
		}
		return "", nil
	})
	if now == want && waiting.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

func awaitWorkers(ctx context.Context, d Deployments, build string) error {
	return await(ctx, func() (string, error) {
		queues, err := d.QueuesWithoutPollers(ctx, build)
		if err == nil && len(queues) > 0 {
			return fmt.Sprintf("no worker of %s polls %s: start its workers or pass another --build", BuildName(build), strings.Join(queues, ", ")), nil
		}
		return "", err
	})
}

// await polls until missing returns "" or an error, or the context ends.
func await(ctx context.Context, missing func() (string, error)) error {
	for {
		reason, err := missing()
		if err != nil || reason == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", reason, ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}
