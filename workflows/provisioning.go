package workflows

import (
	"cmp"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
)

// provision checks the task, makes ready what the scenario needs, and sends
// the first invitation. What is to be undone is noted before anything is done:
// a step that seemed to fail, or that a run lost in a crash, may have been
// done, and an undo takes back only what this activation made.
func (a *activation) provision(ctx workflow.Context) *stop {
	a.showMakingReady(ctx)
	makes := a.makes()
	for _, m := range makes {
		a.undo = append(a.undo, m.undo)
	}
	if a.revision < messagesBeforeSteps {
		a.undo = nil
	}
	if stopped := a.attempt(ctx, do.CheckTask, a.provisioning(ctx)); stopped != nil {
		return stopped
	}
	for _, m := range makes {
		if a.revision < messagesBeforeSteps {
			a.undo = append(a.undo, m.undo)
		}
		if stopped := a.attempt(ctx, m.do, a.provisioning(ctx)); stopped != nil {
			return stopped
		}
	}
	if a.revision >= recordsBeforeMailing {
		a.carryOut(ctx) // or the invitation would go where it was corrected from
		a.resentBy = ""
	}
	a.nextGeneration(ctx)
	return a.sendInvitation(ctx, a.order.RequestedBy)
}

// making is a step that makes something, and the one that takes it back.
type making struct{ do, undo any }

// makes is what the scenario has the activation make, in order.
func (a *activation) makes() (m []making) {
	if a.order.Scenario.ActivatesSolution() {
		m = append(m, making{do.ActivateSolution, do.DeactivateSolution})
	}
	if a.order.Scenario.CreatesAdministrator() {
		m = append(m, making{do.CreateAdministrator, do.RemoveAdministrator})
	}
	return m
}

func (a *activation) provisioning(ctx workflow.Context) collaboration.Provision {
	return collaboration.Provision{Order: a.order, At: workflow.Now(ctx)}
}

func (a *activation) undoing(ctx workflow.Context) collaboration.Undo {
	return collaboration.Undo{
		Activation: a.order.Activation, CustomerID: a.order.CustomerID,
		SolutionID: a.order.SolutionID, At: workflow.Now(ctx),
	}
}

// nextGeneration makes every earlier link void and starts the clock again.
func (a *activation) nextGeneration(ctx workflow.Context) {
	a.standing.Generation++
	a.standing.ExpiresAt = workflow.Now(ctx).Add(collaboration.InvitationLifetime).UTC()
	a.standing.Bounced = a.bounced == a.standing.Generation
	a.reminded = time.Time{}
}

// sendInvitation mails the newest generation. Where messages ask for another
// one meanwhile, or for something to be recorded first, it is left to be sent
// after that.
func (a *activation) sendInvitation(ctx workflow.Context, by string) *stop {
	generation := a.standing.Generation
	outdated := func() bool {
		return a.revision >= wholeLife && (a.standing.Generation != generation || len(a.duties) > 0)
	}
	mail := workflow.WithTaskQueue(ctx, collaboration.MailTaskQueue)
	stopped := a.attemptUnless(mail, func() bool { return a.approved() || a.stopped() != nil || outdated() }, do.SendInvitation, collaboration.Invitation{
		Order: a.order, Generation: generation, ExpiresAt: a.standing.ExpiresAt, Administrator: a.invited,
		By: by, At: workflow.Now(ctx),
	})
	if stopped != nil || a.approved() {
		return stopped
	}
	if outdated() {
		a.resentBy = cmp.Or(a.resentBy, by)
		return nil
	}
	a.standing.State = collaboration.AwaitingApproval
	a.announce(ctx)
	return nil
}

func (a *activation) approved() bool {
	return a.standing.Decision != nil && a.standing.Decision.Outcome == collaboration.Approve
}

// awaitApproval waits for the customer's approval: nil. Anything that comes
// instead, expiry among it, stops the activation.
func (a *activation) awaitApproval(ctx workflow.Context) *stop {
	for !a.approved() {
		a.showPending(ctx)
		until, summary := a.nextPendingMoment()
		due, err := a.waitUntil(ctx, until, summary, func() bool {
			return a.approved() || a.stopped() != nil || a.resentBy != "" || len(a.duties) > 0
		})
		if err != nil {
			stopped := failed(err)
			return &stopped
		}
		if stopped := a.stopped(); stopped != nil {
			return stopped
		}
		if due && until.Equal(a.standing.ExpiresAt) {
			return &stop{state: collaboration.Expired, by: collaboration.ActorSystem}
		}
		if due {
			a.remind(ctx)
		}
		a.carryOut(ctx)
		if a.resentBy != "" && !a.approved() {
			if stopped := a.resend(ctx); stopped != nil {
				return stopped
			}
		}
	}
	return nil
}

// nextPendingMoment is the next reminder, or the expiry.
func (a *activation) nextPendingMoment() (at time.Time, summary string) {
	reminds := a.revision >= wholeLife && !a.standing.RemindersPaused && !a.standing.Bounced
	if next, ok := collaboration.NextReminder(a.standing.ExpiresAt, a.reminded); ok && reminds {
		return next.At, "next reminder"
	}
	return a.standing.ExpiresAt, "invitation expires"
}

// remind sends the latest reminder that has come: after downtime the ones
// before it are left out.
func (a *activation) remind(ctx workflow.Context) {
	a.reminded = workflow.Now(ctx)
	if due, ok := collaboration.DueReminder(a.standing.ExpiresAt, a.reminded); ok {
		a.tell(ctx, collaboration.Letter{
			Kind: collaboration.LetterReminder, Generation: a.standing.Generation, Number: due.Number,
			Administrator: a.invited, ExpiresAt: a.standing.ExpiresAt, By: collaboration.ActorSystem,
		})
	}
}

// resend mails the generation that a message already opened. A mail that is
// refused for good does not end an activation whose customer had an invitation
// before: the office can correct and resend again, and the delivery says what
// happened.
func (a *activation) resend(ctx workflow.Context) *stop {
	by := a.resentBy
	a.resentBy = ""
	stopped := a.sendInvitation(ctx, by)
	if stopped != nil && stopped.state == collaboration.Failed && a.standing.State == collaboration.AwaitingApproval {
		a.log.Warn("invitation not resent", "error", stopped.err)
		return nil
	}
	return stopped
}

// waitUntil waits for something to happen, until an instant. expired is true
// only where nothing happened: a message that came with the timer counts, and
// so does a cancellation, which makes the timer ready too.
func (a *activation) waitUntil(ctx workflow.Context, until time.Time, summary string, happened func() bool) (expired bool, err error) {
	timerCtx, cancelTimer := workflow.WithCancel(ctx)
	defer cancelTimer()
	timer := workflow.NewTimerWithOptions(timerCtx, until.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: summary})
	if err := a.await(ctx, func() bool { return happened() || timer.IsReady() }); err != nil && !temporal.IsCanceledError(err) {
		return false, err
	}
	a.mailbox.empty()
	if happened() {
		return false, nil
	}
	return true, ctx.Err()
}
