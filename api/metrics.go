package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics are what the API counts of itself. HTTP's are named as OpenTelemetry's
// conventions have it.
type metrics struct {
	requests      metric.Float64Histogram
	sessionErrors metric.Int64Counter
	known         *sync.Map // what requests are counted by, of each counted
}

func newMetrics(meter metric.Meter, s *Server) (m metrics, err error) {
	var errs [4]error
	m.known = &sync.Map{}
	m.requests, errs[0] = meter.Float64Histogram("http.server.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Requests by method, route and status; a stream's is as long as it was open."))
	m.sessionErrors, errs[1] = meter.Int64Counter("countersign.session.errors",
		metric.WithUnit("{error}"), metric.WithDescription("Requests whose session could not be read or kept."))
	_, errs[2] = meter.Int64ObservableGauge("countersign.streams",
		metric.WithUnit("{stream}"), metric.WithDescription("Pages and programs that are following an activation."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error { o.Observe(s.streams.Load()); return nil }))
	_, errs[3] = meter.Int64ObservableGauge("countersign.writes",
		metric.WithUnit("{request}"), metric.WithDescription("Requests that are changing something."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error { o.Observe(s.writes.Load()); return nil }))
	if err := errors.Join(errs[:]...); err != nil {
		return m, err
	}
	m.sessionErrors.Add(context.Background(), 0) // so that the first one is seen as one more
	return m, nil
}

// count counts a request by its route's pattern and never its path, which may
// hold the link of an invitation.
func (m metrics) count(ctx context.Context, method, route string, status int, took time.Duration) {
	of := counted{knownMethod(method), route, status}
	option, known := m.known.Load(of)
	if !known {
		option, _ = m.known.LoadOrStore(of, metric.WithAttributeSet(attribute.NewSet(
			attribute.String("http.request.method", of.method),
			attribute.String("http.route", route),
			attribute.Int("http.response.status_code", status),
		)))
	}
	m.requests.Record(ctx, took.Seconds(), option.(metric.RecordOption))
}

// counted is what a request is counted by. There are few of them: each is built once.
type counted struct {
	method, route string
	status        int
}

// knownMethod keeps what a caller makes up out of metrics, traces and the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "_OTHER"
}
