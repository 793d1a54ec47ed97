package api

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"countersign/collaboration"
	"countersign/internal/telemetry"
)

// trace begins a request's span, by its route's pattern and never its path,
// which may hold the link of an invitation. Probes have none: nobody asks how
// they went, and there are many.
func (s *Server) trace(r *http.Request, route string) (context.Context, trace.Span) {
	if route == "/healthz" || route == "/readyz" {
		return r.Context(), noop.Span{}
	}
	method := knownMethod(r.Method)
	return s.Tracer.Start(telemetry.Caller(r.Context(), r.Header), method+" "+route, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route)))
}

func endTrace(span trace.Span, r *request, status int) {
	defer span.End()
	span.SetAttributes(attribute.Int("http.response.status_code", status))
	if r.activation != "" {
		span.SetAttributes(telemetry.Activation(r.activation))
	}
	if status >= http.StatusInternalServerError {
		telemetry.Failed(span, cmp.Or(r.code, collaboration.Code(strconv.Itoa(status))))
	} else if r.code != "" {
		span.SetAttributes(attribute.String("error.type", string(r.code)))
	}
}
