package telemetry

import (
	"context"
	"reflect"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"countersign/collaboration"
	"countersign/internal/temporalx"
)

// ConfigureClient makes a Temporal client propagate traces to workflow executions, and its
// workers trace every attempt of an activity. Workflow executions have no span, because it
// would last a year. The SDK's interceptor would create one, and include errors' texts.
func (t *Traces) ConfigureClient(o *client.Options) {
	if t.exporting == nil {
		return
	}
	o.ContextPropagators = append(o.ContextPropagators, propagator{})
	o.Interceptors = append(o.Interceptors, &activityInterceptor{tracer: t.Tracer("temporal")})
}

type activityInterceptor struct {
	interceptor.InterceptorBase
	tracer trace.Tracer
}

// InterceptActivity traces activities, including local ones.
func (i *activityInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	traced := &tracedActivity{tracer: i.tracer}
	traced.Next = next
	return traced
}

type tracedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	tracer trace.Tracer
}

// ExecuteActivity traces one attempt.
func (a *tracedActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	ctx, span := a.tracer.Start(ctx, info.ActivityType.Name, trace.WithLinks(linksToEarlier(ctx)...), trace.WithAttributes(
		attribute.String("temporalWorkflowID", info.WorkflowExecution.ID), // the SDK's names
		attribute.String("temporalRunID", info.WorkflowExecution.RunID),
		attribute.Int("countersign.attempt", int(info.Attempt)),
		attribute.Bool("countersign.local", info.IsLocalActivity),
	))
	code := collaboration.CodeInternal // in case of a panic
	// A deferred call of End itself would record the panic's text.
	defer func() {
		if code != "" {
			Failed(span, code)
		}
		span.End()
	}()
	if id := activationOf(in.Args); id != "" {
		span.SetAttributes(Activation(id))
	}
	result, err := a.Next.ExecuteActivity(ctx, in)
	code = temporalx.CodeOf(err)
	return result, err
}

// activationOf returns the activation in an activity's input.
func activationOf(args []any) collaboration.ActivationID {
	for _, arg := range args {
		if id := findActivation(reflect.ValueOf(arg)); id != "" {
			return id
		}
	}
	return ""
}

// findActivation returns the first activation ID in a struct or its nested structs.
func findActivation(v reflect.Value) collaboration.ActivationID {
	if v.Kind() != reflect.Struct {
		return ""
	}
	for _, value := range v.Fields() {
		if value.Type() == reflect.TypeFor[collaboration.ActivationID]() {
			return collaboration.ActivationID(value.String())
		}
	}
	for _, value := range v.Fields() {
		if id := findActivation(value); id != "" {
			return id
		}
	}
	return ""
}
