package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// header is the header that Temporal's SDKs use for traces. It has only IDs and a time.
const header = "_tracer-data"

const parentField, startField = "traceparent", "began"

// joinWindow is how long activities join the trace of the request that caused them. Later
// activities start a new trace with a link to it.
const joinWindow = time.Hour

// propagator propagates trace context from a client through a workflow execution to its
// activities and child executions. Workflow code only passes the header on, so replays do
// not depend on it. An invalid header is ignored.
type propagator struct{}

type causeKey struct{}

// Inject writes the header of a client's request.
func (propagator) Inject(ctx context.Context, w workflow.HeaderWriter) error {
	fields := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, fields)
	if fields[parentField] == "" {
		return nil
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(map[string]string{
		parentField: fields[parentField], startField: time.Now().UTC().Format(time.RFC3339),
	})
	if err != nil {
		return err
	}
	w.Set(header, payload)
	return nil
}

// ExtractToWorkflow stores the header in the workflow's context.
func (propagator) ExtractToWorkflow(ctx workflow.Context, r workflow.HeaderReader) (workflow.Context, error) {
	if payload, found := r.Get(header); found {
		ctx = workflow.WithValue(ctx, causeKey{}, payload)
	}
	return ctx, nil
}

// InjectFromWorkflow writes the stored header.
func (propagator) InjectFromWorkflow(ctx workflow.Context, w workflow.HeaderWriter) error {
	if payload, found := ctx.Value(causeKey{}).(*commonpb.Payload); found {
		w.Set(header, payload)
	}
	return nil
}

// earlierKey is the context key of a cause outside of the joinWindow.
type earlierKey struct{}

// Extract reads the header of an activity.
func (propagator) Extract(ctx context.Context, r workflow.HeaderReader) (context.Context, error) {
	payload, found := r.Get(header)
	if !found {
		return ctx, nil
	}
	var fields map[string]string
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &fields); err != nil {
		return ctx, nil
	}
	cause := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{parentField: fields[parentField]}))
	if at, err := time.Parse(time.RFC3339, fields[startField]); err != nil || time.Since(at) > joinWindow {
		return context.WithValue(ctx, earlierKey{}, cause), nil
	}
	return trace.ContextWithRemoteSpanContext(ctx, cause), nil
}

// linksToEarlier returns a link to a cause outside of the joinWindow.
func linksToEarlier(ctx context.Context) []trace.Link {
	if cause, _ := ctx.Value(earlierKey{}).(trace.SpanContext); cause.IsValid() {
		return []trace.Link{{SpanContext: cause}}
	}
	return nil
}
