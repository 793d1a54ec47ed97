package activities

import (
	"context"

	"countersign/collaboration/message"
)

// ChangeStore stores commands of employees.
type ChangeStore interface {
	ChangeActivation(context.Context, message.Command) error
	// CorrectAddress reports whether it has changed the address of an administrator.
	CorrectAddress(context.Context, message.Command) (changed bool, err error)
	ForwardInvitation(context.Context, message.Command) error
}

// ChangeActivation stores a change of a pending invitation or of a running
// collaboration.
func (a *Activities) ChangeActivation(ctx context.Context, c message.Command) error {
	return failure(a.store.ChangeActivation(ctx, c))
}

// CorrectAddress stores the corrected address of the recipient. It reports whether the
// address of an administrator has changed.
func (a *Activities) CorrectAddress(ctx context.Context, c message.Command) (changed bool, err error) {
	changed, err = a.store.CorrectAddress(ctx, c)
	return changed, failure(err)
}

// ForwardInvitation stores that another administrator is invited.
func (a *Activities) ForwardInvitation(ctx context.Context, c message.Command) error {
	return failure(a.store.ForwardInvitation(ctx, c))
}

// RecordAgreement stores an amendment of a running agreement, such as a notice.
func (a *Activities) RecordAgreement(ctx context.Context, c message.AmendmentInput) error {
	return failure(a.store.RecordAgreement(ctx, c))
}
