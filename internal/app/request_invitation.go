package app

import (
	"cmp"
	"context"

	"countersign/collaboration"
)

// RequestNew notifies the office, once, that a new invitation is wanted in place of one
// that has expired or failed. It returns false if the invitation is neither.
func (s *Invitations) RequestNew(ctx context.Context, i Invitation) (requested bool, err error) {
	if i.OfOffice {
		return false, errSeparationOfDuties()
	}
	if i.Status != InvitationExpired && i.Status != InvitationFailed {
		return false, nil
	}
	notification := collaboration.Notification{Activation: i.Activation.ID, Kind: collaboration.NotificationAskedAgain, By: cmp.Or(i.AdministratorID, unknownInvitee), At: s.now().UTC()}
	return true, s.workflows.SendNotification(ctx, i.Activation.Subject(), notification)
}
