package app

import (
	"time"

	"countersign/collaboration"
)

// InvitationStatus is the status of an invitation for the holder of one of its links.
type InvitationStatus string

// The statuses of an invitation.
const (
	InvitationOpen       InvitationStatus = "open"
	InvitationDecided    InvitationStatus = "decided"
	InvitationSuperseded InvitationStatus = "replaced" // by an invitation of a later generation
	InvitationExpired    InvitationStatus = "expired"
	InvitationWithdrawn  InvitationStatus = "withdrawn"
	InvitationFailed     InvitationStatus = "failed"
)

// Code returns the code that rejects a decision on an invitation with the status, or ""
// for an open one.
func (s InvitationStatus) Code() collaboration.Code {
	switch s {
	case InvitationOpen:
		return ""
	case InvitationDecided:
		return collaboration.CodeAlreadyDecided
	case InvitationSuperseded:
		return collaboration.CodeLinkReplaced
	case InvitationExpired:
		return collaboration.CodeLinkExpired
	default:
		return collaboration.CodeNotPending
	}
}

// statusAt returns the invitation's status at an instant.
func (i Invitation) statusAt(now time.Time) InvitationStatus {
	a := i.Activation
	superseded := i.Generation() < a.Generation
	switch {
	case superseded && (a.Decision != nil || a.State.IsPending()):
		// The address may have been corrected since: the holder may be a stranger.
		return InvitationSuperseded
	case a.Decision != nil, a.State == collaboration.Active, a.State == collaboration.Ended, a.State == collaboration.Declined:
		return InvitationDecided
	case a.State == collaboration.Withdrawn:
		return InvitationWithdrawn
	case a.State == collaboration.Failed:
		return InvitationFailed
	case i.linkExpired, a.State == collaboration.Expired, !a.ExpiresAt.IsZero() && !now.Before(a.ExpiresAt):
		return InvitationExpired
	}
	return InvitationOpen
}
