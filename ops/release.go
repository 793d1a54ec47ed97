package ops

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Routing is which builds' workers are given tasks. The build "" is every
// worker that names none.
type Routing struct {
	Build string
	// Next is given Percent of all runs, where that is above zero.
	Next    string
	Percent float32
}

func (r Routing) String() string {
	if r.Percent == 0 {
		return BuildName(r.Build)
	}
	return fmt.Sprintf("%s, and %s for %v %% of all runs", BuildName(r.Build), BuildName(r.Next), r.Percent)
}

// Gives is whether a build is given any run.
func (r Routing) Gives(build string) bool {
	return build == r.Build || r.Percent > 0 && build == r.Next
}

// BuildName is for people.
func BuildName(build string) string {
	if build == "" {
		return "no build"
	}
	return build
}

// Builds is what a release needs of the engine.
type Builds interface {
	// Routing is how it is now; settled is whether every queue has heard of it.
	Routing(context.Context) (r Routing, settled bool, err error)
	// Unpolled are the queues that no worker of a build asks for tasks.
	Unpolled(ctx context.Context, build string) ([]string, error)
	Route(context.Context, Routing) error
}

// askEvery is how long a release waits between two looks.
const askEvery = 500 * time.Millisecond

// Release has a build take over all runs, those under way too, or with a
// percentage some of them. It first waits until the build's workers poll every
// queue, for as long as the context lasts, and answers when every queue has
// heard of it, or might have. before is what it was; doing it again changes nothing.
func Release(ctx context.Context, e Builds, build string, percent float32) (before Routing, err error) {
	before, _, err = e.Routing(ctx)
	if err != nil {
		return before, err
	}
	want := Routing{Build: build}
	if percent > 0 && build != before.Build {
		want = Routing{before.Build, build, percent}
	}
	if err := awaitWorkers(ctx, e, build); err != nil {
		return before, err
	}
	if want != before {
		if err := e.Route(ctx, want); err != nil {
			return before, err
		}
	}
	return before, awaitSettled(ctx, e, want)
}

// settleWithin is how long a release waits for the last queue to hear of it: the
// engine goes on telling them by itself.
const settleWithin = 30 * time.Second

func awaitSettled(ctx context.Context, e Builds, want Routing) error {
	settling, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	var now Routing
	err := await(settling, func() (_ string, err error) {
		var settled bool
		now, settled, err = e.Routing(settling)
		if err == nil && (now != want || !settled) {
			return fmt.Sprintf("not every queue knows yet (%s)", now), nil
		}
		return "", err
	})
	if now == want && settling.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

func awaitWorkers(ctx context.Context, e Builds, build string) error {
	return await(ctx, func() (string, error) {
		none, err := e.Unpolled(ctx, build)
		if err == nil && len(none) > 0 {
			return fmt.Sprintf("no worker of %s polls %s: start them, or name another build", BuildName(build), strings.Join(none, ", ")), nil
		}
		return "", err
	})
}

// await asks until nothing is missing, or the context ends.
func await(ctx context.Context, missing func() (string, error)) error {
	for {
		what, err := missing()
		if err != nil || what == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-time.After(askEvery):
		}
	}
}
