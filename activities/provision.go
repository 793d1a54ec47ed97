package activities

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// ProvisioningStore stores the steps up to the invitation, and their compensations.
type ProvisioningStore interface {
	OpenActivation(context.Context, collaboration.Order) error
	CheckTask(ctx context.Context, o collaboration.Order, at time.Time) error
	ActivateSolution(ctx context.Context, o collaboration.Order, at time.Time) error
	CreateAdministrator(ctx context.Context, o collaboration.Order, at time.Time) error
	DeactivateSolution(context.Context, message.CompensationInput) error
	RemoveAdministrator(context.Context, message.CompensationInput) error
}

// CheckTask opens the activation's record, and checks that its task is open and belongs to
// the customer.
func (a *Activities) CheckTask(ctx context.Context, p message.ProvisionInput) error {
	if err := a.store.OpenActivation(ctx, p.Order); err != nil {
		return failure(err)
	}
	return failure(a.store.CheckTask(ctx, p.Order, p.At))
}

// ActivateSolution activates the solution for a customer that lacks it.
func (a *Activities) ActivateSolution(ctx context.Context, p message.ProvisionInput) error {
	return failure(a.store.ActivateSolution(ctx, p.Order, p.At))
}

// DeactivateSolution compensates for ActivateSolution.
func (a *Activities) DeactivateSolution(ctx context.Context, u message.CompensationInput) error {
	return failure(a.store.DeactivateSolution(ctx, u))
}

// CreateAdministrator creates the administrator of a new customer from its contact.
func (a *Activities) CreateAdministrator(ctx context.Context, p message.ProvisionInput) error {
	return failure(a.store.CreateAdministrator(ctx, p.Order, p.At))
}

// RemoveAdministrator compensates for CreateAdministrator.
func (a *Activities) RemoveAdministrator(ctx context.Context, u message.CompensationInput) error {
	return failure(a.store.RemoveAdministrator(ctx, u))
}
