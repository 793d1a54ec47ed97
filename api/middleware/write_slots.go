package middleware

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/metric"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/internal/limit"
)

const (
	// writeSlotTimeout is how long a request waits for a slot, and the Retry-After of
	// one that got none.
	writeSlotTimeout = time.Second
	// uploadSlotTimeout is the same for an upload, which takes seconds itself.
	uploadSlotTimeout = 10 * time.Second
)

// WriteLimits bound the concurrent mutating requests of a process. Zero means no limit.
type WriteLimits struct {
	All, Office int // requests; those of one office
	Uploads     int // files, such as imports; an office has one at a time
}

// WriteSlots apply the limits. Without a bound, requests compete for the database and
// Temporal until all of them time out. Uploads hold a connection for seconds: they have
// slots of their own, so that they occupy none of the others.
type WriteSlots struct {
	limits          WriteLimits
	writes, uploads *limit.Slots
}

// NewWriteSlots returns the slots and registers the gauge of used ones.
func NewWriteSlots(l WriteLimits, meter metric.Meter) (*WriteSlots, error) {
	s := &WriteSlots{l, limit.NewSlots(l.All), limit.NewSlots(l.Uploads)}
	_, err := meter.Int64ObservableGauge("countersign.writes",
		metric.WithUnit("{request}"), metric.WithDescription("Mutating requests in progress."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(s.writes.Used() + s.uploads.Used()))
			return nil
		}))
	return s, err
}

// Acquire reserves a slot for the principal of ctx until release is called. Without a free
// slot in time it fails with CodeRateLimited. Call it after the request body was read, so
// that a slow client does not occupy a slot.
func (s *WriteSlots) Acquire(ctx context.Context) (release func(), err error) {
	return acquire(ctx, s.writes, writeSlotTimeout, s.limits.Office)
}

// AcquireUpload is Acquire for a request with a file.
func (s *WriteSlots) AcquireUpload(ctx context.Context) (release func(), err error) {
	return acquire(ctx, s.uploads, uploadSlotTimeout, min(s.limits.Uploads, 1))
}

// acquire waits for a slot. One person has half of the office's slots.
func acquire(ctx context.Context, slots *limit.Slots, timeout time.Duration, ofOffice int) (release func(), err error) {
	office, person := request.Subjects(ctx)
	shares := []limit.Share{{Subject: office, Max: ofOffice}}
	if person != office {
		shares = append(shares, limit.Share{Subject: person, Max: (ofOffice + 1) / 2})
	}
	waiting, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	release, ok := slots.Acquire(waiting, shares...)
	if !ok {
		return nil, problem.RateLimited(timeout)
	}
	return release, nil
}
