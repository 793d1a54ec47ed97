package sse

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"

	"countersign/collaboration"
)

// Config has the limits of all streams of a process.
type Config struct {
	Poll      time.Duration // between two polls of an active stream
	Heartbeat time.Duration // of an idle stream
	Max       int           // open streams
	Draining  <-chan struct{}
	Meter     metric.Meter
}

// Streams are the open streams of a process.
type Streams struct {
	config Config
	open   atomic.Int64
}

// New returns streams with these limits and registers the gauge of open ones.
func New(c Config) (*Streams, error) {
	s := &Streams{config: c}
	_, err := c.Meter.Int64ObservableGauge("countersign.streams",
		metric.WithUnit("{stream}"), metric.WithDescription("Open event streams."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error { o.Observe(s.open.Load()); return nil }))
	return s, err
}

// Admit reserves a place for one stream until release is called. Without a free
// place it fails with CodeRateLimited.
func (s *Streams) Admit() (release func(), err error) {
	release = func() { s.open.Add(-1) }
	if s.open.Add(1) > int64(s.config.Max) {
		release()
		return nil, &collaboration.Error{Code: collaboration.CodeRateLimited, RetryAfter: 5 * time.Second}
	}
	return release, nil
}

// Open returns a stream that writes to w.
func (s *Streams) Open(w http.ResponseWriter) *Stream {
	return &Stream{config: s.config, w: w, control: http.NewResponseController(w), lastNews: time.Now()}
}
