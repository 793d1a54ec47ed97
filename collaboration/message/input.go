package message

import (
	"time"

	"countersign/collaboration"
)

// The inputs of the activities. Each has the time of the workflow, so that a retry stores
// the same values.
type (
	// ProvisionInput is the input of the steps up to the invitation.
	ProvisionInput struct {
		Order collaboration.Order `json:"order"`
		At    time.Time           `json:"at"`
	}
	// CompensationInput is the input of the compensation of one step.
	CompensationInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		CustomerID string                     `json:"customer_id"`
		SolutionID string                     `json:"solution_id"`
		At         time.Time                  `json:"at"`
	}
	// ApprovalInput is an approved activation, with the agreement that starts later.
	ApprovalInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		Decision   collaboration.Decision     `json:"decision"`
		Agreement  collaboration.Agreement    `json:"agreement"`
		At         time.Time                  `json:"at"`
	}
	// StartInput is an agreement on its first day.
	StartInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		Agreement  collaboration.Agreement    `json:"agreement"`
		At         time.Time                  `json:"at"`
	}
	// TakeOverInput is a collaboration that ran before, in its current term.
	TakeOverInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		Agreement  collaboration.Agreement    `json:"agreement"`
		By         string                     `json:"by"`
		At         time.Time                  `json:"at"`
	}
	// RenewalInput is an agreement that enters its next term.
	RenewalInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		Agreement  collaboration.Agreement    `json:"agreement"`
		// Conditions are those that the customer approved for the next term; nil for the
		// same as before.
		Conditions *collaboration.Conditions `json:"conditions,omitempty"`
		At         time.Time                 `json:"at"`
	}
	// AmendmentInput is an amendment of a running agreement: a notice, its revocation, or
	// a date for the end.
	AmendmentInput struct {
		// ID is that of the command.
		ID         string                     `json:"id"`
		Activation collaboration.ActivationID `json:"activation"`
		Action     collaboration.Action       `json:"action"`
		Agreement  collaboration.Agreement    `json:"agreement"`
		By         string                     `json:"by"`
		At         time.Time                  `json:"at"`
	}
	// RenewalOffer is the change of the next term by the current catalogue; zero for none.
	RenewalOffer struct {
		Change collaboration.Change `json:"change"`
		// Unapproved applies if the customer does not approve the change.
		Unapproved collaboration.RenewalPolicy `json:"unapproved"`
	}
	// ProposalInput is a proposal in its new state. Agreement is the agreement that follows
	// from it; nil if it stays as it is.
	ProposalInput struct {
		// ID is that of the command or event.
		ID         string                     `json:"id"`
		Activation collaboration.ActivationID `json:"activation"`
		Proposal   collaboration.Proposal     `json:"proposal"`
		Agreement  *collaboration.Agreement   `json:"agreement,omitempty"`
		By         string                     `json:"by"`
		At         time.Time                  `json:"at"`
	}
	// EndInput is a running collaboration that ends.
	EndInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		CustomerID string                     `json:"customer_id"`
		SolutionID string                     `json:"solution_id"`
		OnEnd      collaboration.EndPolicy    `json:"on_end"`
		By         string                     `json:"by"`
		At         time.Time                  `json:"at"`
	}
	// CloseInput is an activation that ends without a collaboration: State is Declined,
	// Expired, Withdrawn or Failed.
	CloseInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		State      collaboration.State        `json:"state"`
		// Code is the reason of a failure.
		Code     collaboration.Code      `json:"code,omitempty"`
		Decision *collaboration.Decision `json:"decision,omitempty"`
		By       string                  `json:"by"`
		At       time.Time               `json:"at"`
	}
	// BatchInput is the next part of a batch's rows, by count.
	BatchInput struct {
		Batch string `json:"batch"`
		Rows  int    `json:"rows"`
	}
)
