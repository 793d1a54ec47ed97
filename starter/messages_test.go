package starter_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/starter"
)

// engine answers as it is told, and counts what was left as a signal.
type engine struct {
	client.Client
	onUpdate, onSignal error
	signalled          int
}

func (e *engine) UpdateWorkflow(context.Context, client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	return nil, e.onUpdate
}

func (e *engine) SignalWorkflow(context.Context, string, string, string, any) error {
	e.signalled++
	return e.onSignal
}

// What may have been taken is left as a signal; what was refused is not. Where
// the run closed in between, nobody knows whether it was this that closed it.
func TestAMessageThatWasNotAnswered(t *testing.T) {
	gone := serviceerror.NewNotFound("workflow execution already completed")
	for name, tt := range map[string]struct {
		onUpdate, onSignal error
		want               collaboration.Code
		signalled          int
	}{
		"its workflow task failed":       {serviceerror.NewWorkflowNotReady("unexpected workflow task failure"), nil, collaboration.CodeOutcomeUnknown, 1},
		"no answer in time":              {context.DeadlineExceeded, nil, collaboration.CodeOutcomeUnknown, 1},
		"the engine is away":             {serviceerror.NewUnavailable("away"), serviceerror.NewUnavailable("away"), collaboration.CodeUnavailable, 1},
		"it closed meanwhile":            {serviceerror.NewUnavailable("away"), gone, collaboration.CodeOutcomeUnknown, 1},
		"it was closed before":           {gone, nil, collaboration.CodeActivationNotFound, 0},
		"the engine takes no more of it": {serviceerror.NewInvalidArgument("no"), nil, collaboration.CodeUnavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := &engine{onUpdate: tt.onUpdate, onSignal: tt.onSignal}
			_, err := starter.New(e, time.Second).End(t.Context(), collaboration.Ending{
				ID: "e-1", Activation: collaboration.NewActivationID("o", "c", "s"), When: collaboration.EndNow, By: "emp-1",
			})
			if got := collaboration.CodeOf(err); got != tt.want || e.signalled != tt.signalled {
				t.Errorf("%v, left as a signal %d times; want %s and %d", err, e.signalled, tt.want, tt.signalled)
			}
		})
	}
}
