package workflows

import (
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// sendFirstInvitation stores the changes that were accepted during provisioning, and mails
// the invitation. An address that the provider rejects has bounced: the activation waits for
// a correction. If the mail cannot be sent for another reason, the activation fails.
//
// The customer may already have answered, if a crash or a reset lost the result of the mail.
// Then one attempt stores that the mail was sent; it is not sent again.
func (a *activation) sendFirstInvitation(ctx workflow.Context) {
	a.storePending(ctx)
	generation, interrupted := a.Status.Generation, a.mailInterrupted(ctx)
	if interrupted() {
		return
	}
	var err error
	if a.Status.State == collaboration.Activating {
		var bounced []message.Report
		err = a.executeProvisioning(workflow.WithTaskQueue(ctx, temporalx.MailTaskQueue), interrupted, &bounced, act.SendInvitation, a.invitation(workflow.Now(ctx)))
		a.applyBounces(bounced)
	} else {
		err = a.attemptMail(ctx, act.SendInvitation, a.invitation(workflow.Now(ctx)))
	}
	switch {
	case a.Status.State != collaboration.Activating: // answered
		a.Invitation.Mailed = generation
	case err == errInterrupted:
	case err != nil:
		a.fail(err)
	default:
		a.Invitation.Mailed = generation
		a.moveTo(collaboration.EventInvited, collaboration.AwaitingApproval)
		a.upsertStatus(ctx)
	}
}

// mailInterrupted returns a condition that reports whether the current mail is superseded: by
// the customer's answer, by a newer generation, or by a change that must be stored first.
func (a *activation) mailInterrupted(ctx workflow.Context) func() bool {
	state, generation := a.Status.State, a.Status.Generation
	return func() bool {
		return a.Status.State != state || a.Status.Generation != generation || len(a.Pending) > 0 || continueAsNewSuggested(ctx)
	}
}

// awaitDecision stores and mails the effects of accepted commands. Then it waits for the
// customer's answer, the next reminder or the expiry.
func (a *activation) awaitDecision(ctx workflow.Context) {
	a.storePending(ctx)
	a.notifyBounces(ctx)
	a.sendNextInvitation(ctx)
	if !a.invitationIsCurrent(ctx) {
		return
	}
	a.view.showAwaitingDecision(ctx)
	deadline, summary := a.nextInvitationDeadline()
	a.awaitUntil(ctx, deadline, summary, func() bool { return !a.invitationIsCurrent(ctx) })
	switch now := workflow.Now(ctx); {
	case !a.invitationIsCurrent(ctx) || now.Before(deadline):
	case now.Before(a.Status.ExpiresAt):
		a.remind(ctx)
	default:
		a.close(collaboration.EventExpired, collaboration.Expired, message.Closing{By: collaboration.ActorSystem})
	}
}

// invitationIsCurrent reports whether the invitation has no pending work.
func (a *activation) invitationIsCurrent(ctx workflow.Context) bool {
	return a.Status.State == collaboration.AwaitingApproval && len(a.Pending) == 0 &&
		a.Invitation.Mailed == a.Status.Generation && !a.bounceIsNew() && !continueAsNewSuggested(ctx)
}

// sendNextInvitation mails a later generation. If the mail cannot be sent, the activation
// continues: the office sees the delivery status and can correct the address.
func (a *activation) sendNextInvitation(ctx workflow.Context) {
	generation, interrupted := a.Status.Generation, a.mailInterrupted(ctx)
	if a.Invitation.Mailed == generation || a.Status.State != collaboration.AwaitingApproval || interrupted() {
		return
	}
	mail := workflow.WithTaskQueue(ctx, temporalx.MailTaskQueue)
	var bounced []message.Report
	err := a.executeUntil(mail, resendTimeout, interrupted, &bounced, act.SendInvitation, a.invitation(workflow.Now(ctx)))
	a.applyBounces(bounced)
	if err == errInterrupted {
		return
	}
	a.Invitation.Mailed = generation
	if err != nil {
		a.log.Warn("invitation not resent", "generation", generation, "error", err)
	}
}

// remind sends the latest due reminder. After an outage it skips the earlier ones.
func (a *activation) remind(ctx workflow.Context) {
	a.Invitation.RemindedAt = workflow.Now(ctx).UTC()
	if due, ok := a.Rules.DueReminder(a.Status.ExpiresAt, a.Invitation.RemindedAt); ok && !a.Status.Bounced {
		a.notify(ctx, collaboration.Notification{
			Kind: collaboration.NotificationReminder, Generation: a.Status.Generation, Number: due.Number,
			Administrator: a.Invitation.Administrator, ExpiresAt: a.Status.ExpiresAt, By: collaboration.ActorSystem,
		})
	}
}

// notifyBounces asks the office to correct each address that bounced. The store excludes
// those recipients from the reminders.
func (a *activation) notifyBounces(ctx workflow.Context) {
	for a.bounceIsNew() && a.Status.State == collaboration.AwaitingApproval {
		number := a.Invitation.BouncesNotified
		a.Invitation.BouncesNotified++
		a.notify(ctx, collaboration.Notification{
			Kind: collaboration.NotificationBounced, Generation: a.Status.Generation, Number: number,
			Administrator: a.Invitation.Bounced[number], By: collaboration.ActorSystem,
		})
	}
}

// applyBounces stores the bounces that an attempt to mail the invitation or a reminder
// returned. An answer makes them irrelevant.
func (e *execution) applyBounces(reports []message.Report) {
	for _, r := range reports {
		if e.Status.State.IsPending() {
			e.applyReport(r)
		}
	}
}
