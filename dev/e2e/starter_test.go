package e2e_test

import (
	"context"
	"reflect"
	"testing"

	"go.temporal.io/api/enums/v1"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/starter"
)

func TestStart_RejectsSecondExecution(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	order := d.Order()
	first := d.MustStart(order)
	second := order
	second.Activation = collaboration.NewActivationID(order.OfficeID, order.CustomerID, order.SolutionID)
	wantRejected := func(when string) {
		t.Helper()
		err := d.Start(t.Context(), second)
		e, ok := err.(*collaboration.Error)
		if !ok || e.Code != collaboration.CodeActivationExists || e.Activation != first {
			t.Errorf("%s: %v, want activation_exists and %s", when, err, first)
		}
	}
	wantRejected("without a worker")
	status, err := starter.New(d.Client, harness.ShortTimeout).Status(t.Context(), first)
	if err != nil || status.Activation != first || status.State != collaboration.Activating {
		t.Errorf("without a worker the status is %+v, %v", status, err)
	}

	d.StartWorker()
	d.AwaitState(first, collaboration.AwaitingApproval)
	wantRejected("while the first execution awaits approval")
	if _, err := d.Decide(t.Context(), d.Declination(first)); err != nil {
		t.Fatal(err)
	}
	d.AwaitClosed(first, "")
	d.MustStart(second)
	d.AwaitState(second.Activation, collaboration.AwaitingApproval)
	_, err = d.Status(t.Context(), first)
	d.WantCode("the first execution's status", err, collaboration.CodeActivationNotFound)
	_, err = d.Decide(t.Context(), d.Approval(first))
	d.WantCode("a decision on the first execution", err, collaboration.CodeActivationNotFound)
	if a := d.Activation(first); a.State != collaboration.Declined {
		t.Errorf("the first activation is %s", a.State)
	}
}

func TestDecide_WithoutWorker(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	worker := d.StartWorker()
	id, abandoned := d.Invite(), d.Invite()
	if err := worker.Stop(); err != nil {
		t.Fatal(err)
	}

	decision := d.Approval(id)
	impatient := starter.New(d.Client, harness.ShortTimeout)
	for _, attempt := range []string{"first attempt", "retry"} {
		_, err := impatient.SendCommand(t.Context(), message.Decide(decision))
		d.WantCode(attempt, err, collaboration.CodeOutcomeUnknown)
	}
	status, err := impatient.Status(t.Context(), id)
	if err != nil || status.Activation != id || status.State != collaboration.AwaitingApproval {
		t.Errorf("without a worker the status is %+v, %v", status, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // as when the browser is closed
	_, err = impatient.SendCommand(ctx, message.Decide(d.Approval(abandoned)))
	d.WantCode("a cancelled request", err, collaboration.CodeOutcomeUnknown)

	d.StartWorker()
	d.WantStarted(id)
	d.WantStarted(abandoned)
	repeat, err := d.Decide(t.Context(), decision)
	if err != nil || repeat.Decision == nil || repeat.Decision.ID != decision.ID {
		t.Errorf("the repeat returns %+v, %v", repeat, err)
	}
	d.WantStarted(id)
}

func TestDecide_IsDeduplicated(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	d.StartWorker()
	update := func(m collaboration.Decision) {
		t.Helper()
		if s, err := d.Decide(t.Context(), m); err != nil || s.Decision == nil || s.Decision.ID != m.ID {
			t.Errorf("update: %+v, %v", s, err)
		}
	}
	for _, tt := range []struct {
		name string
		send []func(collaboration.Decision)
	}{
		{"signal, update", []func(collaboration.Decision){d.SignalDecision, update}},
		{"update, signal", []func(collaboration.Decision){update, d.SignalDecision}},
		{"several of both", []func(collaboration.Decision){d.SignalDecision, update, d.SignalDecision, update, d.SignalDecision}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := d.Invite()
			decision := d.Approval(id)
			var first collaboration.Decision
			for n, send := range tt.send {
				send(decision)
				if stored := d.Decision(id); n == 0 {
					first = stored
				} else if !reflect.DeepEqual(stored, first) {
					t.Errorf("message %d changed %+v to %+v", n+1, first, stored)
				}
			}
			d.SignalDecision(d.Declination(id)) // another decision has no effect
			if stored := d.Decision(id); !reflect.DeepEqual(stored, first) {
				t.Errorf("another decision changed %+v to %+v", first, stored)
			}
			d.WantStarted(id)
		})
	}
	t.Run("second decision", func(t *testing.T) {
		id := d.Invite()
		first := d.Approval(id)
		update(first)
		for _, second := range []collaboration.Decision{d.Declination(id), d.Approval(id)} {
			s, err := d.Decide(t.Context(), second)
			d.WantCode(second.ID, err, collaboration.CodeAlreadyDecided)
			if s.Decision == nil || s.Decision.ID != first.ID || s.Decision.Outcome != collaboration.Approve {
				t.Errorf("%s: the status has the decision %+v", second.ID, s.Decision)
			}
		}
		d.WantStarted(id)
	})
}

// A batch is retried while its execution runs. The execution gets a Signal, which says
// that rows are pending again, and no second execution starts.
func TestStartBatch_SignalsRunningExecution(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	for range 2 {
		if err := d.StartBatch(t.Context(), "office-1", "retried"); err != nil {
			t.Fatal(err)
		}
	}
	signals := 0
	events := d.Client.GetWorkflowHistory(t.Context(), "batch-retried", "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.EventType == enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			signals++
		}
	}
	if signals != 2 {
		t.Errorf("the execution has %d Signals, want 2", signals)
	}
}
