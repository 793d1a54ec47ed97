// Package evidence has the use cases on what a customer approved. They do not need the
// catalogue, because the evidence outlives it.
package evidence

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/app"
)

// Store reads the evidence.
type Store interface {
	Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Activation, error)
	// Approvals returns the approvals of an activation with their terms, in order.
	Approvals(ctx context.Context, id collaboration.ActivationID) ([]collaboration.Approval, error)
}

// Evidence has the use cases.
type Evidence struct {
	store   Store
	timeout time.Duration
}

// New returns the use cases. The timeout is that of each of them.
func New(s Store, timeout time.Duration) *Evidence { return &Evidence{s, timeout} }

// Latest is the entry of the newest approval.
const Latest = 0

// OfOffice returns an approval of an activation of the employee's office, by the sequence
// number of its entry in the audit. Without one the error is CodeTermsNotFound.
func (e *Evidence) OfOffice(ctx context.Context, by collaboration.Employee, id string, entry int) (collaboration.Approval, error) {
	return e.approval(ctx, id, entry, func(a collaboration.Activation) collaboration.Code {
		if a.OfficeID != by.OfficeID {
			return collaboration.CodeActivationNotFound
		}
		return ""
	})
}

// OfCustomer is OfOffice for an administrator of the customer.
func (e *Evidence) OfCustomer(ctx context.Context, by collaboration.Person, id string, entry int) (collaboration.Approval, error) {
	return e.approval(ctx, id, entry, func(a collaboration.Activation) collaboration.Code {
		switch {
		case by.IsEmployeeOf(a.OfficeID):
			return collaboration.CodeSeparationOfDuties
		case by.AdministratorOf(a.CustomerID) == "":
			return collaboration.CodeActivationNotFound
		}
		return ""
	})
}

func (e *Evidence) approval(ctx context.Context, id string, entry int, refusal func(collaboration.Activation) collaboration.Code) (collaboration.Approval, error) {
	activation, err := collaboration.ParseActivationID(id)
	if err != nil {
		return collaboration.Approval{}, err
	}
	return app.CallWithin(ctx, e.timeout, func(ctx context.Context) (collaboration.Approval, error) {
		a, err := e.store.Activation(ctx, activation)
		if err != nil {
			return collaboration.Approval{}, err
		}
		if code := refusal(a); code != "" {
			return collaboration.Approval{}, &collaboration.Error{Code: code}
		}
		approvals, err := e.store.Approvals(ctx, activation)
		if err != nil {
			return collaboration.Approval{}, err
		}
		return choose(approvals, entry)
	})
}

// choose returns the approval of an entry. One that another system sent directly to the
// workflow may have no text.
func choose(approvals []collaboration.Approval, entry int) (chosen collaboration.Approval, err error) {
	for _, a := range approvals {
		if a.Terms != "" && (entry == Latest || a.Row.Sequence == entry) {
			chosen = a
		}
	}
	if chosen.Terms == "" {
		return chosen, &collaboration.Error{Code: collaboration.CodeTermsNotFound}
	}
	return chosen, nil
}
