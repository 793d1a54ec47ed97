package bench_test

import (
	"context"
	"log/slog"
	"sync"
)

// recorded tells when a step is done: of the product, by what it logs once the step
// is committed; of others, by their own word.
type recorded struct {
	slog.Handler
	mu    sync.Mutex
	steps map[step]chan struct{}
}

type step struct{ id, action string }

func newRecorded(h slog.Handler) *recorded {
	return &recorded{Handler: h, steps: map[step]chan struct{}{}}
}

// Handle also does what a log costs.
func (r *recorded) Handle(ctx context.Context, line slog.Record) error {
	if line.Message == "recorded" {
		var s step
		line.Attrs(func(a slog.Attr) bool {
			switch a.Key {
			case "activation":
				s.id = a.Value.String()
			case "action":
				s.action = a.Value.String()
			}
			return true
		})
		r.tell(s)
	}
	return r.Handler.Handle(ctx, line)
}

// tell is for a step that is done once; of letters there are several, for which
// nobody waits.
func (r *recorded) tell(s step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.of(s):
	default:
		close(r.of(s))
	}
}

// done is closed when the step is done; it may be asked for before or after.
func (r *recorded) done(s step) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of(s)
}

func (r *recorded) of(s step) chan struct{} {
	if r.steps[s] == nil {
		r.steps[s] = make(chan struct{})
	}
	return r.steps[s]
}
