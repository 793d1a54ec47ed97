package e2e_test

import (
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
)

// An activation with three reminders, a decision and a renewal needs few events in
// each execution. The worker lifts the timeout of local activities: on a slow machine
// they would continue as normal activities, which need more events.
func TestHistorySize_OfOneAgreement(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	t.Cleanup(d.RunWorkerWith(harness.OpenInbox(t, d.Dir), &timeoutLifter{}))
	o := d.Office
	id := o.Activate(harness.Scenarios[2].Request)
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	checkCost(o, id)
	const reminded = 3
	o.FastForward(id, collaboration.CurrentRules().Reminders(a.Invitation.ExpiresAt)[reminded].At.Add(-time.Hour))
	a = o.AwaitActivation(id, "reminded", harness.Happened(collaboration.ActionReminderSent, reminded))
	o.DecideDirectly(id, collaboration.Approve)
	a = o.AwaitState(id, collaboration.Active)
	awaitIdle(o, id)
	o.FastForward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
	a = harness.AwaitTerm(o, id, 2)
	awaitIdle(o, id)
	o.FastForward(id, a.Agreement.EndsOn.Start().AddDate(0, 0, -1))
	runs := o.Runs(id)
	if len(runs) != 3 {
		t.Errorf("%d executions, want one for the invitation and one for each of two terms", len(runs))
	}
	for _, run := range runs {
		h := o.History(id, run)
		h.Events = withoutTimeouts(slices.DeleteFunc(h.Events, isForward))
		t.Logf("%d events, %d bytes, %d actions", len(h.Events), proto.Size(h), actionsOf(h))
		if n := len(h.Events); n > 75 {
			t.Errorf("%d events in an execution, want at most 75", n)
		}
	}
}

// timeoutLifter lifts the timeout of local activities.
type timeoutLifter struct {
	interceptor.WorkerInterceptorBase
}

func (*timeoutLifter) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return harness.WrapOutbound(next, func(outbound interceptor.WorkflowOutboundInterceptor) interceptor.WorkflowOutboundInterceptor {
		return &outboundWithoutTimeout{interceptor.WorkflowOutboundInterceptorBase{Next: outbound}}
	})
}

type outboundWithoutTimeout struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *outboundWithoutTimeout) ExecuteLocalActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	options := workflow.GetLocalActivityOptions(ctx)
	options.ScheduleToCloseTimeout = eventually.Deadline
	return o.Next.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, options), activity, args...)
}

// awaitIdle waits until the workflow waits for a timer or a command, which is after the
// database has its state. It returns the history without the events that a slow
// machine or the test itself adds.
func awaitIdle(o *harness.Office, id collaboration.ActivationID) (h *history.History) {
	o.T.Helper()
	eventually.True(o.T, "the workflow waits", func() bool {
		h = o.History(id, "")
		h.Events = slices.DeleteFunc(h.Events, isForward)
		switch h.Events[len(h.Events)-1].EventType {
		case enums.EVENT_TYPE_TIMER_STARTED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
			return true
		}
		return false
	})
	h.Events = withoutTimeouts(h.Events)
	return h
}

// isForward reports whether an event exists because the test moved the clock.
func isForward(e *history.HistoryEvent) bool {
	return e.EventType == enums.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED || e.EventType == enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED
}

// withoutTimeouts removes workflow tasks that timed out because the worker was slow.
func withoutTimeouts(events []*history.HistoryEvent) []*history.HistoryEvent {
	removed := map[int64]bool{}
	for _, e := range events {
		if a := e.GetWorkflowTaskTimedOutEventAttributes(); a != nil {
			removed[e.EventId], removed[a.ScheduledEventId], removed[a.StartedEventId] = true, true, true
		}
	}
	return slices.DeleteFunc(slices.Clone(events), func(e *history.HistoryEvent) bool { return removed[e.EventId] })
}

// checkCost bounds the events, bytes and billed actions of a waiting activation.
func checkCost(o *harness.Office, id collaboration.ActivationID) {
	o.T.Helper()
	h := awaitIdle(o, id)
	o.T.Logf("while waiting: %d events, %d bytes, %d actions", len(h.Events), proto.Size(h), actionsOf(h))
	if n := len(h.Events); n > 12 {
		o.T.Errorf("%d events while waiting, want at most 12", n)
	}
	if n := proto.Size(h); n > 4096 {
		o.T.Errorf("%d bytes of history while waiting, want at most 4096", n)
	}
	if n := actionsOf(h); n > 5 {
		o.T.Errorf("%d billed actions while waiting, want at most 5", n)
	}
	if slices.ContainsFunc(h.Events, func(e *history.HistoryEvent) bool { return e.EventType == enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED }) {
		o.T.Error("a local activity continued as a normal activity")
	}
}

// actionsOf returns the billed actions of an execution in Temporal Cloud. It counts as
// the server counts its metric "action": all markers of one workflow task are one.
func actionsOf(h *history.History) (n int) {
	tasks := map[int64]bool{}
	for _, e := range h.Events {
		switch e.EventType {
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enums.EVENT_TYPE_TIMER_STARTED, enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
			enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
			enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			n++
		case enums.EVENT_TYPE_MARKER_RECORDED:
			tasks[e.GetMarkerRecordedEventAttributes().WorkflowTaskCompletedEventId] = true
		}
	}
	return n + len(tasks)
}
