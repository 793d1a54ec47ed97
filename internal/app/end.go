package app

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// End gives notice, sets the last day, or ends a collaboration at once.
func (c *Changes) End(ctx context.Context, e collaboration.Employee, t Target, end message.End) (message.Status, error) {
	if err := WithInvalid(c.checkEnd(end), t.Invalid); err != nil {
		return message.Status{}, err
	}
	// find's error and any other state are apply's to report.
	if found, err := c.find(ctx, e, t.Activation); err == nil && found.State == collaboration.Active && found.Stored {
		if err := c.requireMainContact(ctx, found.Activation); err != nil {
			return message.Status{}, err
		}
	}
	ch := change{command: message.Command{Kind: collaboration.CommandEnd, End: &end}}
	if end.When == collaboration.EndNow {
		ch.finalState = collaboration.Ended
	}
	return c.apply(ctx, e, t, ch)
}

// RevokeNotice revokes the notice that ends a collaboration. The customer is notified.
func (c *Changes) RevokeNotice(ctx context.Context, e collaboration.Employee, t Target) (message.Status, error) {
	return c.apply(ctx, e, t, change{command: message.Command{Kind: collaboration.CommandRevokeNotice}, recipients: inviteeEmails})
}

// checkEnd checks the fields of an end.
func (s *service) checkEnd(end message.End) error {
	invalid := func(field string, code collaboration.Code) error {
		return invalidRequest(collaboration.FieldError{Field: field, Code: code})
	}
	switch end.When {
	case collaboration.EndOnDate:
		if code := collaboration.CheckEndOn(end.On, s.today()); code != "" {
			return invalid("on", code)
		}
	case collaboration.EndNow, collaboration.EndOfTerm:
		if !end.On.IsZero() {
			return invalid("on", collaboration.CodeNotApplicable)
		}
	case "":
		return invalid("when", collaboration.CodeRequired)
	default:
		return invalid("when", collaboration.CodeInvalidChoice)
	}
	return nil
}

// requireMainContact rejects the end of a collaboration if the customer has no main
// contact: the notification would have no recipient.
func (s *service) requireMainContact(ctx context.Context, a collaboration.Activation) error {
	customer, err := s.store.Customer(ctx, a.OfficeID, a.CustomerID)
	if err != nil {
		return err
	}
	if _, ok := customer.MainContact(); !ok {
		return &collaboration.Error{Code: collaboration.CodeMainContactMissing}
	}
	return nil
}
