package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// provision runs the provisioning steps of the scenario.
func (a *activation) provision(ctx workflow.Context) {
	if a.ProvisionBy.IsZero() {
		a.ProvisionBy = workflow.Now(ctx).Add(provisionTimeout).UTC()
	}
	a.view.showProvisioning(ctx)
	interrupted := func() bool { return a.endsWithoutAgreement() || continueAsNewSuggested(ctx) }
	for _, step := range provisioningSteps(a.Order.Scenario) {
		input := message.ProvisionInput{Order: a.Order, At: workflow.Now(ctx)}
		switch err := a.executeProvisioning(ctx, interrupted, nil, step.action, input); {
		case interrupted() || err == errInterrupted:
			return
		case err != nil:
			a.fail(err)
			return
		}
	}
	a.Provisioned = true
	a.startLifetime(workflow.Now(ctx))
}

// step is an activity and its compensation; nil for none.
type step struct{ action, compensation any }

func provisioningSteps(scenario collaboration.Scenario) []step {
	steps := []step{{act.CheckTask, nil}}
	if scenario.ActivatesSolution() {
		steps = append(steps, step{act.ActivateSolution, act.DeactivateSolution})
	}
	if scenario.CreatesAdministrator() {
		steps = append(steps, step{act.CreateAdministrator, act.RemoveAdministrator})
	}
	return steps
}

// compensations returns the compensations of all provisioning steps, in reverse order. It
// includes steps that failed, because a step may have had an effect before it failed. A
// compensation removes only resources that this activation created.
func compensations(scenario collaboration.Scenario) (all []any) {
	for _, s := range slices.Backward(provisioningSteps(scenario)) {
		if s.compensation != nil {
			all = append(all, s.compensation)
		}
	}
	return all
}
