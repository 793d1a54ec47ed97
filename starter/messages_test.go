package starter_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/starter"
)

// receiver is a client of a server that answers Updates and Signals as configured, and
// records them.
type receiver struct {
	client.Client
	onUpdate, onSignal error
	update             client.UpdateWorkflowOptions
	signals            int
	status             message.Status // of a closed execution
}

func (r *receiver) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(r.status)
	return client.NewValue(payloads), err
}

func (r *receiver) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	r.update = o
	return nil, r.onUpdate
}

func (r *receiver) SignalWorkflow(ctx context.Context, _, _, _ string, _ any) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.signals++
	return r.onSignal
}

func ending() message.Command {
	return message.Command{
		ID: "e-1", Activation: collaboration.NewActivationID("o", "c", "s"), Kind: collaboration.CommandEnd, By: "emp-1", End: &message.End{When: collaboration.EndNow},
	}
}

// A command that the execution may have received is sent again as a Signal; a rejected
// command is not. If the execution closed in between, the command may have closed it.
func TestEnd_SignalsCommandWithUnknownOutcome(t *testing.T) {
	t.Parallel()
	closed := serviceerror.NewNotFound("workflow execution already completed")
	for name, tt := range map[string]struct {
		onUpdate, onSignal error
		want               collaboration.Code
		signals            int
	}{
		"workflow task failed":     {serviceerror.NewWorkflowNotReady("unexpected workflow task failure"), nil, collaboration.CodeOutcomeUnknown, 1},
		"no answer in time":        {context.DeadlineExceeded, nil, collaboration.CodeOutcomeUnknown, 1},
		"no more Updates accepted": {&serviceerror.ResourceExhausted{Message: "limit on the total number of distinct updates"}, nil, collaboration.CodeOutcomeUnknown, 1},
		"Temporal is down":         {serviceerror.NewUnavailable("down"), serviceerror.NewUnavailable("down"), collaboration.CodeUnavailable, 1},
		"closed in between":        {serviceerror.NewUnavailable("down"), closed, collaboration.CodeOutcomeUnknown, 1},
		"closed before":            {closed, nil, collaboration.CodeActivationNotFound, 0},
		"invalid Update":           {serviceerror.NewInvalidArgument("invalid"), nil, collaboration.CodeInternal, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &receiver{onUpdate: tt.onUpdate, onSignal: tt.onSignal}
			_, err := starter.New(r, time.Second).SendCommand(t.Context(), ending())
			if got := collaboration.CodeOf(err); got != tt.want || r.signals != tt.signals {
				t.Errorf("%v and %d Signals, want %s and %d", err, r.signals, tt.want, tt.signals)
			}
		})
	}
}

// The caller closed its connection while the Update was on its way. The command arrives
// nevertheless.
func TestEnd_SignalsAfterCallerIsGone(t *testing.T) {
	t.Parallel()
	r := &receiver{onUpdate: context.Canceled}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := starter.New(r, time.Second).SendCommand(ctx, ending())
	if collaboration.CodeOf(err) != collaboration.CodeOutcomeUnknown || r.signals != 1 {
		t.Errorf("%v and %d Signals, want outcome_unknown and 1", err, r.signals)
	}
}

// Temporal answers a repeated Update with the result of the first if both have one ID.
func TestEnd_UpdateHasIDOfCommand(t *testing.T) {
	t.Parallel()
	r := &receiver{onUpdate: context.DeadlineExceeded}
	_, _ = starter.New(r, time.Second).SendCommand(t.Context(), ending())
	if r.update.UpdateID != "e-1" || r.update.WorkflowID != ending().Activation.WorkflowID() {
		t.Errorf("Update %q to the execution %q", r.update.UpdateID, r.update.WorkflowID)
	}
}

// An activation that is over answers the command that ended it as the first time, and
// rejects every other.
func TestEnd_RepeatOfClosingCommandIsAnswered(t *testing.T) {
	t.Parallel()
	c := ending()
	for closedBy, want := range map[string]collaboration.Code{c.ID: "", "another": collaboration.CodeActivationNotFound, "": collaboration.CodeActivationNotFound} {
		r := &receiver{
			onUpdate: serviceerror.NewNotFound("workflow execution already completed"),
			status:   message.Status{Activation: c.Activation, State: collaboration.Ended, ClosedBy: closedBy},
		}
		status, err := starter.New(r, time.Second).SendCommand(t.Context(), c)
		if got := collaboration.CodeOf(err); got != want || (want == "") != (status.State == collaboration.Ended) {
			t.Errorf("closed by %q: %+v, %v", closedBy, status, err)
		}
	}
}
