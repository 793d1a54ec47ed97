package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"golang.org/x/time/rate"
)

// Traces exports the spans of a process to a collector.
type Traces struct {
	provider trace.TracerProvider
	// exporting is nil if traces are not configured.
	exporting *sdktrace.TracerProvider
}

// NewTraces exports traces according to the OTEL_* settings, or none without settings.
// service is the default of OTEL_SERVICE_NAME. Call Shutdown last.
func NewTraces(ctx context.Context, service string, settings map[string]string, log *slog.Logger) (*Traces, error) {
	if len(settings) == 0 {
		return &Traces{provider: noop.NewTracerProvider()}, nil
	}
	if err := setEnvironment(settings); err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	logExportErrors(log)
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", collectorError(err))
	}
	attributes, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", service)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	exporting := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(attributes))
	return &Traces{exporting, exporting}, nil
}

// CheckTraces sends the collector an empty export.
func CheckTraces(ctx context.Context, settings map[string]string) error {
	if err := setEnvironment(settings); err != nil {
		return err
	}
	c := otlptracehttp.NewClient(otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	return collectorError(errors.Join(c.Start(ctx), c.UploadTraces(ctx, nil), c.Stop(ctx)))
}

// Tracer returns the tracer of a package.
func (t *Traces) Tracer(name string) trace.Tracer { return t.provider.Tracer(name) }

// Shutdown exports the remaining spans.
func (t *Traces) Shutdown(ctx context.Context) error {
	if t.exporting == nil {
		return nil
	}
	return t.exporting.Shutdown(ctx)
}

// setEnvironment copies the settings to the process's environment, from which OpenTelemetry
// reads them. It unsets empty ones, because some of its code treats empty as set.
func setEnvironment(settings map[string]string) error {
	// OpenTelemetry's log would contain invalid settings, which may be secret.
	otel.SetLogger(logr.Discard())
	for name, value := range settings {
		err := os.Setenv(name, value)
		if value == "" {
			err = os.Unsetenv(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// logExportErrors logs failed exports at most once a minute.
func logExportErrors(log *slog.Logger) {
	limited := &rate.Sometimes{First: 1, Interval: time.Minute}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		limited.Do(func() { log.Warn("traces are lost", "error", collectorError(err).Error()) })
	}))
}

var statusPattern = regexp.MustCompile(`\b[345]\d\d [A-Z][A-Za-z -]+\b`)

// collectorError omits the collector's response, which may repeat the request with a key
// in its headers.
func collectorError(err error) error {
	var urlErr *url.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &urlErr):
		return urlErr.Err
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	}
	if status := statusPattern.FindString(err.Error()); status != "" {
		return errors.New("the collector returned " + status)
	}
	return errors.New("the collector rejected the traces")
}
