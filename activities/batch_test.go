package activities_test

import (
	"context"
	"slices"
	"testing"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// batch is the store and the starter of a batch. It records the calls for each row.
type batch struct {
	activities.BatchStore
	activities.Starter
	interceptor.WorkerInterceptorBase
	rows   []collaboration.BatchRow
	events []string
}

func (b *batch) PendingBatch(context.Context, string, int) (collaboration.Batch, []collaboration.BatchRow, error) {
	return collaboration.Batch{ID: "batch"}, b.rows, nil
}

func (b *batch) FinishBatchRow(_ context.Context, _ string, r collaboration.BatchRow) error {
	b.events = append(b.events, "finish "+string(r.Activation))
	return nil
}

func (b *batch) Status(_ context.Context, id collaboration.ActivationID) (message.Status, error) {
	return message.Status{Activation: id}, nil
}

func (b *batch) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &inbound{interceptor.ActivityInboundInterceptorBase{Next: next}, b}
}

type inbound struct {
	interceptor.ActivityInboundInterceptorBase
	b *batch
}

func (i *inbound) Init(out interceptor.ActivityOutboundInterceptor) error {
	return i.Next.Init(&outbound{interceptor.ActivityOutboundInterceptorBase{Next: out}, i.b})
}

type outbound struct {
	interceptor.ActivityOutboundInterceptorBase
	b *batch
}

func (o *outbound) RecordHeartbeat(context.Context, ...any) {
	o.b.events = append(o.b.events, "heartbeat")
}

// Twenty rows can take longer than the heartbeat timeout. So every row has a heartbeat.
func TestStartRows_RecordsHeartbeatForEachRow(t *testing.T) {
	t.Parallel()
	b := &batch{rows: []collaboration.BatchRow{{Activation: "a-1"}, {Activation: "a-2"}, {Activation: "a-3"}}}
	env := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{b}})
	steps := activities.NewBatches(b, b, nil, collaboration.Catalogue{})
	env.RegisterActivity(steps)
	if _, err := env.ExecuteActivity(steps.StartRows, message.BatchInput{Batch: "batch", Rows: 20}); err != nil {
		t.Fatal(err)
	}
	want := []string{"heartbeat", "finish a-1", "heartbeat", "finish a-2", "heartbeat", "finish a-3"}
	if !slices.Equal(b.events, want) {
		t.Errorf("%q, want %q", b.events, want)
	}
}
