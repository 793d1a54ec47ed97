package activities

import (
	"cmp"
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// AgreementStore stores the course of an agreement, and the outcome of an activation.
type AgreementStore interface {
	RecordApproval(context.Context, message.ApprovalInput) error
	StartAgreement(context.Context, message.StartInput) error
	TakeOver(context.Context, message.TakeOverInput) error
	RenewAgreement(context.Context, message.RenewalInput) error
	RecordAgreement(context.Context, message.AmendmentInput) error
	RecordProposal(context.Context, message.ProposalInput) error
	EndCollaboration(context.Context, message.EndInput) error
	CloseActivation(context.Context, message.CloseInput) error
}

// RecordApproval stores the approval and its agreement.
func (a *Activities) RecordApproval(ctx context.Context, r message.ApprovalInput) error {
	return failure(a.store.RecordApproval(ctx, r))
}

// StartAgreement stores that the agreement starts, and gives access to the employees of the
// task.
func (a *Activities) StartAgreement(ctx context.Context, s message.StartInput) error {
	return failure(a.store.StartAgreement(ctx, s))
}

// TakeOver stores a collaboration that ran before.
func (a *Activities) TakeOver(ctx context.Context, t message.TakeOverInput) error {
	return failure(a.store.TakeOver(ctx, t))
}

// RenewAgreement stores the next term of the agreement.
func (a *Activities) RenewAgreement(ctx context.Context, r message.RenewalInput) error {
	return failure(a.store.RenewAgreement(ctx, r))
}

// RecordProposal stores the new state of a proposal, and the approved change.
func (a *Activities) RecordProposal(ctx context.Context, p message.ProposalInput) error {
	return failure(a.store.RecordProposal(ctx, p))
}

// CheckRenewal compares the price and the terms of an order with the current catalogue. An
// order of a solution that is no longer in the catalogue renews unchanged.
func (a *Activities) CheckRenewal(_ context.Context, o collaboration.Order) (message.RenewalOffer, error) {
	s, ok := a.catalogue.For(o.OfficeID).Solution(o.SolutionID)
	if !ok {
		return message.RenewalOffer{}, nil
	}
	return message.RenewalOffer{Change: s.Renewal(o), Unapproved: cmp.Or(s.OnUnapprovedRenewal, collaboration.RenewUnchanged)}, nil
}

// EndCollaboration stores the end, and applies the solution's policy for ended
// collaborations.
func (a *Activities) EndCollaboration(ctx context.Context, e message.EndInput) error {
	return failure(a.store.EndCollaboration(ctx, e))
}

// CloseActivation stores that the activation ended without a collaboration. It opens the
// activation's record first, which CheckTask may have failed to do.
func (a *Activities) CloseActivation(ctx context.Context, o collaboration.Order, c message.CloseInput) error {
	if err := a.store.OpenActivation(ctx, o); err != nil {
		return failure(err)
	}
	return failure(a.store.CloseActivation(ctx, c))
}
