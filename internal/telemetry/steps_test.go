package telemetry_test

import (
	"context"
	"errors"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

const (
	theirTrace = "0af7651916cd43dd8448eb211c80319c"
	somebody   = "anna@client.example"
)

// steps has an activity of each kind, and a workflow that executes them.
func provide(context.Context, message.ProvisionInput) error { return nil }

func refuse(context.Context, message.CompensationInput) error {
	return temporal.NewApplicationError("no mail to "+somebody, string(collaboration.CodeMailUnavailable))
}

func stumble(context.Context, message.CompensationInput) error {
	return errors.New("nobody knows " + somebody)
}

func panicking(context.Context) error { panic(somebody) }

func flow(ctx workflow.Context) error {
	once := &temporal.RetryPolicy{MaximumAttempts: 1}
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{ScheduleToCloseTimeout: time.Minute, RetryPolicy: once})
	normal := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: once})
	invitation := message.ProvisionInput{Order: collaboration.Order{Activation: "of-invitation", Contact: &collaboration.Contact{Name: "Anna", Email: somebody}}}
	undo := message.CompensationInput{Activation: "of-undo"}
	if err := workflow.ExecuteLocalActivity(local, provide, invitation).Get(ctx, nil); err != nil {
		return err
	}
	_ = workflow.ExecuteActivity(normal, refuse, undo).Get(ctx, nil)
	_ = workflow.ExecuteActivity(normal, stumble, undo).Get(ctx, nil)
	_ = workflow.ExecuteActivity(normal, panicking).Get(ctx, nil)
	return nil
}

// run executes the workflow with the header of its start, and returns the spans.
func run(t *testing.T, brought map[string]*commonpb.Payload) map[string]servertest.Span {
	t.Helper()
	c := servertest.NewCollector(t)
	all := traces(t, to(t, c.URL), quiet())
	var options client.Options
	all.ConfigureClient(&options)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(temporallog.NewStructuredLogger(quiet()))
	suite.SetContextPropagators(options.ContextPropagators)
	suite.SetHeader(&commonpb.Header{Fields: brought})
	env := suite.NewTestWorkflowEnvironment()
	for _, i := range options.Interceptors {
		env.SetWorkerOptions(worker.Options{
			Interceptors:             []interceptor.WorkerInterceptor{i.(interceptor.WorkerInterceptor)},
			DeadlockDetectionTimeout: eventually.Deadline, // a busy machine stops a workflow for a second
		})
	}
	for _, a := range []any{provide, refuse, stumble, panicking} {
		env.RegisterActivity(a)
	}
	env.ExecuteWorkflow(flow)
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if err := all.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := map[string]servertest.Span{}
	for _, s := range c.Spans() {
		found[s.Name] = s
	}
	if len(found) != 4 || len(c.Spans()) != 4 {
		t.Fatalf("got %d spans: %v", len(c.Spans()), found)
	}
	return found
}

func brought(t *testing.T, fields any) map[string]*commonpb.Payload {
	t.Helper()
	payload, err := converter.GetDefaultDataConverter().ToPayload(fields)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*commonpb.Payload{"_tracer-data": payload}
}

func from(began time.Time) map[string]string {
	return map[string]string{"traceparent": "00-" + theirTrace + "-b7ad6b7169203331-01", "began": began.UTC().Format(time.RFC3339)}
}

func TestActivities_TraceEveryAttempt(t *testing.T) {
	found := run(t, brought(t, from(time.Now())))
	for name, want := range map[string]struct{ activation, code string }{
		"provide": {"of-invitation", ""}, "refuse": {"of-undo", "mail_unavailable"}, "stumble": {"of-undo", "internal"}, "panicking": {"", "internal"},
	} {
		s := found[name]
		if s.Attribute("countersign.activation") != want.activation || s.Attribute("error.type") != want.code {
			t.Errorf("%s: %v", name, s)
		}
		if wrong := s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR; wrong != (want.code != "") {
			t.Errorf("%s: status %v", name, s.GetStatus())
		}
		if s.Attribute("temporalWorkflowID") == "" || s.Attribute("countersign.attempt") != "int_value:1" {
			t.Errorf("%s: %v", name, s)
		}
		servertest.WantNoPersonalData(t, s, somebody, "anna")
	}
}

func TestActivities_JoinTrace(t *testing.T) {
	for name, tt := range map[string]struct {
		brought map[string]*commonpb.Payload
		within  bool // the caller's trace
		linked  bool
	}{
		"at once":            {brought(t, from(time.Now())), true, false},
		"long ago":           {brought(t, from(time.Now().Add(-2*time.Hour))), false, true},
		"nobody knows when":  {brought(t, map[string]string{"traceparent": from(time.Now())["traceparent"]}), false, true},
		"nothing":            {nil, false, false},
		"another's":          {brought(t, 7), false, false},
		"of another version": {brought(t, map[string]string{"traceparent": "zz"}), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range run(t, tt.brought) {
				if in := servertest.Hex(s.TraceId) == theirTrace; in != tt.within {
					t.Errorf("%s is in trace %x", s.Name, s.TraceId)
				}
				if linked := len(s.Links) == 1 && servertest.Hex(s.Links[0].TraceId) == theirTrace; linked != tt.linked {
					t.Errorf("%s links to %v", s.Name, s.Links)
				}
			}
		})
	}
}
