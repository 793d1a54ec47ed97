package largeoffice

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// startExecution starts the workflow execution of a live activation, unless it runs. The
// execution continues from the state that the database has.
func startExecution(ctx context.Context, c client.Client, s message.State) error {
	attributes := append(temporalx.SubjectAttributes(s.Order.Subject()), temporalx.StateKey.ValueSet(string(s.Status.State)), temporalx.PhaseKey.ValueSet(string(s.Status.Phase())))
	if s.Status.Agreement != nil {
		attributes = append(attributes, temporalx.AgreementEndKey.ValueSet(s.Status.Agreement.Ends()))
	}
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       s.Order.Activation.WorkflowID(),
		TaskQueue:                                temporalx.TaskQueue,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("%s · %s · customer %s", s.Order.SolutionID, s.Order.Scenario, s.Order.CustomerID),
		StaticDetails:                            "Belongs to the large office of the development stack.",
		Memo:                                     map[string]any{temporalx.ActivationMemo: s.Order.Activation},
		TypedSearchAttributes:                    temporal.NewSearchAttributes(attributes...),
	}, temporalx.ActivationWorkflowType, s)
	if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return fmt.Errorf("start the execution of %s: %w", s.Order.Activation, err)
	}
	return nil
}

// stateOf returns the state of the workflow that would have stored a live activation.
func stateOf(a collaboration.Activation, events []collaboration.Event, now time.Time) message.State {
	s := message.NewState(a.Order())
	s.Status.State, s.Status.ExpiresAt, s.Status.Decision, s.Status.Agreement = a.State, a.ExpiresAt, a.Decision, a.Agreement
	s.Status.RemindersPaused, s.Status.Bounced = a.RemindersPaused, a.Delivery == collaboration.DeliveryBounced
	if a.Generation == 0 { // an interrupted start; the workflow repeats the steps
		return s
	}
	s.Provisioned, s.Status.Generation = true, a.Generation
	s.Invitation = message.Invitation{By: a.RequestedBy, Mailed: a.Generation, RemindedAt: a.RemindedAt}
	if s.Status.Bounced {
		s.Invitation.Bounced, s.Invitation.BouncesNotified = []string{a.InvitedID}, 1
	}
	if a.Decision != nil {
		s.MarkProcessed(a.Decision.ID)
	}
	if a.Agreement != nil {
		s.TermEndNotified = !now.Before(s.Rules.NoticeAt(*a.Agreement))
	}
	for _, e := range events {
		switch e.Action {
		case collaboration.ActionNoticeGiven, collaboration.ActionEndSet, collaboration.ActionNoticeRevoked:
			s.Notices++
		}
	}
	return s
}
