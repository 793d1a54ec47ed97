package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// updateTimeout limits the wait of an Update for its effect to be stored. It is below the
// starter's timeout, so that the caller receives the status of an accepted command.
const updateTimeout = 2 * time.Second

// update is a command that an Update handler passes to the main coroutine.
type update struct {
	command message.Command
	handled bool
	err     error
}

// setup registers the query, an Update for each kind of command, and the one Signal for all
// kinds. Signals of one name have the order of the history; those of different names have
// none.
func (e *execution) setup(ctx workflow.Context) error {
	e.signals = workflow.GetSignalChannel(ctx, message.Signal)
	err := workflow.SetQueryHandler(ctx, temporalx.StatusQuery, func() (message.Status, error) { return e.Status, nil })
	for _, kind := range collaboration.Commands() {
		named := func(c message.Command) message.Command { c.Kind = kind; return c }
		err = errors.Join(err, workflow.SetUpdateHandlerWithOptions(ctx, string(kind),
			func(ctx workflow.Context, c message.Command) (message.Status, error) { return e.answer(ctx, named(c)) },
			workflow.UpdateHandlerOptions{Validator: func(_ workflow.Context, c message.Command) error { return e.validate(named(c)) }},
		))
	}
	return err
}

// answer passes a command to the main coroutine, and answers once its effect is
// stored. Where that takes long, the command is accepted and its effect follows.
func (e *execution) answer(ctx workflow.Context, c message.Command) (message.Status, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	u := &update{command: c}
	e.updates = append(e.updates, u)
	_ = workflow.Await(ctx, func() bool { return u.handled }) // the context is never cancelled
	if u.err != nil {
		return e.Status, u.err
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, updateTimeout, workflow.TimerOptions{Summary: "the Update's answer waits for its effect"})
	_ = workflow.Await(ctx, func() bool { return e.isSettled(workflow.Now(ctx)) || e.retrying || e.continuing || timer.IsReady() })
	return e.Status, nil
}

// isSettled reports whether the effects of all accepted commands are stored.
func (e *execution) isSettled(now time.Time) bool {
	switch {
	case e.closed:
		return true
	case e.Closing != nil || len(e.Pending)+len(e.AwaitingAgreement) > 0:
		return false
	case e.Status.State == collaboration.Active:
		return e.Status.Agreement != nil && !e.Status.Agreement.StartIsDue(now)
	default:
		return e.Invitation.Mailed == e.Status.Generation
	}
}

// handleCommands handles every command and cancellation that has arrived. The main coroutine
// calls it before every decision, so a command that is in the history before a fired timer is
// handled before the timer. Signals are handled before Updates: Signals were in the history
// before this workflow task began, an Update was not.
func (e *execution) handleCommands(ctx workflow.Context) {
	for {
		var c message.Command
		if !e.signals.ReceiveAsync(&c) {
			break
		}
		e.handleSignal(ctx, c)
	}
	for len(e.updates) > 0 {
		u := e.updates[0]
		e.updates = e.updates[1:]
		u.err, u.handled = e.handle(workflow.Now(ctx), u.command), true
	}
	if e.cancelRequested() && !e.cancelHandled {
		e.cancelHandled = true
		e.cancel()
	}
}

// hasCommands reports whether commands or a cancellation have not been handled.
func (e *execution) hasCommands() bool {
	return e.signals.Len() > 0 || len(e.updates) > 0 || e.cancelRequested() && !e.cancelHandled
}

// handleSignal handles a command without a reply. The history records whether its values were
// valid, so that a later change of the rules does not change a replay.
func (e *execution) handleSignal(ctx workflow.Context, c message.Command) {
	var invalid string
	recorded := workflow.SideEffect(ctx, func(workflow.Context) any {
		if err := c.Validate(); err != nil {
			return err.Error()
		}
		return ""
	})
	err := recorded.Get(&invalid)
	if err == nil && invalid == "" {
		err = e.handle(workflow.Now(ctx), c)
	}
	if err != nil || invalid != "" {
		e.log.Info("signal rejected", "command", c.Kind, "invalid", invalid, "error", err)
	}
}
