package app

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// ChangeTerms changes the terms of a pending invitation or a running collaboration. Zero
// fields of the change stay as they are. A change of a running collaboration that needs the
// customer's consent is proposed to the customer.
func (c *Changes) ChangeTerms(ctx context.Context, e collaboration.Employee, t Target, terms collaboration.Change) (message.Status, error) {
	terms, err := c.checkTerms(ctx, e, t.Activation, terms)
	if err := WithInvalid(err, t.Invalid); err != nil {
		return message.Status{}, err
	}
	recipients := func(a collaboration.Activation) []string {
		if !terms.SendsMail(a.State) {
			return nil
		}
		return inviteeEmails(a)
	}
	return c.apply(ctx, e, t, change{command: message.Command{Kind: collaboration.CommandChange, Change: &terms}, recipients: recipients})
}

// WithdrawChange withdraws the proposed change of a running collaboration.
func (c *Changes) WithdrawChange(ctx context.Context, e collaboration.Employee, t Target) (message.Status, error) {
	return c.apply(ctx, e, t, change{command: message.Command{Kind: collaboration.CommandWithdrawChange}, recipients: inviteeEmails})
}

// checkTerms checks a change by the stored customer, never by a cached one, and adds what
// follows from the catalogue. It accepts a closed activation: apply rejects it with its
// final state.
func (c *Changes) checkTerms(ctx context.Context, e collaboration.Employee, id string, terms collaboration.Change) (collaboration.Change, error) {
	found, err := c.find(ctx, e, id)
	if err != nil || !found.State.IsLive() {
		return terms, err
	}
	if !found.Stored {
		return terms, errNotYetStored()
	}
	a := found.Activation
	customer, err := c.store.Customer(ctx, a.OfficeID, a.CustomerID)
	if err != nil {
		return terms, err
	}
	taskOwner, err := c.taskOwner(ctx, customer, terms.TaskID)
	if err != nil {
		return terms, err
	}
	solution, err := c.solutionOf(a)
	if err != nil {
		return terms, err
	}
	if err := terms.Check(a, customer, solution, taskOwner, c.today()); err != nil {
		return terms, err
	}
	if !e.MayChange(terms, a) {
		return terms, &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	if a.State == collaboration.Active {
		terms = solution.Complete(terms, a.Conditions())
	}
	return terms, nil
}
