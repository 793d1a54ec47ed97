package middleware

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Metrics records the duration of every request by method, route and status, with
// the names of OpenTelemetry's semantic conventions.
func Metrics(meter metric.Meter) (gin.HandlerFunc, error) {
	duration, err := meter.Float64Histogram("http.server.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Requests by method, route and status; of an event stream, the time that it was open."))
	if err != nil {
		return nil, err
	}
	options := &sync.Map{} // of metric.RecordOption by labels: there are few, each is built once
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		l := labels{knownMethod(c.Request.Method), route(c), c.Writer.Status()}
		option, ok := options.Load(l)
		if !ok {
			option, _ = options.LoadOrStore(l, l.option())
		}
		duration.Record(context.WithoutCancel(c.Request.Context()), time.Since(start).Seconds(), option.(metric.RecordOption))
	}, nil
}

type labels struct {
	method, route string
	status        int
}

func (l labels) option() metric.RecordOption {
	return metric.WithAttributeSet(attribute.NewSet(
		attribute.String("http.request.method", l.method),
		attribute.String("http.route", l.route),
		attribute.Int("http.response.status_code", l.status),
	))
}

// knownMethod replaces methods that a client made up, so that they cannot add
// labels to metrics, traces and the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "_OTHER"
}
