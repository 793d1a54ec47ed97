package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// Telemetry is one process's metrics.
type Telemetry struct {
	provider *sdkmetric.MeterProvider
	handler  http.Handler
}

// latencySeconds are the histogram buckets of everything that is timed, from
// a local activity to a slow mail provider.
var latencySeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// New sets up a process's metrics. Shut it down last.
func New() (*Telemetry, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(exporter),
		sdkmetric.WithView(sdkmetric.NewView(
			sdkmetric.Instrument{Kind: sdkmetric.InstrumentKindHistogram},
			sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: latencySeconds}},
		)),
	)
	return &Telemetry{provider: provider, handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}, nil
}

// Meter makes instruments; name is the package that counts.
func (t *Telemetry) Meter(name string) metric.Meter { return t.provider.Meter(name) }

// Engine counts what the Temporal client and workers do.
func (t *Telemetry) Engine() client.MetricsHandler {
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: t.Meter("temporal"), UseMonotonicCounters: true,
	})
}

// Handler serves the metrics for Prometheus.
func (t *Telemetry) Handler() http.Handler { return t.handler }

// Shutdown flushes what was counted.
func (t *Telemetry) Shutdown(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Logger writes one JSON object a line.
func Logger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
