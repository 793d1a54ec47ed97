package workflows

import (
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// act names the activities; it is never called.
var act *activities.Activities

// execution handles the commands of an activation, runs its activities and waits for them.
type execution struct {
	stateMachine
	view operatorView
	log  log.Logger

	signals workflow.ReceiveChannel
	// updates has the commands that Update handlers have received and the main coroutine
	// has not handled.
	updates []*update
	// cancelRequested reports whether an operator has cancelled the execution.
	cancelRequested func() bool
	// cancelHandled is true once the cancellation was handled.
	cancelHandled bool

	// retrying is true while a provisioning step is retried. Updates that wait for it are
	// answered at once.
	retrying bool
	// continuing is true while the execution waits for its handlers before it continues as
	// new. Updates are answered at once, and the next execution stores their effects.
	continuing bool
	// closed is true once the outcome is stored.
	closed bool
}

// activation has the phases of an activation. State is the input of the next execution after
// a continue-as-new; the other fields are those of this execution.
type activation struct {
	execution
	// newTerm is true once a term has begun. Each term has its own execution.
	newTerm bool
}

// ActivationWorkflow runs an activation from the request to the end of the agreement, and
// returns the last status. If a step fails and is not retried, the workflow compensates and
// fails.
func ActivationWorkflow(ctx workflow.Context, s message.State) (message.Status, error) {
	a := &activation{execution: execution{
		stateMachine:    stateMachine{s},
		log:             log.With(workflow.GetLogger(ctx), "activation", s.Order.Activation),
		cancelRequested: func() bool { return ctx.Err() != nil },
	}}
	a.view = operatorView{&a.State}
	if err := a.setup(ctx); err != nil {
		return a.Status, err
	}
	// A cancellation is handled like a command. Therefore activities and timers run on a
	// context that is never cancelled.
	running, _ := workflow.NewDisconnectedContext(ctx)
	return a.run(running)
}

// run executes the phase that the state requires, until the outcome is stored. Each phase
// returns when the state has changed. Therefore this loop is the only place that selects the
// next phase, also after a continue-as-new.
func (a *activation) run(ctx workflow.Context) (message.Status, error) {
	for !a.closed {
		a.handleCommands(ctx)
		if a.newTerm || continueAsNewSuggested(ctx) {
			return a.Status, a.continueAsNew(ctx)
		}
		switch {
		case a.endsWithoutAgreement():
			a.compensateAndClose(ctx)
		case !a.Provisioned:
			a.provision(ctx)
		case a.Order.IsTakeOver() && a.Status.Agreement == nil:
			a.takeOver(ctx)
		case a.Invitation.Mailed == 0 && !a.Order.IsTakeOver():
			a.sendFirstInvitation(ctx)
		case a.Status.State == collaboration.AwaitingApproval:
			a.awaitDecision(ctx)
		case a.Status.Agreement == nil:
			a.recordApproval(ctx)
		case a.Status.State == collaboration.Ended:
			a.endCollaboration(ctx)
		default:
			term{a}.run(ctx)
		}
	}
	return a.Status, a.finish(ctx)
}

// continueAsNewSuggested reports whether the history has reached the length at which Temporal
// suggests a continue-as-new.
func continueAsNewSuggested(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

// continueAsNew passes the state to the next execution. It handles the commands that arrive
// before the last handler has finished, because the next execution does not receive them.
// It does not block between that and the return.
func (a *activation) continueAsNew(ctx workflow.Context) error {
	a.continuing = true
	a.await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return workflow.NewContinueAsNewError(ctx, ActivationWorkflow, a.State)
}
