package app

import (
	"cmp"
	"context"

	"countersign/collaboration"
)

// RequestNew stores, once, that a new invitation is wanted in place of one that has expired
// or failed, and notifies the office. It returns false if the invitation is neither.
func (s *Invitations) RequestNew(ctx context.Context, i Invitation) (requested bool, err error) {
	if i.OfOffice {
		return false, errSeparationOfDuties()
	}
	if i.Status != InvitationExpired && i.Status != InvitationFailed {
		return false, nil
	}
	by, now := cmp.Or(i.AdministratorID, unknownInvitee), s.now().UTC()
	if err := s.store.RequestInvitation(ctx, i.Activation.ID, by, now); err != nil {
		return false, err
	}
	notification := collaboration.Notification{Activation: i.Activation.ID, Kind: collaboration.NotificationAskedAgain, By: by, At: now}
	return true, s.workflows.SendNotification(ctx, i.Activation.Subject(), notification)
}
