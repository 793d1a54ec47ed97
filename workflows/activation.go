package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
)

// do names the activities; it is never called.
var do *activities.Activities

// activation is one run's state.
type activation struct {
	order    collaboration.Order
	standing collaboration.Standing
	mailbox  mailbox
	log      log.Logger

	// What the messages asked for and the flow has yet to act on.
	withdrawnBy string
	resentBy    string
	noticeBy    string
	endedBy     string
	// duties are what the messages asked to be recorded, first first.
	duties []duty
	// onceStarted are those that the agreement has to be there for.
	onceStarted []duty

	// invited is the administrator who is asked; the main contact for "".
	invited string
	// reminded is when reminders were last seen to, in this generation.
	reminded time.Time
	// bounced is the latest generation that did.
	bounced int
	// told is whether both parties know what happens when the term ends.
	told bool

	// waitsFor is what gets the flow going again where it waits; nil while it acts.
	waitsFor func() bool
	// heardAt is how long the history was when an Update was taken that may not be
	// in it yet; 0 for none.
	heardAt int

	// undo is what takes back what this activation may have made, first first.
	undo []any
	// revision is the code this run began under; see the constants.
	revision workflow.Version
}

// Revisions of this workflow. A run keeps to the one that it began under; a
// renewal begins under the newest.
const (
	revisionChange = "revision"
	// messagesBeforeSteps: after a crash or a reset, a run may take a message
	// before it goes again through the steps that the message is about.
	messagesBeforeSteps workflow.Version = 1
	// wholeLife: reminders, letters, and everything that can change on the way.
	wholeLife workflow.Version = 2
	// recordsBeforeMailing: what the office put right while things were made
	// ready is recorded before the first invitation goes out.
	recordsBeforeMailing workflow.Version = 3
	// keepsBeforeActing: what an Update asks for is begun when the Update can no
	// longer be forgotten.
	keepsBeforeActing workflow.Version = 4
)

// ActivationWorkflow carries one activation through its life. It returns where
// the activation ended up; it fails where a step failed for good, after having
// undone what it did.
func ActivationWorkflow(ctx workflow.Context, run collaboration.Run) (collaboration.Standing, error) {
	a := &activation{
		order:    run.Order,
		standing: collaboration.Standing{Activation: run.Order.Activation, State: collaboration.Activating},
		log:      log.With(workflow.GetLogger(ctx), "activation", run.Order.Activation),
		revision: workflow.GetVersion(ctx, revisionChange, workflow.DefaultVersion, keepsBeforeActing),
	}
	if run.Carried != nil {
		a.standing = run.Carried.Standing
		a.mailbox.taken = run.Carried.Messages
	}
	if err := a.open(ctx); err != nil {
		return a.standing, err
	}
	if a.standing.State != collaboration.Active {
		if stopped := a.invite(ctx); stopped != nil {
			return a.giveUp(ctx, *stopped)
		}
		if err := a.startAgreement(ctx); err != nil {
			return a.giveUp(ctx, failed(err))
		}
	}
	return a.serveTerm(ctx)
}

// invite makes everything ready, sends the invitation and waits until the
// customer has approved it. Anything else stops it.
func (a *activation) invite(ctx workflow.Context) *stop {
	if stopped := a.provision(ctx); stopped != nil {
		return stopped
	}
	return a.awaitApproval(ctx)
}

// stop is why an activation ends without a collaboration.
type stop struct {
	state collaboration.State
	by    string
	// err is what the run returns: nil for the outcomes that are answers.
	err error
}

func failed(err error) stop {
	if temporal.IsCanceledError(err) {
		return stop{state: collaboration.Withdrawn, by: collaboration.ActorOperator, err: err}
	}
	return stop{state: collaboration.Failed, by: collaboration.ActorSystem, err: err}
}

// stopped is what a message or the customer's answer has stopped so far; nil
// while the activation goes on.
func (a *activation) stopped() *stop {
	d := a.standing.Decision
	switch {
	case d != nil && d.Outcome == collaboration.Decline:
		return &stop{state: collaboration.Declined, by: d.By}
	case a.withdrawnBy != "":
		return &stop{state: collaboration.Withdrawn, by: a.withdrawnBy}
	default:
		return nil
	}
}

// giveUp undoes what the activation did, last first, and records how it ended.
// It runs to its end even where the run was cancelled.
func (a *activation) giveUp(ctx workflow.Context, s stop) (collaboration.Standing, error) {
	a.carryOut(ctx)
	a.standing.State = s.state
	a.show(ctx, waiting{on: "Taking back what was made ready", acts: "nobody", operator: "nothing: cancelling does not stop it"})
	for _, undo := range slices.Backward(a.undo) {
		if err := a.settle(ctx, undo, a.undoing(ctx)); err != nil {
			// The others are still taken back; the run fails so that it is seen.
			s.err = err
			a.log.Error("undo failed", "error", err)
		}
	}
	closing := collaboration.Closing{
		Activation: a.order.Activation, State: s.state, Code: codeOf(s.err),
		Decision: a.standing.Decision, By: s.by, At: workflow.Now(ctx),
	}
	if err := a.settle(ctx, do.CloseActivation, a.order, closing); err != nil {
		return a.standing, err
	}
	a.announce(ctx)
	if kind, ok := outcomeLetters[s.state]; ok {
		a.tell(ctx, collaboration.Letter{Kind: kind, By: s.by})
	}
	a.close(ctx)
	return a.standing, s.err
}

// close comes last: whoever asked for something is answered, and what nobody acts
// on any more is taken.
func (a *activation) close(ctx workflow.Context) {
	a.showOver(ctx)
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	_ = a.await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }) // not cancelled
	a.mailbox.empty()
}

// outcomeLetters tell the office why there will be no collaboration; who
// withdrew it knows.
var outcomeLetters = map[collaboration.State]collaboration.LetterKind{
	collaboration.Declined: collaboration.LetterDeclined,
	collaboration.Expired:  collaboration.LetterExpired,
	collaboration.Failed:   collaboration.LetterFailed,
}
