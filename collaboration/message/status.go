package message

import (
	"time"

	"countersign/collaboration"
)

// Phase returns the phase of the activation.
func (s Status) Phase() collaboration.Phase { return collaboration.PhaseOf(s.State, s.Agreement) }

// Status is the status of an activation: the result of the query and of every Update.
type Status struct {
	Activation collaboration.ActivationID `json:"activation"`
	// State includes the effect of all accepted commands. The database has it once the
	// activities have stored them.
	State collaboration.State `json:"state"`
	// Generation is that of the valid invitation link.
	Generation int `json:"generation"`
	// ExpiresAt is when the invitation expires; zero before the first one.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Decision is the accepted decision. If its ID is not that of the caller's decision,
	// another one was first.
	Decision  *collaboration.Decision  `json:"decision,omitempty"`
	Agreement *collaboration.Agreement `json:"agreement,omitempty"`
	// Proposal is the latest proposal of a change; nil before the first.
	Proposal *collaboration.Proposal `json:"proposal,omitempty"`
	// RemindersPaused is true if an employee paused the reminders, Bounced if the mails of
	// this generation to all recipients bounced. Both stop the reminders.
	RemindersPaused bool `json:"reminders_paused,omitempty"`
	Bounced         bool `json:"bounced,omitempty"`
	// ClosedBy is the id of the command that ended the activation; empty for other ends.
	ClosedBy string `json:"closed_by,omitempty"`
}
