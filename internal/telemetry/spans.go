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

// Activation is what finds all that was ever done for one.
func Activation(id collaboration.ActivationID) attribute.KeyValue {
	return attribute.String("countersign.activation", string(id))
}

// Failed marks a span by code alone: an error's text may name somebody.
func Failed(span trace.Span, code collaboration.Code) {
	span.SetAttributes(attribute.String("error.type", string(code)))
	span.SetStatus(codes.Error, "")
}

// Call begins the span of a call to another system, where the context is in a
// trace. done ends it with what came of the call.
func Call(ctx context.Context, name string) (_ context.Context, done func(error)) {
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("countersign").Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func(err error) {
		if err != nil {
			Failed(span, collaboration.CodeOf(err))
		}
		span.End()
	}
}

// Caller is the trace that a request says it belongs to. What else it says of
// it is the caller's own words, and not kept.
func Caller(ctx context.Context, h http.Header) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
	return trace.ContextWithRemoteSpanContext(ctx, trace.SpanContextFromContext(ctx).WithTraceState(trace.TraceState{}))
}

// Tell lets a request say what trace it belongs to.
func Tell(ctx context.Context, h http.Header) {
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
}
