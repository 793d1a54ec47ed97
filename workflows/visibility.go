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

// show tells an operator what the run waits for.
func (a *activation) show(ctx workflow.Context, doing string) {
	o := a.order
	// Also what the run's summary says: a renewed run has no summary of its own.
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s** · %s · %s\n\n%s\n\nOffice %s, customer %s, task %s",
		a.standing.State, o.SolutionID, o.Scenario, doing, o.OfficeID, o.CustomerID, o.TaskID))
}

func (a *activation) showPending(ctx workflow.Context) {
	doing := "Waiting for the customer to approve, until " + a.standing.ExpiresAt.Format(time.RFC3339)
	if a.standing.Bounced {
		doing = "The invitation bounced: the office must correct the address. Expires " + a.standing.ExpiresAt.Format(time.RFC3339)
	}
	a.show(ctx, doing)
}

func (a *activation) showTerm(ctx workflow.Context) {
	then := "renews"
	if !a.standing.Agreement.Continues() {
		then = "ends"
	}
	a.show(ctx, fmt.Sprintf("Term %d runs from %s and %s on %s", a.standing.Agreement.Term,
		a.standing.Agreement.TermStartsOn(), then, a.standing.Agreement.EndsOn()))
}
