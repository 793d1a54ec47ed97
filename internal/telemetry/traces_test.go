package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"

	"countersign/internal/eventually"
	"countersign/internal/servertest"
	"countersign/internal/telemetry"
)

const key = "s3cret"

// to returns the settings for a collector.
func to(t *testing.T, url string) map[string]string {
	settings := map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=" + key, "OTEL_TRACES_SAMPLER": "", "OTEL_BSP_SCHEDULE_DELAY": "20",
	}
	for name, value := range settings {
		t.Setenv(name, value) // restored after the test
	}
	return settings
}

func traces(t *testing.T, settings map[string]string, log *slog.Logger) *telemetry.Traces {
	t.Helper()
	all, err := telemetry.NewTraces(t.Context(), "countersign-test", settings, log)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestNewTraces_WithoutSettings(t *testing.T) {
	all := traces(t, nil, quiet())
	_, span := all.Tracer("test").Start(t.Context(), "work")
	if span.IsRecording() || span.SpanContext().IsValid() {
		t.Error("a span is recorded")
	}
	var options client.Options
	if all.ConfigureClient(&options); len(options.Interceptors)+len(options.ContextPropagators) > 0 {
		t.Error("the engine's client is changed")
	}
	if err := all.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestShutdown_ExportsSpans(t *testing.T) {
	c := servertest.NewCollector(t)
	settings := to(t, c.URL)
	settings["OTEL_BSP_SCHEDULE_DELAY"] = "3600000"
	said := &bytes.Buffer{}
	all := traces(t, settings, telemetry.Logger(said, slog.LevelInfo))
	for range 3 {
		_, span := all.Tracer("test").Start(t.Context(), "work")
		span.End()
	}
	if n := len(c.Requests()); n != 0 {
		t.Fatalf("%d requests before anything was due", n)
	}
	if err := all.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.Spans(); len(got) != 3 || got[0].Service != "countersign-test" {
		t.Errorf("got %v", got)
	}
	if got := c.Requests()[0].Get("X-Key"); got != key {
		t.Errorf("the collector was shown the key %q", got)
	}
	if said.Len() > 0 { // a sampler of no name is none
		t.Errorf("it said %s", said)
	}
}

func TestNewTraces_ServiceName(t *testing.T) {
	c := servertest.NewCollector(t)
	settings := to(t, c.URL)
	settings["OTEL_SERVICE_NAME"] = "theirs"
	t.Setenv("OTEL_SERVICE_NAME", "")
	all := traces(t, settings, quiet())
	_, span := all.Tracer("test").Start(t.Context(), "work")
	span.End()
	if err := all.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.Await(t, "work").Service; got != "theirs" {
		t.Errorf("service %q", got)
	}
}

// gossip responds with the request's headers.
func gossip(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusUnauthorized)
	r.Header.Write(w)
}

func TestNewTraces_CollectorUnavailable(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	silent := make(chan struct{})
	for name, answer := range map[string]http.HandlerFunc{
		"away": nil, "silent": func(http.ResponseWriter, *http.Request) { <-silent }, "refusing": gossip,
	} {
		t.Run(name, func(t *testing.T) {
			address := closed.URL
			if answer != nil {
				server := httptest.NewServer(answer)
				t.Cleanup(server.Close)
				address = server.URL
			}
			if name == "silent" {
				t.Cleanup(func() { close(silent) })
			}
			settings, said := to(t, address), &lines{added: make(chan struct{}, 100)}
			settings["OTEL_EXPORTER_OTLP_TIMEOUT"], settings["OTEL_BSP_EXPORT_TIMEOUT"] = "50", "50"
			t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "")
			t.Setenv("OTEL_BSP_EXPORT_TIMEOUT", "")
			all := traces(t, settings, telemetry.Logger(said, slog.LevelInfo))
			for range 10_000 { // more than are kept, in many batches
				_, span := all.Tracer("test").Start(t.Context(), "work")
				span.End()
			}
			eventually.Receive(t, "the loss of traces is logged", said.added)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_ = all.Shutdown(ctx)
			if got := said.text.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "traces are lost") || strings.Contains(got, key) {
				t.Errorf("it said %s", got)
			}
		})
	}
}

// lines is a log that reports each line.
type lines struct {
	text  bytes.Buffer
	added chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	defer func() { l.added <- struct{}{} }()
	return l.text.Write(p)
}

func TestCheckTraces_ReportsStatus(t *testing.T) {
	if err := telemetry.CheckTraces(t.Context(), to(t, servertest.NewCollector(t).URL)); err != nil {
		t.Error(err)
	}
	for name, answer := range map[string]http.HandlerFunc{"refuses": gossip, "is something else": http.NotFound} {
		server := httptest.NewServer(answer)
		defer server.Close()
		err := telemetry.CheckTraces(t.Context(), to(t, server.URL))
		if err == nil || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "the collector returned 40") {
			t.Errorf("one that %s: %v", name, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := telemetry.CheckTraces(ctx, to(t, "http://127.0.0.1:1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without time: %v", err)
	}
}

func TestExtractTrace_DropsTraceState(t *testing.T) {
	h := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"somebody=anna"}, "Baggage": {"who=anna"}}
	ctx := telemetry.ExtractTrace(t.Context(), h)
	got := trace.SpanContextFromContext(ctx)
	if got.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" || !got.IsSampled() || got.TraceState().Len() > 0 {
		t.Errorf("kept %v", got)
	}
	on := http.Header{}
	if telemetry.InjectTrace(ctx, on); len(on) != 1 || on.Get("traceparent") == "" {
		t.Errorf("told %v", on)
	}
}
