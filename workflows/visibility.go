package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
)

var (
	officeKey       = temporal.NewSearchAttributeKeyKeyword(collaboration.SearchOffice)
	customerKey     = temporal.NewSearchAttributeKeyKeyword(collaboration.SearchCustomer)
	solutionKey     = temporal.NewSearchAttributeKeyKeyword(collaboration.SearchSolution)
	stateKey        = temporal.NewSearchAttributeKeyKeyword(collaboration.SearchState)
	agreementEndKey = temporal.NewSearchAttributeKeyTime(collaboration.SearchAgreementEnd)
)

// announce makes the state findable.
func (a *activation) announce(ctx workflow.Context) {
	updates := []temporal.SearchAttributeUpdate{stateKey.ValueSet(string(a.standing.State))}
	if a.standing.Agreement != nil {
		updates = append(updates, agreementEndKey.ValueSet(a.standing.Agreement.Ends()))
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		a.log.Error("search attributes not updated", "error", err)
	}
}

// waiting is what an operator reads of a run at once. It names nobody.
type waiting struct {
	on       string    // what the run waits for
	until    time.Time // zero where nothing ends it
	acts     string    // who must act
	operator string    // what an operator can do
}

// show makes it the run's current details, as Markdown.
func show(ctx workflow.Context, title string, w waiting, about string) {
	until := "no deadline"
	if !w.until.IsZero() {
		until = w.until.UTC().Format(time.RFC3339)
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s\n\n%s\n\n- **Until**: %s\n- **Who must act**: %s\n- **Operator**: %s\n\n%s",
		title, w.on, until, w.acts, w.operator, about))
}

// ops is a command that an operator can copy.
func ops(job, id string) string { return "`countersign ops " + job + " " + id + "`" }

func (a *activation) ops(job string) string { return ops(job, string(a.order.Activation)) }

// show also says what the run's summary says: a renewed run has none of its own.
func (a *activation) show(ctx workflow.Context, w waiting) {
	o := a.order
	show(ctx, fmt.Sprintf("**%s** · %s · %s", a.standing.State, o.SolutionID, o.Scenario), w,
		fmt.Sprintf("Office %s, customer %s, task %s", o.OfficeID, o.CustomerID, o.TaskID))
}

func (a *activation) showMakingReady(ctx workflow.Context) {
	a.show(ctx, waiting{on: "Making ready what the customer needs, and sending the invitation",
		acts: "nobody", operator: "nothing; " + a.ops("cancel") + " stops it and undoes"})
}

func (a *activation) showPending(ctx workflow.Context) {
	w := waiting{on: "Waiting for the customer to approve", until: a.standing.ExpiresAt,
		acts:     "the customer, any of its administrators",
		operator: "nothing; " + a.ops("resend") + " sends a new invitation, " + a.ops("cancel") + " withdraws it and undoes"}
	if a.standing.Bounced {
		w.on, w.acts = "The invitation bounced: the customer does not have it", "the office must correct the address"
	}
	a.show(ctx, w)
}

func (a *activation) showTerm(ctx workflow.Context) {
	agreement, then := a.standing.Agreement, "renews"
	if !agreement.Continues() {
		then = "ends"
	}
	a.show(ctx, waiting{
		on:    fmt.Sprintf("Term %d runs from %s and %s on %s", agreement.Term, agreement.TermStartsOn(), then, agreement.EndsOn()),
		until: agreement.Ends(), acts: "nobody; either party may give notice or end it",
		operator: "nothing; " + a.ops("cancel") + " ends the collaboration at once",
	})
}

// showRetrying says that a step did not finish at once, and until when it is
// tried. One that must be done is not given up by cancelling.
func (a *activation) showRetrying(ctx workflow.Context, cause error, within time.Duration) {
	operator := "mend it, then " + a.ops("retry")
	if within == provisionFor {
		operator += "; " + a.ops("cancel") + " gives it up and undoes"
	}
	a.show(ctx, waiting{
		on:    fmt.Sprintf("Waiting for a step that failed with `%s`: it is the pending activity, and is tried again", codeOf(cause)),
		until: workflow.Now(ctx).Add(within), acts: "whoever runs what the failure names", operator: operator,
	})
}

func (a *activation) showOver(ctx workflow.Context) {
	a.show(ctx, waiting{on: "Over", acts: "nobody", operator: "nothing"})
}
