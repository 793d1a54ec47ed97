package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// upsertStatus updates the search attributes.
func (e *execution) upsertStatus(ctx workflow.Context) {
	updates := temporalx.StatusAttributes(e.Status.State, e.Status.Phase(), e.Status.Agreement)
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		e.log.Error("search attributes not updated", "error", err)
	}
}

// currentDetails describes the status of an execution for operators. It has no personal data.
type currentDetails struct {
	waitingFor string
	until      time.Time // zero for no deadline
	actor      string    // the person or system that must act
	operator   string    // what an operator can do
}

// setCurrentDetails shows details in the Web UI, as Markdown.
func setCurrentDetails(ctx workflow.Context, title string, d currentDetails, about string) {
	until := "no deadline"
	if !d.until.IsZero() {
		until = d.until.UTC().Format(time.RFC3339)
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s\n\n%s\n\n- **Until**: %s\n- **Who must act**: %s\n- **Operator**: %s\n\n%s",
		title, d.waitingFor, until, d.actor, d.operator, about))
}

// ops returns a command for the operator to copy.
func ops(job, id string) string { return "`countersign ops " + job + " " + id + "`" }

// operatorView shows the status of an activation to operators.
type operatorView struct{ state *message.State }

func (v operatorView) ops(job string) string { return ops(job, string(v.state.Order.Activation)) }

// setCurrentDetails includes the content of the static summary, because an execution that
// continued as new has no summary.
func (v operatorView) setCurrentDetails(ctx workflow.Context, d currentDetails) {
	o := v.state.Order
	setCurrentDetails(ctx, fmt.Sprintf("**%s** · %s · %s", v.state.Status.Phase(), o.SolutionID, o.Scenario), d,
		fmt.Sprintf("Office %s, customer %s, task %s", o.OfficeID, o.CustomerID, o.TaskID))
}

func (v operatorView) showProvisioning(ctx workflow.Context) {
	v.setCurrentDetails(ctx, currentDetails{waitingFor: "Provisioning the customer and sending the invitation",
		actor: "none", operator: "nothing; " + v.ops("cancel") + " stops it and compensates"})
}

func (v operatorView) showAwaitingDecision(ctx workflow.Context) {
	d := currentDetails{waitingFor: "Waiting for the customer to approve", until: v.state.Status.ExpiresAt,
		actor:    "the customer, any of its administrators",
		operator: "nothing; " + v.ops("resend") + " sends a new invitation, " + v.ops("cancel") + " withdraws it and compensates"}
	if v.state.Status.Bounced {
		d.waitingFor, d.actor = "The invitation bounced", "the office must correct the address"
	}
	v.setCurrentDetails(ctx, d)
}

func (v operatorView) showApproved(ctx workflow.Context) {
	v.setCurrentDetails(ctx, currentDetails{waitingFor: "Storing the agreement that the customer approved", actor: "none",
		operator: "if an activity fails, fix its cause, then " + v.ops("retry")})
}

func (v operatorView) showTerm(ctx workflow.Context) {
	agreement, runs, then := v.state.Status.Agreement, "runs", "then renews"
	if agreement.WillStart() {
		runs = "has not started, and runs"
	}
	if !agreement.Continues() {
		then = "then ends"
	}
	v.setCurrentDetails(ctx, currentDetails{
		waitingFor: fmt.Sprintf("Term %d %s from %s until %s, and %s", agreement.Term, runs, agreement.TermStartsOn(), agreement.LastDay(), then),
		until:      agreement.Ends(), actor: "none; either party may give notice or end it",
		operator: "nothing; " + v.ops("cancel") + " ends the collaboration at once",
	})
}

// showRetrying shows that a provisioning step is retried.
func (v operatorView) showRetrying(ctx workflow.Context, cause error) {
	v.setCurrentDetails(ctx, currentDetails{
		waitingFor: fmt.Sprintf("Retrying a step that failed with `%s`; see the pending activity", temporalx.CodeOf(cause)),
		until:      v.state.ProvisionBy, actor: "the operator of the system that failed",
		operator: "fix it, then " + v.ops("retry") + "; " + v.ops("cancel") + " stops the retries and compensates",
	})
}

func (v operatorView) showCompensating(ctx workflow.Context) {
	v.setCurrentDetails(ctx, currentDetails{waitingFor: "Compensating the provisioning steps; an activity that fails is retried", actor: "none",
		operator: "if an activity fails, fix its cause, then " + v.ops("retry") + "; cancelling does not stop it"})
}

func (v operatorView) showClosed(ctx workflow.Context) {
	v.setCurrentDetails(ctx, currentDetails{waitingFor: "Closed", actor: "none", operator: "nothing"})
}
