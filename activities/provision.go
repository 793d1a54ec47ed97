package activities

import (
	"context"

	"countersign/collaboration"
)

// CheckTask opens the activation's record and makes sure that its task is an
// open one of this customer.
func (a *Activities) CheckTask(ctx context.Context, p collaboration.Provision) error {
	if err := a.facts.OpenActivation(ctx, p.Order); err != nil {
		return failure(err)
	}
	return failure(a.facts.CheckTask(ctx, p.Order, p.At))
}

// ActivateSolution gives the customer the solution, unless it has it.
func (a *Activities) ActivateSolution(ctx context.Context, p collaboration.Provision) error {
	return failure(a.facts.ActivateSolution(ctx, p.Order, p.At))
}

// DeactivateSolution takes back the solution that this activation gave.
func (a *Activities) DeactivateSolution(ctx context.Context, u collaboration.Undo) error {
	return failure(a.facts.DeactivateSolution(ctx, u))
}

// CreateAdministrator makes the contact of a new customer its administrator.
func (a *Activities) CreateAdministrator(ctx context.Context, p collaboration.Provision) error {
	return failure(a.facts.CreateAdministrator(ctx, p.Order, p.At))
}

// RemoveAdministrator takes back the administrator that this activation made.
func (a *Activities) RemoveAdministrator(ctx context.Context, u collaboration.Undo) error {
	return failure(a.facts.RemoveAdministrator(ctx, u))
}
