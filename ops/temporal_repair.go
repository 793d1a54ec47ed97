package ops

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"

	"countersign/collaboration/message"
)

// Repairs implements Repairer.
type Repairs struct{ *Temporal }

// Restore starts an execution from a state.
func (t Repairs) Restore(ctx context.Context, s message.State, replace bool) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return t.activations.Restore(ctx, s, replace)
}

// StartBatch starts the execution of a batch, or wakes a running one.
func (t Repairs) StartBatch(ctx context.Context, officeID, id string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return t.activations.StartBatch(ctx, officeID, id)
}

// Terminate closes an execution without compensation.
func (t Repairs) Terminate(ctx context.Context, x Execution, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return t.client.TerminateWorkflow(ctx, x.ID, x.RunID, reason)
}

// HasOrder reports whether Temporal still has the first execution of an activation.
func (t Repairs) HasOrder(ctx context.Context, x Execution) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, _, previous, err := t.earliest(ctx, x)
	return previous == "", err
}

// LastEvent returns the time of the last event in an execution's history.
func (t Repairs) LastEvent(ctx context.Context, x Execution) (at time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = t.eventsBackwards(ctx, x, func(e *event) bool {
		at = e.GetEventTime().AsTime()
		return false
	})
	return at, err
}

// earliest returns the first execution of an activation that Temporal still keeps, the event
// ID of its first completed workflow task, and the run ID that it continued from; "" if it is
// the first one.
func (t *Temporal) earliest(ctx context.Context, x Execution) (first Execution, completed int64, previous string, err error) {
	previous, completed, err = t.firstTask(ctx, x)
	for err == nil && previous != "" {
		earlier := x
		earlier.RunID = previous
		before, task, earlierErr := t.firstTask(ctx, earlier)
		var deleted *serviceerror.NotFound // the namespace's retention is over
		if errors.As(earlierErr, &deleted) {
			break
		}
		x, previous, completed, err = earlier, before, task, earlierErr
	}
	return x, completed, previous, err
}
