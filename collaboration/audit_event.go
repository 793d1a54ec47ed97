package collaboration

import "time"

// Actors that are not people.
const (
	ActorSystem   = "system"
	ActorOperator = "operator"
)

// Event is one entry of an activation's audit.
type Event struct {
	Activation ActivationID
	// Sequence counts an activation's events from 1.
	Sequence int
	Action   Action
	// By is the id of an employee or an administrator, or one of the Actors.
	By string
	// ByName is the name of that person, also after it was removed; "" after an erasure.
	ByName string
	At     time.Time
	// Detail is a small JSON object without personal data.
	Detail string
	// Hash is that of the entry in the audit chain.
	Hash string
	// SignedHead is the signed head of the chain at this entry, as text; "" without a
	// signature.
	SignedHead string
}

// Action is the kind of an event.
type Action string

// The actions of the audit.
const (
	ActionRequested            Action = "requested"
	ActionTaskChecked          Action = "task_checked"
	ActionSolutionActivated    Action = "solution_activated"
	ActionAdministratorCreated Action = "administrator_created"
	ActionInvitationQueued     Action = "invitation_queued"
	ActionInvitationSent       Action = "invitation_sent"
	ActionApproved             Action = "approved"
	ActionAgreementStarted     Action = "agreement_started"
	ActionAgreementRenewed     Action = "agreement_renewed"
	ActionNoticeGiven          Action = "notice_given"
	ActionCollaborationEnded   Action = "collaboration_ended"
	ActionSolutionDeactivated  Action = "solution_deactivated"
	ActionAdministratorRemoved Action = "administrator_removed"
	ActionClosed               Action = "closed"
	ActionReminderSent         Action = "reminder_sent"
	ActionNotificationSent     Action = "notification_sent"
	ActionAddressCorrected     Action = "address_corrected"
	ActionForwarded            Action = "forwarded"
	ActionChanged              Action = "changed"
	ActionAccessGranted        Action = "access_granted"
	ActionAccessRevoked        Action = "access_revoked"
	ActionNoticeRevoked        Action = "notice_revoked"
	ActionEndSet               Action = "end_set"
	ActionPersonalDataErased   Action = "personal_data_erased"
	ActionMailDelivered        Action = "mail_delivered"
	ActionMailBounced          Action = "mail_bounced"
	ActionHandedOver           Action = "handed_over"
	ActionAskedAgain           Action = "asked_again"
	ActionTakenOver            Action = "taken_over"
	ActionChangeProposed       Action = "change_proposed"
	ActionChangeApproved       Action = "change_approved"
	ActionChangeDeclined       Action = "change_declined"
	ActionChangeWithdrawn      Action = "change_withdrawn"
	ActionChangeExpired        Action = "change_expired"
	ActionChangeLapsed         Action = "change_lapsed"
)
