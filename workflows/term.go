package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// term is the running term of the agreement: its deadlines, and what each of them does.
type term struct{ *activation }

// run waits for the next deadline of the term, or for a command.
func (t term) run(ctx workflow.Context) {
	t.storePending(ctx)
	if !t.isCurrent(ctx) {
		return
	}
	t.view.showTerm(ctx)
	next := t.nextDeadline()
	t.awaitUntil(ctx, next.at, next.summary, func() bool { return !t.isCurrent(ctx) })
	if t.isCurrent(ctx) && !workflow.Now(ctx).Before(next.at) {
		next.fire(ctx)
	}
}

// deadline is a time at which the term requires an action.
type deadline struct {
	at      time.Time
	summary string
	fire    func(workflow.Context)
}

// nextDeadline returns the first deadline of the term. Of two at the same time, the one
// listed first fires first.
func (t term) nextDeadline() deadline {
	all := append(t.proposalDeadlines(), t.endDeadlines()...)
	return slices.MinFunc(all, func(x, y deadline) int { return x.at.Compare(y.at) })
}

// proposalDeadlines returns the next reminder or the expiry of an open proposal, and the time
// to compare the next term with the catalogue.
func (t term) proposalDeadlines() (all []deadline) {
	agreement := *t.Status.Agreement
	if p := t.Status.Proposal; p.IsOpen() {
		if next, ok := t.Rules.NextReminder(p.ExpiresAt, t.ProposalRemindedAt); ok {
			all = append(all, deadline{next.At, "next reminder of the proposed change", t.remindOfProposal})
		}
		all = append(all, deadline{p.ExpiresAt, "proposed change expires", t.expireProposal})
	}
	if !t.RenewalChecked && !t.Status.Proposal.IsOpen() && agreement.Continues() {
		all = append(all, deadline{t.Rules.RenewalAt(agreement), "price and terms of the next term are checked", t.checkRenewal})
	}
	return all
}

// endDeadlines returns the first day of the agreement, when both parties are notified of the
// term's end, and that end.
func (t term) endDeadlines() (all []deadline) {
	agreement := *t.Status.Agreement
	if agreement.WillStart() {
		all = append(all, deadline{agreement.StartsOn.Start(), "agreement starts", t.startAgreement})
	}
	if !t.TermEndNotified {
		all = append(all, deadline{t.Rules.NoticeAt(agreement), "both parties are notified", t.notifyEnd})
	}
	return append(all, deadline{agreement.Ends(), "agreement term ends", t.end})
}

func (t term) notifyEnd(ctx workflow.Context) {
	t.TermEndNotified = true
	t.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationTermEnds, Number: t.Status.Agreement.Term, By: collaboration.ActorSystem})
}

func (t term) end(ctx workflow.Context) {
	if t.Status.Agreement.Continues() {
		t.renew(ctx)
		return
	}
	t.close(collaboration.EventTermEnded, collaboration.Ended, message.Closing{By: collaboration.ActorSystem})
}

func (t term) expireProposal(ctx workflow.Context) {
	proposals{&t.stateMachine}.end(collaboration.ProposalExpired, message.Command{
		Kind: collaboration.EventProposalClosed, By: collaboration.ActorSystem, At: workflow.Now(ctx).UTC(),
	})
}

// isCurrent reports whether the term has no pending work.
func (t term) isCurrent(ctx workflow.Context) bool {
	return t.Status.State == collaboration.Active && len(t.Pending) == 0 && !continueAsNewSuggested(ctx)
}

// renew stores the next term. A notice that is accepted during the renewal arrived after the
// term's end, and applies to the next term.
func (t term) renew(ctx workflow.Context) {
	next, conditions := t.Status.Agreement.Renewed(), proposals{&t.stateMachine}.nextConditions()
	err := t.execute(ctx, act.RenewAgreement, message.RenewalInput{
		Activation: t.Order.Activation, Agreement: next, Conditions: conditions, At: workflow.Now(ctx),
	})
	switch {
	case err == errInterrupted:
	case err != nil:
		t.stop(err)
	default:
		t.Status.Agreement, t.TermEndNotified, t.newTerm = &next, false, true
		if conditions != nil {
			t.Order = t.Order.WithConditions(*conditions)
		}
		t.Renewal, t.RenewalChecked = nil, false
		t.upsertStatus(ctx)
		t.notify(ctx, collaboration.Notification{Kind: collaboration.NotificationRenewed, Number: next.Term, By: collaboration.ActorSystem})
	}
}

// remindOfProposal sends the latest due reminder. After an outage it skips the earlier ones.
func (t term) remindOfProposal(ctx workflow.Context) {
	t.ProposalRemindedAt = workflow.Now(ctx).UTC()
	p := t.Status.Proposal
	if due, ok := t.Rules.DueReminder(p.ExpiresAt, t.ProposalRemindedAt); ok {
		t.notify(ctx, collaboration.Notification{
			Kind: collaboration.NotificationChangeReminder, Generation: p.Number, Number: due.Number, ExpiresAt: p.ExpiresAt, By: collaboration.ActorSystem,
		})
	}
}

// checkRenewal proposes the price and the terms of the catalogue for the next term, if they
// differ from the approved ones.
func (t term) checkRenewal(ctx workflow.Context) {
	agreement, now := *t.Status.Agreement, workflow.Now(ctx).UTC()
	expires := t.Rules.NoticeAt(agreement).UTC()
	var offer message.RenewalOffer
	err := t.executeInto(ctx, &offer, act.CheckRenewal, t.Order)
	switch {
	case err == errInterrupted:
		return
	case err != nil:
		t.log.Error("renewal not checked", "error", err)
	case !offer.Change.IsZero() && now.Before(expires) && !t.Status.Proposal.IsOpen() && t.agreementWithPending().Continues():
		proposals{&t.stateMachine}.propose(collaboration.Proposal{
			Kind: collaboration.ProposalRenewal, Change: offer.Change, Unanswered: offer.Unapproved,
			By: collaboration.ActorSystem, At: now, ExpiresAt: expires,
		}, fmt.Sprintf("renewal-%d", agreement.Term+1))
	}
	t.RenewalChecked = true
}
