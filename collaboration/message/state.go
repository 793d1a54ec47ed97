package message

import (
	"slices"
	"time"

	"countersign/collaboration"
)

// State is the complete state of a workflow execution. It is also the workflow's input, so
// an execution can continue as new in any phase.
type State struct {
	// Order is the office's order with the changes accepted since.
	Order collaboration.Order `json:"order"`
	// Rules are those at the start of the activation. The workflow computes its timers
	// from them, so a later change does not affect a running execution.
	Rules  collaboration.Rules `json:"rules"`
	Status Status              `json:"status"`
	// Invitation is the state of the invitation's mail.
	Invitation Invitation `json:"invitation,omitzero"`
	// ProvisionBy is the deadline of provisioning.
	ProvisionBy time.Time `json:"provision_by,omitzero"`
	// Provisioned is true once all provisioning steps have completed.
	Provisioned bool `json:"provisioned,omitempty"`
	// Pending has the accepted commands without a stored effect, in order of acceptance.
	Pending []Command `json:"pending,omitempty"`
	// AwaitingAgreement has the accepted commands that concern the agreement, before it
	// has started. They become pending when it starts.
	AwaitingAgreement []Command `json:"awaiting_agreement,omitempty"`
	// Processed has the ids of accepted commands, starting with the oldest.
	Processed []string `json:"processed,omitempty"`
	// TermEndNotified is true once both parties were notified of this term's end.
	TermEndNotified bool `json:"term_end_notified,omitempty"`
	// ProposalRemindedAt is the last check for due reminders of the open proposal.
	ProposalRemindedAt time.Time `json:"proposal_reminded_at,omitzero"`
	// RenewalChecked is true once the price and the terms of the next term were compared
	// with the approved ones.
	RenewalChecked bool `json:"renewal_checked,omitempty"`
	// Renewal is the change that the customer approved for the next term; nil for the
	// same as before.
	Renewal *collaboration.Change `json:"renewal,omitempty"`
	// Notices counts changes, notices and their revocations, to distinguish their
	// notifications.
	Notices int `json:"notices,omitempty"`
	// Closing is the reason of the end; nil until then.
	Closing *Closing `json:"closing,omitempty"`
}

// Invitation is the state of the invitation's mail.
type Invitation struct {
	// Administrator is the id of the only recipient; "" for every administrator who may
	// answer.
	Administrator string `json:"administrator,omitempty"`
	// By is the person who requested this generation.
	By string `json:"by,omitempty"`
	// Mailed is the latest generation that was sent or rejected by the provider.
	Mailed int `json:"mailed,omitempty"`
	// HandOns counts the hand-ons of the invitation, of all generations.
	HandOns int `json:"hand_ons,omitempty"`
	// RemindedAt is the last check for due reminders of this generation.
	RemindedAt time.Time `json:"reminded_at,omitzero"`
	// Bounced are the recipients with a bounced mail of this generation. The office was
	// notified of the first BouncesNotified.
	Bounced         []string `json:"bounced,omitempty"`
	BouncesNotified int      `json:"bounces_notified,omitempty"`
}

// Closing is the reason why an activation ends.
type Closing struct {
	// By is the id of a person, or one of the actors.
	By string `json:"by"`
	// OnEnd is the choice of the end policy, of an end at once.
	OnEnd collaboration.EndPolicy `json:"on_end,omitempty"`
	// Code and Detail describe a failure; empty for other outcomes.
	Code   collaboration.Code `json:"code,omitempty"`
	Detail string             `json:"detail,omitempty"`
	// Cancelled is true if an operator cancelled the execution.
	Cancelled bool `json:"cancelled,omitempty"`
}

// NewState returns the initial state of an activation.
func NewState(o collaboration.Order) State {
	return State{Order: o, Rules: o.Rules.OrDefault(), Status: Status{Activation: o.Activation, State: collaboration.Activating, Generation: 1}}
}

// maxProcessed limits the stored command ids. A repeat comes from the starter's Signal after
// an Update without an answer, or from a client's retry: within seconds, and so before a
// thousand further commands. A thousand ids are about 40 KB, far below Temporal's limit for
// a payload.
const maxProcessed = 1000

// maxPendingBytes limits the pending commands. A state above Temporal's limit of 2 MiB for a
// payload would prevent the continue-as-new.
const maxPendingBytes = 3 << 19 // 1.5 MiB: about 5,000 commands

// IsFull reports whether no further command may become pending, because thousands arrived
// during an outage of the database. The workflow calls it during replay.
func (s *State) IsFull() bool {
	// Bytes of JSON without the variable fields, and of a proposal with its answer.
	const perCommand, perHandOn, perProposal = 250, 100, 8 << 10
	bytes := 0
	for _, commands := range [][]Command{s.Pending, s.AwaitingAgreement} {
		for _, c := range commands {
			bytes += perCommand + len(c.ID) + len(c.By) + len(c.Email) + len(c.Administrator) + len(c.taskID())
			if h := c.HandOn; h != nil {
				bytes += perHandOn + len(h.Colleague.Name) + len(h.Colleague.Email) + len(h.Colleague.Phone)
			}
			if c.Proposal != nil {
				bytes += perProposal
			}
		}
	}
	return bytes > maxPendingBytes
}

// HasProcessed reports whether a command with the id was accepted before.
func (s *State) HasProcessed(id string) bool { return slices.Contains(s.Processed, id) }

// MarkProcessed stores the id of an accepted command.
func (s *State) MarkProcessed(id string) {
	s.Processed = append(s.Processed, id)
	if excess := len(s.Processed) - maxProcessed; excess > 0 {
		s.Processed = slices.Delete(s.Processed, 0, excess)
	}
}
