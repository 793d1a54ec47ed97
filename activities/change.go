package activities

import (
	"context"

	"countersign/collaboration/message"
)

// ChangeStore stores commands of employees.
type ChangeStore interface {
	ChangeActivation(context.Context, message.Command) error
	CorrectAddress(context.Context, message.Command) error
	ForwardInvitation(context.Context, message.Command) error
}

// ChangeActivation stores a change of a pending invitation or of a running
// collaboration.
func (a *Activities) ChangeActivation(ctx context.Context, c message.Command) error {
	return failure(a.store.ChangeActivation(ctx, c))
}

// CorrectAddress stores the corrected address of the recipient.
func (a *Activities) CorrectAddress(ctx context.Context, c message.Command) error {
	return failure(a.store.CorrectAddress(ctx, c))
}

// ForwardInvitation stores that another administrator is invited.
func (a *Activities) ForwardInvitation(ctx context.Context, c message.Command) error {
	return failure(a.store.ForwardInvitation(ctx, c))
}

// RecordAgreement stores an amendment of a running agreement, such as a notice.
func (a *Activities) RecordAgreement(ctx context.Context, c message.AmendmentInput) error {
	return failure(a.store.RecordAgreement(ctx, c))
}
