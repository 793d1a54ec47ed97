package activities

import (
	"context"

	"countersign/collaboration"
)

// ChangeActivation records a change of a pending invitation or of a running
// collaboration.
func (a *Activities) ChangeActivation(ctx context.Context, c collaboration.Changed) error {
	return failure(a.facts.ChangeActivation(ctx, c))
}

// CorrectAddress records the right address of the person who was invited.
func (a *Activities) CorrectAddress(ctx context.Context, c collaboration.Correction) error {
	return failure(a.facts.CorrectAddress(ctx, c))
}

// ForwardInvitation records that another administrator is invited.
func (a *Activities) ForwardInvitation(ctx context.Context, f collaboration.Forwarding) error {
	return failure(a.facts.ForwardInvitation(ctx, f))
}

// RecordAgreement records what happened to a running agreement.
func (a *Activities) RecordAgreement(ctx context.Context, c collaboration.AgreementChange) error {
	return failure(a.facts.RecordAgreement(ctx, c))
}
