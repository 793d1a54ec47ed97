package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

const (
	// addTimeout is the time in which the transaction that adds the employee ends. The
	// execution is started before it, so that no crash loses the mail.
	addTimeout = time.Minute
	// firstRetry and lastRetry are the shortest and the longest delay between attempts.
	firstRetry = 2 * time.Second
	lastRetry  = 15 * time.Minute
)

// EmployeeMailWorkflow sends the mail that a new employee receives. It retries while the
// mail is known to be unsent. After an attempt with an unknown outcome it stops, because a
// retry could send the mail twice. An employee that was never stored receives no mail.
func EmployeeMailWorkflow(ctx workflow.Context, in message.EmployeeMail) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              temporalx.MailTaskQueue,
		StartToCloseTimeout:    startToCloseTimeout,
		ScheduleToStartTimeout: notificationTimeout,
		Summary:                "mail to a new employee",
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	began, delay := workflow.Now(ctx), firstRetry
	for {
		err := workflow.ExecuteActivity(ctx, act.SendEmployeeMail, in).Get(ctx, nil)
		age := workflow.Now(ctx).Sub(began)
		switch code := temporalx.CodeOf(err); {
		case err == nil:
			return nil
		case code == collaboration.CodeEmployeeNotFound && age < addTimeout:
		case code == collaboration.CodeEmployeeNotFound:
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
