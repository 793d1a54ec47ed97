package telemetry

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"countersign/collaboration"
)

// Activation is the attribute that finds all spans of an activation.
func Activation(id collaboration.ActivationID) attribute.KeyValue {
	return attribute.String("countersign.activation", string(id))
}

// Failed marks a span with an error code. It omits the error's text, which may contain
// personal data.
func Failed(span trace.Span, code collaboration.Code) {
	span.SetAttributes(attribute.String("error.type", string(code)))
	span.SetStatus(codes.Error, "")
}

// Call starts the span of a call to another system if the context has a trace. done ends
// the span with the call's error.
func Call(ctx context.Context, name string) (_ context.Context, done func(error)) {
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("countersign").Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func(err error) {
		if err != nil {
			Failed(span, collaboration.CodeOf(err))
		}
		span.End()
	}
}

// ExtractTrace returns a context with the trace of an incoming request. It drops the trace
// state, which is arbitrary text of the caller.
func ExtractTrace(ctx context.Context, h http.Header) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
	return trace.ContextWithRemoteSpanContext(ctx, trace.SpanContextFromContext(ctx).WithTraceState(trace.TraceState{}))
}

// InjectTrace adds the trace of a context to an outgoing request.
func InjectTrace(ctx context.Context, h http.Header) {
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
}
