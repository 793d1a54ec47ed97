package app

import (
	"cmp"
	"context"

	"countersign/collaboration"
)

// Form is what the office fills in to activate one solution for one customer.
type Form struct {
	Customer collaboration.Customer
	Solution collaboration.Solution
	Scenario collaboration.Scenario
	// LiveActivation is the activation that prevents a second one, or "".
	LiveActivation collaboration.ActivationID
	// Blockers are the reasons why the form cannot be sent:
	// CodeCustomerArchived, CodeNoOpenTask, CodeAdministratorMissing.
	Blockers []collaboration.Code
	// Subscription is what the customer already has of the solution and keeps, or nil.
	Subscription *collaboration.Subscription
	// InvoiceRecipient is what the office suggests; "" for the solution's default.
	InvoiceRecipient collaboration.InvoiceRecipient
	// Locale is the language of the contact's last invitation, or else the office's.
	Locale collaboration.Locale
	Today  collaboration.Date
}

// Form returns the form of a customer and a solution.
func (a *Activations) Form(ctx context.Context, e collaboration.Employee, customerID, solutionID string) (Form, error) {
	customer, err := a.customers.Customer(ctx, e.OfficeID, customerID)
	if err != nil {
		return Form{}, err
	}
	solution, ok := a.catalogue.For(e.OfficeID).Solution(solutionID)
	if !ok {
		return Form{}, &collaboration.Error{Code: collaboration.CodeSolutionNotFound}
	}
	live, err := a.store.LiveActivation(ctx, e.OfficeID, customer.ID, solution.ID)
	if err != nil {
		return Form{}, err
	}
	defaults, err := a.store.OfficeDefaults(ctx, e.OfficeID)
	if err != nil {
		return Form{}, err
	}
	f := Form{Customer: customer, Solution: solution, Scenario: customer.Scenario(solution.ID), LiveActivation: live, Today: a.today()}
	if f.Scenario != collaboration.HasSolution || !solution.KeepsAgreement { // otherwise the customer still pays
		f.InvoiceRecipient = defaults.InvoiceRecipient
	}
	if f.Locale, err = a.localeOf(ctx, e, customer); err != nil {
		return Form{}, err
	}
	f.Blockers = blockers(customer, f.Scenario)
	if had, ok := customer.Subscription(solution.ID); ok {
		f.Subscription = &had
	}
	return f, nil
}

// localeOf returns the language that an invitation to the customer suggests.
func (s *service) localeOf(ctx context.Context, e collaboration.Employee, c collaboration.Customer) (collaboration.Locale, error) {
	byDefault := cmp.Or(e.OfficeLocale, collaboration.Swedish)
	contact, exists := c.MainContact()
	if !exists {
		return byDefault, nil
	}
	last, err := s.store.LastLocale(ctx, e.OfficeID, c.ID, contact.ID)
	return cmp.Or(last, byDefault), err
}

func blockers(c collaboration.Customer, scenario collaboration.Scenario) []collaboration.Code {
	if !c.ArchivedAt.IsZero() {
		return []collaboration.Code{collaboration.CodeCustomerArchived}
	}
	var codes []collaboration.Code
	if len(c.OpenTasks()) == 0 {
		codes = append(codes, collaboration.CodeNoOpenTask)
	}
	if _, ok := c.MainContact(); !ok && !scenario.CreatesAdministrator() {
		codes = append(codes, collaboration.CodeAdministratorMissing)
	}
	return codes
}
