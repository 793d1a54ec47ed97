package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// await blocks the main coroutine until done reports true. It handles all commands that have
// arrived before it calls done. Therefore a command that arrived in the same workflow task as
// a timer or a completed activity is handled first.
func (e *execution) await(ctx workflow.Context, done func() bool) {
	for {
		e.handleCommands(ctx)
		if done() {
			return
		}
		_ = workflow.Await(ctx, func() bool { return e.hasCommands() || done() }) // the context is never cancelled
	}
}

// awaitUntil is await with a deadline. The caller compares the deadline with the workflow's
// time to determine whether it has passed. A timer that has not fired is cancelled;
// workflow.AwaitWithTimeout would not cancel it.
func (e *execution) awaitUntil(ctx workflow.Context, deadline time.Time, summary string, done func() bool) {
	ctx, cancelTimer := workflow.WithCancel(ctx)
	defer cancelTimer()
	timer := workflow.NewTimerWithOptions(ctx, deadline.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: summary})
	e.await(ctx, func() bool { return done() || timer.IsReady() })
}
