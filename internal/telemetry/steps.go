package telemetry

import (
	"context"
	"errors"
	"reflect"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// Follow has an engine's client hand the trace on to the runs that it starts,
// and its workers trace every attempt at a step. A run has no span: it would
// last a year. The SDK's own interceptor has one, and quotes errors.
func (t *Traces) Follow(o *client.Options) {
	if t.sending == nil {
		return
	}
	o.ContextPropagators = append(o.ContextPropagators, carrier{})
	o.Interceptors = append(o.Interceptors, &steps{tracer: t.Tracer("temporal")})
}

type steps struct {
	interceptor.InterceptorBase
	tracer trace.Tracer
}

// InterceptActivity traces activities, local ones too.
func (s *steps) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	traced := &step{tracer: s.tracer}
	traced.Next = next
	return traced
}

type step struct {
	interceptor.ActivityInboundInterceptorBase
	tracer trace.Tracer
}

// ExecuteActivity runs one attempt.
func (s *step) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	ctx, span := s.tracer.Start(ctx, info.ActivityType.Name, trace.WithLinks(earlier(ctx)...), trace.WithAttributes(
		attribute.String("temporalWorkflowID", info.WorkflowExecution.ID), // as the SDK calls them
		attribute.String("temporalRunID", info.WorkflowExecution.RunID),
		attribute.Int("countersign.attempt", int(info.Attempt)),
		attribute.Bool("countersign.local", info.IsLocalActivity),
	))
	code := collaboration.CodeInternal // a panic's
	// Deferred itself, End would quote the panic.
	defer func() {
		if code != "" {
			Failed(span, code)
		}
		span.End()
	}()
	if id := activationOf(in.Args); id != "" {
		span.SetAttributes(Activation(id))
	}
	result, err := s.Next.ExecuteActivity(ctx, in)
	code = codeOf(err)
	return result, err
}

// activationOf is whose step it is, as its input says.
func activationOf(args []any) collaboration.ActivationID {
	for _, arg := range args {
		if id := field(reflect.ValueOf(arg)); id != "" {
			return id
		}
	}
	return ""
}

// field is the first activation that an input has, or that a part of it has.
func field(v reflect.Value) collaboration.ActivationID {
	if v.Kind() != reflect.Struct {
		return ""
	}
	for _, value := range v.Fields() {
		if value.Type() == reflect.TypeFor[collaboration.ActivationID]() {
			return collaboration.ActivationID(value.String())
		}
	}
	for _, value := range v.Fields() {
		if id := field(value); id != "" {
			return id
		}
	}
	return ""
}

// codeOf is the catalogue's code of a step's error; "" for none.
func codeOf(err error) collaboration.Code {
	if err == nil {
		return ""
	}
	var application *temporal.ApplicationError
	if errors.As(err, &application) && collaboration.Code(application.Type()).Known() {
		return collaboration.Code(application.Type())
	}
	return collaboration.CodeInternal
}
