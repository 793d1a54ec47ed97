package largeoffice

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/starter"
)

// startExecution starts the workflow execution of a live activation, unless it runs. The
// execution continues from the state that the database has.
func startExecution(ctx context.Context, c client.Client, s message.State) error {
	err := starter.New(c, starter.DefaultUpdateTimeout).Restore(ctx, s, false)
	if err != nil && collaboration.CodeOf(err) != collaboration.CodeActivationExists {
		return fmt.Errorf("start the execution of %s: %w", s.Order.Activation, err)
	}
	return nil
}

// stateOf returns the state of the workflow that would have stored a live activation.
func stateOf(a collaboration.Activation, events []collaboration.Event, now time.Time) (message.State, error) {
	if a.Generation == 0 { // an interrupted start; the workflow repeats the steps
		return message.NewState(a.Order()), nil
	}
	s, err := message.Restored(a, events, nil)
	if a.Agreement != nil { // the lives have no mails about the end of a term
		s.TermEndNotified = !now.Before(s.Rules.NoticeAt(*a.Agreement))
	}
	return s, err
}
