package activities

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// ChangeStore stores commands.
type ChangeStore interface {
	ChangeActivation(context.Context, message.Command) error
	// CorrectAddress reports whether it has changed the address of an administrator.
	CorrectAddress(context.Context, message.Command) (changed bool, err error)
	ForwardInvitation(context.Context, message.Command) error
	// HandOnInvitation returns the id of the colleague.
	HandOnInvitation(context.Context, message.Command) (administrator string, err error)
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

// ForwardInvitation stores that another person is invited: an administrator, or a colleague to
// whom the customer hands on the invitation. It returns the person's id.
func (a *Activities) ForwardInvitation(ctx context.Context, c message.Command) (administrator string, err error) {
	if c.Kind == collaboration.CommandHandOn {
		administrator, err = a.store.HandOnInvitation(ctx, c)
	} else {
		administrator, err = c.Administrator, a.store.ForwardInvitation(ctx, c)
	}
	return administrator, failure(err)
}

// RecordAgreement stores an amendment of a running agreement, such as a notice.
func (a *Activities) RecordAgreement(ctx context.Context, c message.AmendmentInput) error {
	return failure(a.store.RecordAgreement(ctx, c))
}
