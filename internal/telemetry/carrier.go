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

// header is where Temporal's SDKs keep a trace. In it is nothing but
// ids and a time.
const header = "_tracer-data"

const parent, began = "traceparent", "began"

// together is how long what a request leads to belongs to its trace. Whatever
// comes later has a trace of its own that links to it.
const together = time.Hour

// carrier takes a trace along, through a run to its steps and to what it starts.
// Workflow code only hands it on, so a replay does the same without it. A header
// that it cannot read is none.
type carrier struct{}

type causeKey struct{}

// Inject is for who starts or tells a run something.
func (carrier) Inject(ctx context.Context, w workflow.HeaderWriter) error {
	fields := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, fields)
	if fields[parent] == "" {
		return nil
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(map[string]string{
		parent: fields[parent], began: time.Now().UTC().Format(time.RFC3339),
	})
	if err != nil {
		return err
	}
	w.Set(header, payload)
	return nil
}

// ExtractToWorkflow keeps what came.
func (carrier) ExtractToWorkflow(ctx workflow.Context, r workflow.HeaderReader) (workflow.Context, error) {
	if payload, there := r.Get(header); there {
		ctx = workflow.WithValue(ctx, causeKey{}, payload)
	}
	return ctx, nil
}

// InjectFromWorkflow hands it on.
func (carrier) InjectFromWorkflow(ctx workflow.Context, w workflow.HeaderWriter) error {
	if payload, there := ctx.Value(causeKey{}).(*commonpb.Payload); there {
		w.Set(header, payload)
	}
	return nil
}

// earlierKey is for what led to a step long ago.
type earlierKey struct{}

// Extract is for the steps.
func (carrier) Extract(ctx context.Context, r workflow.HeaderReader) (context.Context, error) {
	payload, there := r.Get(header)
	if !there {
		return ctx, nil
	}
	var fields map[string]string
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &fields); err != nil {
		return ctx, nil
	}
	cause := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{parent: fields[parent]}))
	if at, err := time.Parse(time.RFC3339, fields[began]); err != nil || time.Since(at) > together {
		return context.WithValue(ctx, earlierKey{}, cause), nil
	}
	return trace.ContextWithRemoteSpanContext(ctx, cause), nil
}

// earlier links a step to what led to it long ago.
func earlier(ctx context.Context) []trace.Link {
	if cause, _ := ctx.Value(earlierKey{}).(trace.SpanContext); cause.IsValid() {
		return []trace.Link{{SpanContext: cause}}
	}
	return nil
}
