package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

const (
	// firstAttemptTimeout limits the attempt that the activation makes itself.
	firstAttemptTimeout = 10 * time.Second
	// notificationTimeout limits the retries of a NotificationWorkflow.
	notificationTimeout = 7 * 24 * time.Hour
)

// notify mails a notification. The activation waits for one attempt only. If it fails, a
// NotificationWorkflow retries, so that no activation waits for a mail server.
func (a *activation) notify(ctx workflow.Context, n collaboration.Notification) {
	n.Activation, n.At = a.Order.Activation, workflow.Now(ctx).UTC()
	err := a.attemptMail(ctx, act.SendNotification, n)
	if err == nil {
		return
	}
	if temporalx.IsNonRetryable(err) {
		a.log.Warn("notification not sent", "kind", n.Kind, "error", err)
		return
	}
	child := workflow.ExecuteChildWorkflow(notificationOptions(ctx, a.Order, n), NotificationWorkflow, n)
	if err := a.result(ctx, child.GetChildWorkflowExecution(), never, nil); err != nil {
		a.log.Error("notification not sent", "kind", n.Kind, "error", err)
	}
}

func never() bool { return false }

// attemptMail attempts once to send a mail. Addresses that the provider rejected have bounced.
func (a *activation) attemptMail(ctx workflow.Context, activity any, n collaboration.Notification) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              temporalx.MailTaskQueue,
		ScheduleToCloseTimeout: firstAttemptTimeout,
		Summary:                "mail " + string(n.Kind),
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	var bounced []message.Report
	err := a.result(ctx, workflow.ExecuteActivity(ctx, activity, n), never, &bounced)
	a.applyBounces(bounced)
	return err
}

func notificationOptions(ctx workflow.Context, o collaboration.Order, n collaboration.Notification) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            n.WorkflowID(),
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         fmt.Sprintf("notification %s · %s · customer %s", n.Kind, o.SolutionID, o.CustomerID),
		StaticDetails:         fmt.Sprintf("A mail of activation %s whose first attempt failed. It is retried for a week; the activation does not wait for it.", n.Activation),
		TypedSearchAttributes: temporal.NewSearchAttributes(temporalx.SubjectAttributes(o.Subject())...),
	})
}

// NotificationWorkflow retries a mail after a failed first attempt, or sends one that the
// customer requested.
func NotificationWorkflow(ctx workflow.Context, n collaboration.Notification) error {
	setCurrentDetails(ctx, fmt.Sprintf("**notification** · %s", n.Kind), currentDetails{
		waitingFor: "Waiting for the mail service to accept the mail", until: workflow.Now(ctx).Add(notificationTimeout),
		actor:    "the operator of the mail service",
		operator: "fix it, then " + ops("retry", workflow.GetInfo(ctx).WorkflowExecution.ID),
	}, fmt.Sprintf("Activation %s; it does not wait for this mail", n.Activation))
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              temporalx.MailTaskQueue,
		StartToCloseTimeout:    startToCloseTimeout,
		ScheduleToCloseTimeout: notificationTimeout,
		Summary:                "notification " + string(n.Kind),
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 15 * time.Minute},
	})
	var bounced []message.Report
	err := workflow.ExecuteActivity(ctx, act.SendNotification, n).Get(ctx, &bounced)
	for _, r := range bounced {
		c := message.Command{ID: n.WorkflowID() + ":" + r.Administrator, Activation: n.Activation, Kind: collaboration.CommandReport, By: collaboration.ActorSystem, Report: &r}
		// An activation that has closed needs no report.
		_ = workflow.SignalExternalWorkflow(ctx, n.Activation.WorkflowID(), "", message.Signal, c).Get(ctx, nil)
	}
	if temporalx.CodeOf(err) == collaboration.CodeNotPending { // a reminder is obsolete once the customer has answered
		return nil
	}
	return err
}
