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

// amendedBy returns an agreement with a command applied.
func amendedBy(g collaboration.Agreement, c message.Command) collaboration.Agreement {
	switch {
	case c.Kind == collaboration.CommandRevokeNotice:
		g.Renews, g.EndOn = true, collaboration.Date{}
	case c.Kind == collaboration.CommandEnd && c.End.When == collaboration.EndOfTerm:
		g.Renews, g.EndOn = false, collaboration.Date{}
	case c.Kind == collaboration.CommandEnd:
		g.Renews, g.EndOn = true, c.End.On
	case c.Proposal != nil && c.Proposal.Ends():
		g.Renews, g.EndOn = false, collaboration.Date{}
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
