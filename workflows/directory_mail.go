package workflows

import (
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

const (
	// commitTimeout is the time in which the transaction that stores the change ends. The
	// execution is started before it, so that no crash loses the mail.
	commitTimeout = time.Minute
	// firstRetry and lastRetry are the shortest and the longest delay between attempts.
	firstRetry = 2 * time.Second
	lastRetry  = 15 * time.Minute
)

func directoryMailOptions(ctx workflow.Context, m message.DirectoryMail) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            m.WorkflowID(),
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         m.Summary(),
		StaticDetails:         m.Details(),
		TypedSearchAttributes: temporal.NewSearchAttributes(temporalx.OfficeKey.ValueSet(m.OfficeID)),
	})
}

// DirectoryMailWorkflow sends one mail about a change of an office's directory. It retries
// while the mail is known to be unsent. After an attempt with an unknown outcome it stops,
// because a retry could send the mail twice. A change that was never stored sends no mail.
func DirectoryMailWorkflow(ctx workflow.Context, in message.DirectoryMail) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              temporalx.MailTaskQueue,
		StartToCloseTimeout:    startToCloseTimeout,
		ScheduleToStartTimeout: notificationTimeout,
		Summary:                "mail " + string(in.Kind),
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	began, delay := workflow.Now(ctx), firstRetry
	for {
		err := workflow.ExecuteActivity(ctx, act.SendDirectoryMail, in).Get(ctx, nil)
		age := workflow.Now(ctx).Sub(began)
		switch code := temporalx.CodeOf(err); {
		case err == nil:
			return nil
		case code == collaboration.CodeNotFound && age < commitTimeout:
		case code == collaboration.CodeNotFound:
			return nil
		case temporal.IsTimeoutError(err), code == collaboration.CodeMailUnconfirmed, temporalx.IsNonRetryable(err), age > notificationTimeout:
			return err
		}
		if err := workflow.Sleep(ctx, delay); err != nil {
			return err
		}
		delay = min(2*delay, lastRetry)
	}
}
