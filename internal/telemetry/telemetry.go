package telemetry

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
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
	registry *prometheus.Registry
}

// latencySeconds are the histogram buckets of everything that is timed, from
// a local activity to a slow mail provider.
var latencySeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// waitedSeconds are those of what people take their time for: minutes to a month.
var waitedSeconds = []float64{60, 600, 3600, 6 * 3600, 86400, 2 * 86400, 3 * 86400, 7 * 86400, 14 * 86400, 30 * 86400}

// Waited is how the name of a histogram ends that counts people's time.
const Waited = ".waited"

// New sets up a process's metrics. Shut it down last.
func New() (*Telemetry, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(exporter),
		sdkmetric.WithView(buckets),
	)
	return &Telemetry{provider: provider, registry: registry}, nil
}

// buckets are a histogram's, by what it times.
func buckets(i sdkmetric.Instrument) (sdkmetric.Stream, bool) {
	if i.Kind != sdkmetric.InstrumentKindHistogram {
		return sdkmetric.Stream{}, false
	}
	bounds := latencySeconds
	if strings.HasSuffix(i.Name, Waited) {
		bounds = waitedSeconds
	}
	return sdkmetric.Stream{Name: i.Name, Description: i.Description, Unit: i.Unit, Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: bounds}}, true
}

// Meter makes instruments; name is the package that counts.
func (t *Telemetry) Meter(name string) metric.Meter { return t.provider.Meter(name) }

// Engine counts what the Temporal client and workers do.
func (t *Telemetry) Engine() client.MetricsHandler {
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: t.Meter("temporal"), UseMonotonicCounters: true,
	})
}

// Pool counts a database's connections, and how long it took to get one.
func (t *Telemetry) Pool(name string, pool *sql.DB) error {
	return t.registry.Register(collectors.NewDBStatsCollector(pool, name))
}

// Handler serves the metrics for Prometheus.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{})
}

// Shutdown flushes what was counted.
func (t *Telemetry) Shutdown(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Logger writes one JSON object a line.
func Logger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
