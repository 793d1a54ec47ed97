package sse

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/metric"

	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/limit"
)

// Config has the limits of all streams of a process.
type Config struct {
	Poll      time.Duration // between two polls of an active stream
	Heartbeat time.Duration // of an idle stream
	// Open streams: all, those of one office, and those of one person; zero for no limit.
	Max, MaxOffice, MaxPerson int
	Draining                  <-chan struct{}
	Meter                     metric.Meter
}

// Streams are the open streams of a process.
type Streams struct {
	config Config
	open   *limit.Slots
}

// New returns streams with these limits and registers the gauge of open ones.
func New(c Config) (*Streams, error) {
	s := &Streams{config: c, open: limit.NewSlots(c.Max)}
	_, err := c.Meter.Int64ObservableGauge("countersign.streams",
		metric.WithUnit("{stream}"), metric.WithDescription("Open event streams."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error { o.Observe(int64(s.open.Used())); return nil }))
	return s, err
}

// Admit reserves a place for a stream of the principal of ctx until release is called.
// Without a free place it fails with CodeRateLimited.
func (s *Streams) Admit(ctx context.Context) (release func(), err error) {
	office, person := request.Subjects(ctx)
	release, ok := s.open.TryAcquire(limit.Share{Subject: office, Max: s.config.MaxOffice}, limit.Share{Subject: person, Max: s.config.MaxPerson})
	if !ok {
		return nil, &collaboration.Error{Code: collaboration.CodeRateLimited, RetryAfter: 5 * time.Second}
	}
	return release, nil
}

// Open returns a stream that writes to w.
func (s *Streams) Open(w http.ResponseWriter) *Stream {
	return &Stream{config: s.config, w: w, control: http.NewResponseController(w), lastNews: time.Now()}
}
