package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
)

// letterFor is how long a letter that cannot be sent is retried.
const letterFor = 7 * 24 * time.Hour

// tell sends a letter. One that does not go out at once is left to a run of its
// own: no activation waits for a mail server, not even to be over.
func (a *activation) tell(ctx workflow.Context, l collaboration.Letter) {
	if a.revision < wholeLife {
		return
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	l.Activation, l.At = a.order.Activation, workflow.Now(ctx).UTC()
	err := tryQuickly(ctx, do.SendLetter, l)
	if err == nil {
		return
	}
	if isFinal(err) {
		a.log.Warn("letter not sent", "kind", l.Kind, "error", err)
		return
	}
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:        fmt.Sprintf("letter-%s-%s-%d-%d", l.Activation, l.Kind, l.Generation, l.Number),
		ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:     fmt.Sprintf("letter %s · %s · customer %s", l.Kind, a.order.SolutionID, a.order.CustomerID),
		StaticDetails:     fmt.Sprintf("A mail of activation %s that did not go out at once. It is tried for a week; the activation does not wait for it.", l.Activation),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			officeKey.ValueSet(a.order.OfficeID), customerKey.ValueSet(a.order.CustomerID), solutionKey.ValueSet(a.order.SolutionID),
		),
	})
	run := workflow.ExecuteChildWorkflow(child, LetterWorkflow, l)
	if err := run.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
		a.log.Error("letter not sent", "kind", l.Kind, "error", err)
	}
}

// LetterWorkflow sends a letter that did not go out at once.
func LetterWorkflow(ctx workflow.Context, l collaboration.Letter) error {
	show(ctx, fmt.Sprintf("**letter** · %s", l.Kind), waiting{
		on: "Waiting for the mail service to take a mail that did not go out at once", until: workflow.Now(ctx).Add(letterFor),
		acts:     "whoever runs the mail service",
		operator: "mend it, then " + ops("retry", workflow.GetInfo(ctx).WorkflowExecution.ID),
	}, fmt.Sprintf("Activation %s; nothing waits for this letter", l.Activation))
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              collaboration.MailTaskQueue,
		StartToCloseTimeout:    oneTry,
		ScheduleToCloseTimeout: letterFor,
		Summary:                "letter " + string(l.Kind),
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 15 * time.Minute},
	})
	err := workflow.ExecuteActivity(ctx, do.SendLetter, l).Get(ctx, nil)
	if codeOf(err) == collaboration.CodeNotPending { // a reminder of what was answered meanwhile
		return nil
	}
	return err
}
