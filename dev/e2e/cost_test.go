package e2e_test

import (
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"

	"countersign/collaboration"
)

// A whole life with three reminders and a renewal costs the engine little in each of
// its runs. None of it depends on the machine.
func TestCostOfALife(t *testing.T) {
	t.Parallel()
	o := start(t, parts[0].use)
	id := o.activate(requests[2].request)
	a := o.await(id, collaboration.AwaitingApproval)
	o.checkCost(id)
	const reminded = 3
	o.forward(id, collaboration.Reminders(a.Invitation.ExpiresAt)[reminded].At.Add(-time.Hour))
	a = o.awaitThat(id, "reminded", happened(collaboration.ActionReminderSent, reminded))
	o.customer(a.Invitation.Email).approve(o.mails(a.Invitation.Email)[0].Links[0])
	a = o.await(id, collaboration.Active)
	o.atRest(id)
	o.forward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
	a = awaitTerm(o, id, 2)
	o.atRest(id)
	o.forward(id, a.Agreement.EndsOn.Start().AddDate(0, 0, -1))
	runs := o.runs(id)
	if len(runs) != 2 {
		t.Errorf("%d runs: this is no whole life", len(runs))
	}
	for _, run := range runs {
		h := o.history(id, run)
		h.Events = slices.DeleteFunc(h.Events, isForward)
		t.Logf("%d events, %d bytes, %d actions", len(h.Events), proto.Size(h), actionsOf(h))
		if n := len(h.Events); n > 60 {
			t.Errorf("%d events in a run, want at most 60", n)
		}
	}
}

// atRest is the history once the run waits; the facts are a moment ahead of it.
func (o *office) atRest(id collaboration.ActivationID) *history.History {
	o.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		h := o.history(id, "")
		h.Events = slices.DeleteFunc(h.Events, isForward)
		switch h.Events[len(h.Events)-1].EventType {
		case enums.EVENT_TYPE_TIMER_STARTED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
			return h
		}
	}
	o.t.Fatal("the run does not come to rest")
	return nil
}

// isForward reports what is there only because the clock was put forward.
func isForward(e *history.HistoryEvent) bool {
	return e.EventType == enums.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED || e.EventType == enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED
}

// checkCost holds what a waiting activation costs the engine.
func (o *office) checkCost(id collaboration.ActivationID) {
	o.t.Helper()
	h := o.atRest(id)
	o.t.Logf("while waiting: %d events, %d bytes, %d actions", len(h.Events), proto.Size(h), actionsOf(h))
	if n := len(h.Events); n > 12 {
		o.t.Errorf("%d events while waiting, want at most 12", n)
	}
	if n := proto.Size(h); n > 4096 {
		o.t.Errorf("%d bytes of history while waiting, want at most 4096", n)
	}
	if n := actionsOf(h); n > 5 {
		o.t.Errorf("%d actions to be paid while waiting, want at most 5", n)
	}
	if slices.ContainsFunc(h.Events, func(e *history.HistoryEvent) bool { return e.EventType == enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED }) {
		o.t.Error("a step did not run as a local activity")
	}
}

// actionsOf is what a run would cost in Temporal's cloud, counted as the server
// counts its metric "action": all markers of one workflow task are one.
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
