package app

import (
	"cmp"
	"context"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Resent is the result of ResendByLink.
type Resent string

// The results of ResendByLink.
const (
	ResentNow     Resent = "resent"
	ResentTooSoon Resent = "just_sent" // the newest invitation was sent a moment ago
	ResentNothing Resent = ""          // there is no open invitation, or the link is of the newest one
)

// resendInterval is the shortest time between two invitations that a link requests.
const resendInterval = 10 * time.Minute

// unknownInvitee is the actor of a request that has only a link.
const unknownInvitee = "invitee"

// MayResend reports whether the newest invitation was sent long enough ago to send it again
// by a link.
func (s *Invitations) MayResend(i Invitation) bool {
	return s.now().Sub(i.Activation.SentAt) >= resendInterval
}

// ResendByLink sends the newest invitation again, to the stored address, for the holder of
// a superseded link.
func (s *Invitations) ResendByLink(ctx context.Context, i Invitation) (Resent, error) {
	if i.OfOffice {
		return ResentNothing, errSeparationOfDuties()
	}
	if i.Status != InvitationSuperseded || !i.IsAnswerable() {
		return ResentNothing, nil
	}
	// The time of the last mail is read from the store alone: a resend that is not stored
	// yet then has the same command ID.
	a, err := s.store.Activation(ctx, i.Activation.ID)
	if err != nil {
		return ResentNothing, err
	}
	if !s.MayResend(Invitation{Activation: a}) {
		return ResentTooSoon, nil
	}
	id := message.NewID("resend by link", a.ID, a.SentAt)
	if err := s.allowMail(ctx, id, inviteeEmails(a)...); err != nil {
		return ResentNothing, err
	}
	_, err = s.sendCommand(ctx, message.Command{
		ID: id, Activation: a.ID, Kind: collaboration.CommandResend, By: cmp.Or(i.AdministratorID, unknownInvitee), At: s.now().UTC(),
	})
	switch collaboration.CodeOf(err) {
	case "", collaboration.CodeOutcomeUnknown:
		return ResentNow, nil
	case collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeActivationNotFound:
		return ResentNothing, nil
	}
	return ResentNothing, err
}

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
