package app

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// End gives notice, sets the last day, or ends a collaboration at once.
func (c *Changes) End(ctx context.Context, e collaboration.Employee, t Target, end message.End) (message.Status, error) {
	// find's error and any other state are apply's to report.
	found, err := c.find(ctx, e, t.Activation)
	isActive := err == nil && found.State == collaboration.Active && found.Stored
	err = c.checkEnd(end)
	if isActive {
		err = WithInvalid(err, checkOnEnd(end, found.Activation))
	}
	if err := WithInvalid(err, t.Invalid); err != nil {
		return message.Status{}, err
	}
	if isActive {
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

// checkOnEnd returns the field of a policy that the parties cannot choose.
func checkOnEnd(end message.End, a collaboration.Activation) []collaboration.FieldError {
	if a.OnEnd.Allows(end.OnEnd) {
		return nil
	}
	return []collaboration.FieldError{{Field: "on_end", Code: collaboration.CodeInvalidChoice}}
}

// checkEnd checks the time of an end.
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
