package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// storePending stores the effects of accepted commands in the order of acceptance. It logs
// and drops a command that the database rejects, so that it does not block the activation. If
// the execution must continue as new, the other commands remain pending.
func (a *activation) storePending(ctx workflow.Context) {
	for len(a.Pending) > 0 {
		c := a.Pending[0]
		err := a.store(ctx, c)
		if err == errInterrupted {
			return
		}
		if err != nil {
			a.log.Error("accepted command not stored", "command", c.Kind, "id", c.ID, "error", err)
		}
		a.Pending = slices.Delete(a.Pending, 0, 1)
	}
}

func (a *activation) store(ctx workflow.Context, c message.Command) error {
	switch c.Kind {
	case collaboration.CommandCorrect:
		return a.storeCorrection(ctx, c)
	case collaboration.CommandForward:
		return a.execute(ctx, act.ForwardInvitation, c)
	case collaboration.CommandHandOn:
		return a.handOn(ctx, c)
	case collaboration.CommandChange:
		return a.storeChange(ctx, c)
	case collaboration.EventProposed, collaboration.EventProposalClosed, collaboration.CommandDecideChange, collaboration.CommandWithdrawChange:
		return a.storeProposal(ctx, c)
	default:
		return a.storeAmendment(ctx, c)
	}
}

// storeCorrection stores the correct address. If an administrator has another address by it,
// child workflows mail the old and the new one.
func (a *activation) storeCorrection(ctx workflow.Context, c message.Command) error {
	var changed bool
	if err := a.executeInto(ctx, &changed, act.CorrectAddress, c); err != nil || !changed {
		return err
	}
	for _, m := range message.AddressMails(a.Order.OfficeID, c.AddressChange()) {
		child := workflow.ExecuteChildWorkflow(directoryMailOptions(ctx, m), DirectoryMailWorkflow, m)
		err := a.result(ctx, child.GetChildWorkflowExecution(), never, nil)
		if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			a.log.Error("mail not started", "kind", m.Kind, "error", err)
		}
	}
	return nil
}

// storeChange stores a change that needs no consent, and notifies both parties of another
// invoice recipient of a running collaboration.
func (a *activation) storeChange(ctx workflow.Context, c message.Command) error {
	if err := a.execute(ctx, act.ChangeActivation, c); err != nil {
		return err
	}
	if a.Status.Agreement != nil && c.Change.InvoiceRecipient != "" {
		a.Notices++
		a.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationChanged, Number: a.Notices, By: c.By})
	}
	return nil
}

// handOn stores a hand-on, and notifies the office. The colleague can be an administrator
// already, with an id that only the database has. If the database or the platform rejects the
// hand-on, the new generation goes to all administrators.
func (a *activation) handOn(ctx workflow.Context, c message.Command) error {
	var colleague string
	err := a.executeInto(ctx, &colleague, act.ForwardInvitation, c)
	if err == errInterrupted {
		return err
	}
	if a.Invitation.Administrator == c.Administrator { // otherwise it has another recipient since
		a.Invitation.Administrator = colleague
	}
	if err != nil {
		return err
	}
	a.Notices++
	a.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationHandedOn, Number: a.Notices, Administrator: colleague, By: c.By})
	return nil
}
