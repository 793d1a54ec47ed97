package workflows

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// recordApproval stores the approval and its agreement. An agreement that starts today is
// started before the parties are notified.
func (a *activation) recordApproval(ctx workflow.Context) {
	a.storePending(ctx)
	a.view.showApproved(ctx)
	approved := collaboration.DateOf(a.Status.Decision.At)
	agreement := collaboration.Agreement{
		StartsOn: a.Order.Period.StartOn(approved), Months: a.Order.AgreementMonths, Term: 1, Renews: true,
	}
	err := a.execute(ctx, act.RecordApproval, message.ApprovalInput{
		Activation: a.Order.Activation, Decision: *a.Status.Decision, Agreement: agreement, At: workflow.Now(ctx),
	})
	switch {
	case err == errInterrupted:
		return
	case err != nil:
		a.fail(err)
		return
	}
	a.setAgreement(ctx, agreement)
	a.newTerm = true
	if agreement.StartIsDue(workflow.Now(ctx)) {
		a.startAgreement(ctx)
	}
	if a.Status.State.IsApproved() {
		a.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationApproved, Administrator: a.Status.Decision.By, By: collaboration.ActorSystem})
	}
}

// setAgreement stores the agreement in the state, with the commands that were accepted before.
func (e *execution) setAgreement(ctx workflow.Context, agreement collaboration.Agreement) {
	e.Status.Agreement = &agreement
	e.Pending, e.AwaitingAgreement = append(e.Pending, e.AwaitingAgreement...), nil
	e.upsertStatus(ctx)
}

// startAgreement starts the agreement on its first day: the employees get access. If the
// platform refuses, the activation fails, as it does before the approval.
func (e *execution) startAgreement(ctx workflow.Context) {
	started := *e.Status.Agreement
	started.Started = true
	err := e.execute(ctx, act.StartAgreement, message.StartInput{
		Activation: e.Order.Activation, Agreement: started, At: workflow.Now(ctx),
	})
	switch {
	case err == errInterrupted:
	case err == nil:
		e.Status.Agreement = &started
		e.upsertStatus(ctx)
	case e.Status.State == collaboration.Active: // otherwise a command has ended it
		e.fail(err)
	}
}

// takeOver starts the current term of a collaboration that ran before. Nobody is invited.
func (a *activation) takeOver(ctx workflow.Context) {
	a.storePending(ctx)
	a.view.showApproved(ctx)
	agreement := collaboration.RunningAgreement(a.Order.RunningSince, a.Order.AgreementMonths, workflow.Now(ctx))
	err := a.execute(ctx, act.TakeOver, message.TakeOverInput{
		Activation: a.Order.Activation, Agreement: agreement, By: a.Order.RequestedBy, At: workflow.Now(ctx),
	})
	switch {
	case err == errInterrupted:
	case err != nil:
		a.fail(err)
	default:
		if a.Status.State == collaboration.Activating { // a decision may have come first
			a.moveTo(collaboration.EventTakenOver, collaboration.Active)
		}
		a.setAgreement(ctx, agreement)
	}
}

// amendedBy returns an agreement with a command applied.
func amendedBy(g collaboration.Agreement, c message.Command) collaboration.Agreement {
	switch {
	case c.Kind == collaboration.CommandRevokeNotice:
		g.Renews, g.EndOn, g.OnEnd = true, collaboration.Date{}, ""
	case c.Kind == collaboration.CommandEnd && c.End.When == collaboration.EndOfTerm:
		g.Renews, g.EndOn, g.OnEnd = false, collaboration.Date{}, cmp.Or(c.End.OnEnd, g.OnEnd)
	case c.Kind == collaboration.CommandEnd:
		g.Renews, g.EndOn, g.OnEnd = true, c.End.On, cmp.Or(c.End.OnEnd, g.OnEnd)
	case c.Proposal != nil && c.Proposal.Ends():
		g.Renews, g.EndOn, g.OnEnd = false, collaboration.Date{}, ""
	case c.Proposal != nil && c.Proposal.State == collaboration.ProposalApproved && c.Proposal.Change.AgreementMonths != 0:
		g.NextMonths = c.Proposal.Change.AgreementMonths
		if g.NextMonths == g.Months {
			g.NextMonths = 0
		}
	}
	return g
}

// storeAmendment stores an amendment of the agreement's end, and notifies both parties.
func (a *activation) storeAmendment(ctx workflow.Context, c message.Command) error {
	amended := amendedBy(*a.Status.Agreement, c)
	action, kind := amendmentOf(c)
	err := a.execute(ctx, act.RecordAgreement, message.AmendmentInput{
		ID: c.ID, Activation: a.Order.Activation, Action: action, Agreement: amended, By: c.By, At: c.At,
	})
	if err != nil {
		return err
	}
	a.Status.Agreement = &amended
	a.Notices++
	a.notify(ctx, collaboration.Notification{Kind: kind, Number: a.Notices, By: c.By})
	if !workflow.Now(ctx).Before(a.Rules.NoticeAt(amended)) {
		a.TermEndNotified = true
	}
	a.upsertStatus(ctx)
	return nil
}

// amendmentOf returns the audit action and the notification of a command.
func amendmentOf(c message.Command) (collaboration.Action, collaboration.NotificationKind) {
	switch {
	case c.Kind == collaboration.CommandRevokeNotice:
		return collaboration.ActionNoticeRevoked, collaboration.NotificationNoticeRevoked
	case c.End.When == collaboration.EndOnDate:
		return collaboration.ActionEndSet, collaboration.NotificationNotice
	default:
		return collaboration.ActionNoticeGiven, collaboration.NotificationNotice
	}
}
