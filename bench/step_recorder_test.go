package bench_test

import (
	"context"
	"log/slog"
	"sync"
)

// stepRecorder signals when a step is complete. As a log handler, it recognizes a
// step of the product by the record that the product logs after the commit. The
// baseline calls complete.
type stepRecorder struct {
	slog.Handler
	mu    sync.Mutex
	steps map[step]chan struct{} // closed when the step is complete
}

type step struct{ id, action string }

func newStepRecorder(h slog.Handler) *stepRecorder {
	return &stepRecorder{Handler: h, steps: map[step]chan struct{}{}}
}

// Handle passes the record on, so that the measured time includes logging.
func (r *stepRecorder) Handle(ctx context.Context, record slog.Record) error {
	if record.Message == "recorded" {
		var s step
		record.Attrs(func(a slog.Attr) bool {
			switch a.Key {
			case "activation":
				s.id = a.Value.String()
			case "action":
				s.action = a.Value.String()
			}
			return true
		})
		r.complete(s)
	}
	return r.Handler.Handle(ctx, record)
}

// complete marks a step as complete. It has no effect on a repeated step: an activation
// sends several notifications.
func (r *stepRecorder) complete(s step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	completed := r.channel(s)
	select {
	case <-completed:
	default:
		close(completed)
	}
}

// completed returns a channel that is closed when the step is complete. The caller may
// call it before or after that.
func (r *stepRecorder) completed(s step) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.channel(s)
}

func (r *stepRecorder) channel(s step) chan struct{} {
	if r.steps[s] == nil {
		r.steps[s] = make(chan struct{})
	}
	return r.steps[s]
}
