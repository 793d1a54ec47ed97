package app

import (
	"cmp"
	"context"

	"countersign/collaboration"
)

// ActivationRequest asks to activate a solution for a customer.
type ActivationRequest struct {
	collaboration.Request
	// Key is the idempotency key, or "".
	Key string
	// Invalid are fields that could not be decoded. They reject the request; the error names
	// them together with the fields that break a rule.
	Invalid []collaboration.FieldError
}

// Preview returns the order that the request would become, and starts nothing.
func (a *Activations) Preview(ctx context.Context, e collaboration.Employee, r ActivationRequest) (collaboration.Order, error) {
	p, err := a.placement(ctx, e, r)
	return p.Order, err
}

// placement is an order and the addresses that its invitation goes to.
type placement struct {
	collaboration.Order
	recipients []string
}

// placement returns the order of a request, or every field that is wrong. A cached
// customer may be stale, so a rejection is checked again with the stored customer.
func (a *Activations) placement(ctx context.Context, e collaboration.Employee, r ActivationRequest) (placement, error) {
	r.Locale = cmp.Or(r.Locale, e.OfficeLocale)
	p, err := a.placementFor(ctx, a.customers, e, r)
	if err != nil && !collaboration.CodeOf(err).Retryable() {
		return a.placementFor(ctx, a.store, e, r)
	}
	return p, err
}

func (a *Activations) placementFor(ctx context.Context, customers CustomerLookup, e collaboration.Employee, r ActivationRequest) (placement, error) {
	customer, solution, err := a.customerAndSolution(ctx, customers, e.OfficeID, r)
	if err != nil {
		return placement{}, err
	}
	taskOwner, err := a.taskOwner(ctx, customer, r.TaskID)
	if err != nil {
		return placement{}, err
	}
	invalid, err := a.contactOfOffice(ctx, e.OfficeID, "contact.", r.Contact)
	if err != nil {
		return placement{}, err
	}
	order, err := collaboration.NewOrder(r.Request, customer, solution, taskOwner, a.now())
	if err := WithInvalid(err, append(invalid, r.Invalid...)); err != nil {
		return placement{}, err
	}
	if order.IsTakeOver() && e.Role != collaboration.RoleManager {
		// A take-over replaces the customer's approval.
		return placement{}, &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	order.Activation = collaboration.NewActivationID(e.OfficeID, customer.ID, solution.ID)
	order.RequestedBy = e.ID
	defaults, err := a.store.OfficeDefaults(ctx, e.OfficeID)
	if err != nil {
		return placement{}, err
	}
	order.Rules = defaults.Rules
	return placement{order, order.Recipients(customer)}, nil
}

// contactOfOffice returns the field error of a contact with the address of an employee, who
// would answer for the customer. The field's name has a prefix.
func (s *service) contactOfOffice(ctx context.Context, officeID, prefix string, c *collaboration.Contact) ([]collaboration.FieldError, error) {
	if c == nil {
		return nil, nil
	}
	isEmployee, err := s.store.IsEmployeeAddress(ctx, officeID, c.Clean().Email)
	if err != nil || !isEmployee {
		return nil, err
	}
	return []collaboration.FieldError{{Field: prefix + "email", Code: collaboration.CodeEmployeeAddress}}, nil
}

// taskOwner returns the customer that a task belongs to. The store is read only if it is
// no task of this customer.
func (s *service) taskOwner(ctx context.Context, c collaboration.Customer, taskID string) (customerID string, err error) {
	return c.TaskOwner(taskID, func() (string, error) { return s.store.TaskOwner(ctx, c.OfficeID, taskID) })
}

// customerAndSolution finds both. If one is missing there is no form to check the other
// fields by, so the error names only the missing ones.
func (a *Activations) customerAndSolution(ctx context.Context, customers CustomerLookup, officeID string, r ActivationRequest) (c collaboration.Customer, solution collaboration.Solution, err error) {
	var missing []collaboration.FieldError
	code := collaboration.CodeInvalidRequest
	add := func(field string, reason collaboration.Code) {
		missing = append(missing, collaboration.FieldError{Field: field, Code: reason})
		if reason != collaboration.CodeRequired && code == collaboration.CodeInvalidRequest {
			code = reason
		}
	}
	if r.CustomerID == "" {
		add("customer_id", collaboration.CodeRequired)
	} else if c, err = customers.Customer(ctx, officeID, r.CustomerID); collaboration.CodeOf(err) == collaboration.CodeCustomerNotFound {
		add("customer_id", collaboration.CodeCustomerNotFound)
	} else if err != nil {
		return c, solution, err
	}
	solution, known := a.catalogue.For(officeID).Solution(r.SolutionID)
	if r.SolutionID == "" {
		add("solution_id", collaboration.CodeRequired)
	} else if !known {
		add("solution_id", collaboration.CodeSolutionNotFound)
	}
	if len(missing) == 0 {
		return c, solution, nil
	}
	if r.TaskID == "" {
		add("task_id", collaboration.CodeRequired)
	}
	return c, solution, &collaboration.Error{Code: code, Fields: firstPerField(r.Invalid, missing)}
}
