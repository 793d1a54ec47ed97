package app

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// ChangeTerms changes the terms of a pending invitation or a running collaboration. Zero
// fields of the change stay as they are.
func (c *Changes) ChangeTerms(ctx context.Context, e collaboration.Employee, t Target, terms collaboration.Change) (message.Status, error) {
	if err := WithInvalid(c.checkTerms(ctx, e, t.Activation, terms), t.Invalid); err != nil {
		return message.Status{}, err
	}
	return c.apply(ctx, e, t, change{command: message.Command{Kind: collaboration.CommandChange, Change: &terms}, recipients: inviteeEmails})
}

// checkTerms checks a change by the stored customer, never by a cached one. It accepts a
// closed activation: apply rejects it with its final state.
func (c *Changes) checkTerms(ctx context.Context, e collaboration.Employee, id string, terms collaboration.Change) error {
	found, err := c.find(ctx, e, id)
	if err != nil {
		return err
	}
	if !found.State.IsLive() {
		return nil
	}
	if !found.Stored {
		return errNotYetStored()
	}
	a := found.Activation
	customer, err := c.store.Customer(ctx, a.OfficeID, a.CustomerID)
	if err != nil {
		return err
	}
	taskOwner, err := c.taskOwner(ctx, customer, terms.TaskID)
	if err != nil {
		return err
	}
	solution, err := c.solutionOf(a)
	if err != nil {
		return err
	}
	if err := terms.Check(a, customer, solution, taskOwner, c.today()); err != nil {
		return err
	}
	if !e.MayChange(terms, a) {
		return &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	return nil
}
