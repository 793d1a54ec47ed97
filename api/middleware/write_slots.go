package middleware

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"golang.org/x/sync/semaphore"

	"countersign/api/problem"
)

// writeSlotTimeout is how long a request waits for a slot, and the Retry-After of
// one that got none.
const writeSlotTimeout = time.Second

// WriteSlots bounds the concurrent mutating requests of a process. Without a bound,
// requests compete for the database and Temporal until all of them time out.
type WriteSlots struct {
	slots *semaphore.Weighted // nil for no bound
	used  atomic.Int64
}

// NewWriteSlots returns n slots, or no bound if n is zero, and registers the gauge
// of used ones.
func NewWriteSlots(n int, meter metric.Meter) (*WriteSlots, error) {
	s := &WriteSlots{}
	if n > 0 {
		s.slots = semaphore.NewWeighted(int64(n))
	}
	_, err := meter.Int64ObservableGauge("countersign.writes",
		metric.WithUnit("{request}"), metric.WithDescription("Mutating requests in progress."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error { o.Observe(s.used.Load()); return nil }))
	return s, err
}

// Acquire reserves a slot until release is called. Without a free slot within
// writeSlotTimeout it fails with CodeRateLimited. Call it after the request body was
// read, so that a slow client does not occupy a slot.
func (s *WriteSlots) Acquire(ctx context.Context) (release func(), err error) {
	if s.slots == nil {
		return func() {}, nil
	}
	waiting, cancel := context.WithTimeout(ctx, writeSlotTimeout)
	defer cancel()
	if s.slots.Acquire(waiting, 1) != nil {
		return nil, problem.RateLimited(writeSlotTimeout)
	}
	s.used.Add(1)
	return func() {
		s.used.Add(-1)
		s.slots.Release(1)
	}, nil
}
