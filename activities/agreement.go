package activities

import (
	"context"

	"countersign/collaboration"
)

// StartAgreement records the approval and the agreement it starts.
func (a *Activities) StartAgreement(ctx context.Context, s collaboration.Start) error {
	return failure(a.facts.StartAgreement(ctx, s))
}

// RenewAgreement records that the agreement entered its next term.
func (a *Activities) RenewAgreement(ctx context.Context, r collaboration.Renewal) error {
	return failure(a.facts.RenewAgreement(ctx, r))
}

// RecordNotice records that the agreement will not renew.
func (a *Activities) RecordNotice(ctx context.Context, n collaboration.Notice) error {
	return failure(a.facts.RecordNotice(ctx, n))
}

// EndCollaboration records the end and does with the solution what its policy
// says.
func (a *Activities) EndCollaboration(ctx context.Context, e collaboration.End) error {
	return failure(a.facts.EndCollaboration(ctx, e))
}

// CloseActivation records that the activation ended without a collaboration,
// also where not even its beginning could be recorded before.
func (a *Activities) CloseActivation(ctx context.Context, o collaboration.Order, c collaboration.Closing) error {
	if err := a.facts.OpenActivation(ctx, o); err != nil {
		return failure(err)
	}
	return failure(a.facts.CloseActivation(ctx, c))
}
