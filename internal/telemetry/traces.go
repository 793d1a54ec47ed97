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

// Traces are one process's spans on their way to a collector.
type Traces struct {
	provider trace.TracerProvider
	// sending is nil where nobody asked for traces.
	sending *sdktrace.TracerProvider
}

// NewTraces sends traces where OTEL_* says. With no settings there are none.
// service is what the process is called where OTEL_SERVICE_NAME does not say.
// Shut it down last.
func NewTraces(ctx context.Context, service string, settings map[string]string, log *slog.Logger) (*Traces, error) {
	if len(settings) == 0 {
		return &Traces{provider: noop.NewTracerProvider()}, nil
	}
	if err := setUp(settings); err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	tellTrouble(log)
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", collectorError(err))
	}
	who, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", service)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	sending := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(who))
	return &Traces{sending, sending}, nil
}

// CheckTraces asks the collector whether it would take traces.
func CheckTraces(ctx context.Context, settings map[string]string) error {
	if err := setUp(settings); err != nil {
		return err
	}
	c := otlptracehttp.NewClient(otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	return collectorError(errors.Join(c.Start(ctx), c.UploadTraces(ctx, nil), c.Stop(ctx)))
}

// Tracer makes spans; name is the package that does.
func (t *Traces) Tracer(name string) trace.Tracer { return t.provider.Tracer(name) }

// Shutdown sends what is left.
func (t *Traces) Shutdown(ctx context.Context) error {
	if t.sending == nil {
		return nil
	}
	return t.sending.Shutdown(ctx)
}

// setUp puts the settings where OpenTelemetry looks for them, which is nowhere
// but in the process's environment. To some of it empty is not unset.
func setUp(settings map[string]string) error {
	// Its own log would quote settings that it cannot read, and some are secret.
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

// tellTrouble says once in a while that traces are lost: it goes on for as long
// as the collector is away.
func tellTrouble(log *slog.Logger) {
	seldom := &rate.Sometimes{First: 1, Interval: time.Minute}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		seldom.Do(func() { log.Warn("traces are lost", "error", collectorError(err).Error()) })
	}))
}

var answered = regexp.MustCompile(`\b[345]\d\d [A-Z][A-Za-z -]+\b`)

// collectorError is without what the collector said, which may be what it was
// sent: a key among the headers.
func collectorError(err error) error {
	var asked *url.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &asked):
		return asked.Err
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	}
	if status := answered.FindString(err.Error()); status != "" {
		return errors.New("the collector answers " + status)
	}
	return errors.New("the collector does not take them")
}
