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
	// StartInput is an approved activation that becomes a running collaboration.
	StartInput struct {
		Activation collaboration.ActivationID `json:"activation"`
		Decision   collaboration.Decision     `json:"decision"`
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
		At         time.Time                  `json:"at"`
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
	// ChangeInput is an accepted change. Agreement is the changed agreement, if the change
	// concerns a running one.
	ChangeInput struct {
		Command   Command                  `json:"command"`
		Agreement *collaboration.Agreement `json:"agreement,omitempty"`
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
