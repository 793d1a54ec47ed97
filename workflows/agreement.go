package workflows

import (
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// startAgreement stores the approval and starts the agreement.
func (a *activation) startAgreement(ctx workflow.Context) {
	a.storePending(ctx)
	a.view.showStarting(ctx)
	approved := collaboration.DateOf(a.Status.Decision.At)
	agreement := collaboration.Agreement{
		StartsOn: a.Order.Period.StartOn(approved), Months: a.Order.AgreementMonths, Term: 1, Renews: true,
	}
	err := a.execute(ctx, act.StartAgreement, message.StartInput{
		Activation: a.Order.Activation, Decision: *a.Status.Decision, Agreement: agreement, At: workflow.Now(ctx),
	})
	switch {
	case err == errInterrupted:
	case err != nil:
		a.fail(err)
	default:
		a.Status.Agreement = &agreement
		a.Pending, a.AwaitingAgreement = append(a.Pending, a.AwaitingAgreement...), nil
		a.newTerm = true
		a.upsertStatus(ctx)
		a.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationApproved, Administrator: a.Status.Decision.By, By: collaboration.ActorSystem})
	}
}

// takeOver starts the current term of a collaboration that ran before. Nobody is invited.
func (a *activation) takeOver(ctx workflow.Context) {
	a.storePending(ctx)
	a.view.showStarting(ctx)
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
		a.Status.Agreement = &agreement
		a.Pending, a.AwaitingAgreement = append(a.Pending, a.AwaitingAgreement...), nil
		a.upsertStatus(ctx)
	}
}

// runTerm waits for the notification before the term's end, for that end, or for a command.
func (a *activation) runTerm(ctx workflow.Context) {
	a.storePending(ctx)
	if !a.termIsCurrent(ctx) {
		return
	}
	a.view.showTerm(ctx)
	deadline, summary := a.nextTermDeadline()
	a.awaitUntil(ctx, deadline, summary, func() bool { return !a.termIsCurrent(ctx) })
	switch agreement := a.Status.Agreement; {
	case !a.termIsCurrent(ctx) || workflow.Now(ctx).Before(deadline):
	case deadline.Before(agreement.Ends()):
		a.TermEndNotified = true
		a.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationTermEnds, Number: agreement.Term, By: collaboration.ActorSystem})
	case agreement.Continues():
		a.renew(ctx)
	default:
		a.close(collaboration.EventTermEnded, collaboration.Ended, message.Closing{By: collaboration.ActorSystem})
	}
}

// termIsCurrent reports whether the term has no pending work.
func (a *activation) termIsCurrent(ctx workflow.Context) bool {
	return a.Status.State == collaboration.Active && len(a.Pending) == 0 && !continueAsNewSuggested(ctx)
}

// renew stores the next term. A notice that is accepted during the renewal arrived after the
// term's end, and applies to the next term.
func (a *activation) renew(ctx workflow.Context) {
	next := a.Status.Agreement.Renewed()
	err := a.execute(ctx, act.RenewAgreement, message.RenewalInput{
		Activation: a.Order.Activation, Agreement: next, At: workflow.Now(ctx),
	})
	switch {
	case err == errInterrupted:
	case err != nil:
		a.stop(err)
	default:
		a.Status.Agreement, a.TermEndNotified, a.newTerm = &next, false, true
		a.upsertStatus(ctx)
		a.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationRenewed, Number: next.Term, By: collaboration.ActorSystem})
	}
}

// amendedBy returns an agreement with a command applied.
func amendedBy(g collaboration.Agreement, c message.Command) collaboration.Agreement {
	switch {
	case c.Kind == collaboration.CommandRevokeNotice:
		g.Renews, g.EndOn = true, collaboration.Date{}
	case c.Kind == collaboration.CommandEnd && c.End.When == collaboration.EndOfTerm:
		g.Renews, g.EndOn = false, collaboration.Date{}
	case c.Kind == collaboration.CommandEnd:
		g.Renews, g.EndOn = true, c.End.On
	case c.Kind == collaboration.CommandChange && c.Change.AgreementMonths == g.Months:
		g.NextMonths = 0
	case c.Kind == collaboration.CommandChange && c.Change.AgreementMonths != 0:
		g.NextMonths = c.Change.AgreementMonths
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
