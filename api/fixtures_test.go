package api_test

import (
	"fmt"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

// administers replaces the administrators of a customer by these e-mail addresses; ""
// adds none.
func (w *world) administers(customerID string, emails ...string) {
	c := w.customers[customerID]
	before := c.Administrators
	c.Administrators = nil
	for n, email := range emails {
		a := collaboration.Administrator{ID: "a-" + customerID, Contact: collaboration.Contact{Name: email, Email: email}, MainContact: n == 0}
		for _, known := range before {
			if known.Email == email {
				a = known
			}
		}
		if n > 0 {
			a.ID += "-" + fmt.Sprint(n)
		}
		if email != "" {
			c.Administrators = append(c.Administrators, a)
		}
	}
	w.customers[customerID] = c
}

// with stores an activation and returns its ID.
func (w *world) with(customerID string, state collaboration.State, more ...func(*collaboration.Activation)) collaboration.ActivationID {
	c := w.customers[customerID]
	id := collaboration.NewActivationID(c.OfficeID, c.ID, solutionID)
	r := collaboration.Activation{ID: id, OfficeID: c.OfficeID, OfficeName: "Ekströms Redovisning", CustomerID: c.ID, CustomerName: c.Name, SolutionID: solutionID,
		Scenario: c.Scenario(solutionID), State: state, InvoiceRecipient: collaboration.PaidByOffice, Period: collaboration.Period{Start: collaboration.OnApproval},
		AgreementMonths: 12, OnEnd: financialOverview().OnEnd, Locale: collaboration.Swedish, RequestedBy: maja.ID, RequestedByName: maja.Name, RequestedAt: now, Version: 3,
		Generation: 1, ExpiresAt: now.Add(30 * 24 * time.Hour)}
	if a, ok := c.MainContact(); ok {
		r.InvitedName, r.InvitedEmail = a.Name, a.Email
	}
	for _, change := range more {
		change(&r)
	}
	w.records[id] = r
	w.events[id] = []collaboration.Event{
		{Activation: id, Sequence: 1, Action: collaboration.ActionRequested, By: maja.ID, At: now},
		{Activation: id, Sequence: 2, Action: collaboration.ActionTaskChecked, By: collaboration.ActorSystem, At: now},
	}
	return id
}

// createsContact makes an activation one that creates the customer's administrator, whose
// address can be corrected.
func createsContact(r *collaboration.Activation) { r.Scenario = collaboration.NewCustomer }

func financialOverview() collaboration.Solution {
	s, _ := catalogue.Embedded.Solution(solutionID)
	return s
}

// offerHash returns the hash of the offer that a customer reads.
func offerHash(customerID string, l collaboration.Locale) string {
	w := newWorld()
	return w.records[w.with(customerID, collaboration.AwaitingApproval)].Offer(financialOverview(), l).Hash()
}
