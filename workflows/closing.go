package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// compensateAndClose compensates the provisioning steps in reverse order, and stores the
// outcome. The state is final from the beginning, so further commands are rejected.
func (a *activation) compensateAndClose(ctx workflow.Context) {
	a.storePending(ctx)
	a.view.showCompensating(ctx)
	for _, compensation := range compensations(a.Order.Scenario) {
		err := a.execute(ctx, compensation, message.CompensationInput{
			Activation: a.Order.Activation, CustomerID: a.Order.CustomerID, SolutionID: a.Order.SolutionID, At: workflow.Now(ctx),
		})
		if err == errInterrupted {
			return
		}
		if err != nil {
			// The other compensations still run. The execution fails, so that operators
			// are alerted.
			a.setFailure(err)
			a.log.Error("compensation failed", "error", err)
		}
	}
	a.storeOutcome(ctx, outcomeNotifications[a.Status.State], act.CloseActivation, a.Order, message.CloseInput{
		Activation: a.Order.Activation, State: a.Status.State, Code: a.Closing.Code,
		Decision: a.Status.Decision, By: a.Closing.By, At: workflow.Now(ctx),
	})
}

// outcomeNotifications has the notification for each outcome. A withdrawal has
// none, because an employee requested it.
var outcomeNotifications = map[collaboration.State]collaboration.NotificationKind{
	collaboration.Declined: collaboration.NotificationDeclined,
	collaboration.Expired:  collaboration.NotificationExpired,
	collaboration.Failed:   collaboration.NotificationFailed,
}

// endCollaboration stores the end of a running collaboration.
func (a *activation) endCollaboration(ctx workflow.Context) {
	a.storePending(ctx)
	ended := a.agreementWithPending()
	ended.OnEnd = a.Order.OnEnd.Resolve(a.Closing.OnEnd, ended.OnEnd)
	a.Status.Agreement = &ended
	a.storeOutcome(ctx, collaboration.NotificationEnded, act.EndCollaboration, message.EndInput{
		Activation: a.Order.Activation, CustomerID: a.Order.CustomerID, SolutionID: a.Order.SolutionID,
		OnEnd: ended.OnEnd, By: a.Closing.By, At: workflow.Now(ctx),
	})
}

// storeOutcome runs the last activity of an activation, and sends a notification unless kind
// is "".
func (a *activation) storeOutcome(ctx workflow.Context, kind collaboration.NotificationKind, activity any, input ...any) {
	switch err := a.execute(ctx, activity, input...); {
	case err == errInterrupted:
		return
	case err != nil:
		a.stop(err)
		return
	}
	a.closed = true
	a.upsertStatus(ctx)
	if kind != "" {
		n := collaboration.Notification{Kind: kind, By: a.Closing.By}
		if kind == collaboration.NotificationDeclined {
			n.Administrator = a.Status.Decision.By
		}
		a.notify(ctx, n)
	}
}

// stop ends the execution after the database has rejected an activity. That is a programming
// error: the execution fails, so that operators are alerted.
func (e *execution) stop(err error) {
	if e.Closing == nil {
		e.Closing = &message.Closing{By: collaboration.ActorSystem}
	}
	e.setFailure(err)
	e.closed = true
}

// finish answers the last Updates, and returns the result of the execution.
func (a *activation) finish(ctx workflow.Context) error {
	a.view.showClosed(ctx)
	a.await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	switch {
	case a.Closing.Code != "":
		return temporal.NewNonRetryableApplicationError(a.Closing.Detail, string(a.Closing.Code), nil)
	case a.Closing.Cancelled:
		return temporal.NewCanceledError()
	default:
		return nil
	}
}
