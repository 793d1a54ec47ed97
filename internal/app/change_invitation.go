package app

import (
	"context"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Withdraw withdraws a pending invitation.
func (c *Changes) Withdraw(ctx context.Context, e collaboration.Employee, t Target) (message.Status, error) {
	return c.apply(ctx, e, t, change{command: message.Command{Kind: collaboration.CommandWithdraw}, finalState: collaboration.Withdrawn})
}

// Resend sends a pending invitation again. Links of earlier ones stop working.
func (c *Changes) Resend(ctx context.Context, e collaboration.Employee, t Target) (message.Status, error) {
	return c.apply(ctx, e, t, change{command: message.Command{Kind: collaboration.CommandResend}, recipients: inviteeEmails})
}

// Correct corrects the e-mail address of the contact that the activation creates, and sends a
// new invitation to it. The old address receives a mail as well.
func (c *Changes) Correct(ctx context.Context, e collaboration.Employee, t Target, email string) (message.Status, error) {
	err := required("email", email)
	if err == nil && !collaboration.ValidEmail(email) {
		err = invalidRequest(collaboration.FieldError{Field: "email", Code: collaboration.CodeInvalidFormat})
	}
	if err := WithInvalid(err, t.Invalid); err != nil {
		return message.Status{}, err
	}
	if err := c.checkCorrection(ctx, e, t.Activation, email); err != nil {
		return message.Status{}, err
	}
	return c.apply(ctx, e, t, change{
		command:    message.Command{Kind: collaboration.CommandCorrect, Email: email},
		recipients: func(a collaboration.Activation) []string { return []string{email, a.InvitedEmail} },
	})
}

// checkCorrection checks a correction by the stored customer. It accepts a closed activation:
// apply rejects it with its final state.
func (c *Changes) checkCorrection(ctx context.Context, e collaboration.Employee, id, email string) error {
	found, err := c.find(ctx, e, id)
	if err != nil || !found.Stored || !found.State.Allows(collaboration.CommandCorrect) {
		return err
	}
	customer, err := c.store.Customer(ctx, found.OfficeID, found.CustomerID)
	if err != nil {
		return err
	}
	if !found.MayCorrect(customer) {
		return &collaboration.Error{Code: collaboration.CodeAddressNotCorrectable}
	}
	isEmployee, err := c.store.IsEmployeeAddress(ctx, found.OfficeID, email)
	if err == nil && isEmployee {
		err = invalidRequest(collaboration.FieldError{Field: "email", Code: collaboration.CodeEmployeeAddress})
	}
	return err
}

// Forward sends the invitation to another administrator of the customer.
func (c *Changes) Forward(ctx context.Context, e collaboration.Employee, t Target, administratorID string) (message.Status, error) {
	if err := WithInvalid(required("administrator_id", administratorID), t.Invalid); err != nil {
		return message.Status{}, err
	}
	a, err := c.get(ctx, e, t.Activation)
	if err != nil {
		return message.Status{}, err
	}
	next, err := c.administrator(ctx, a, administratorID)
	if err != nil {
		return message.Status{}, err
	}
	isEmployee, err := c.store.IsEmployeeAddress(ctx, a.OfficeID, next.Email)
	if err != nil {
		return message.Status{}, err
	}
	if isEmployee {
		return message.Status{}, invalidRequest(collaboration.FieldError{Field: "administrator_id", Code: collaboration.CodeEmployeeAddress})
	}
	return c.apply(ctx, e, t, change{
		command:    message.Command{Kind: collaboration.CommandForward, Administrator: administratorID},
		recipients: only(next.Email),
	})
}

// administrator returns one of the customer's administrators.
func (c *Changes) administrator(ctx context.Context, a collaboration.Activation, id string) (collaboration.Administrator, error) {
	customer, err := c.store.Customer(ctx, a.OfficeID, a.CustomerID)
	if err != nil {
		return collaboration.Administrator{}, err
	}
	if i := slices.IndexFunc(customer.Administrators, func(a collaboration.Administrator) bool { return a.ID == id }); i >= 0 {
		return customer.Administrators[i], nil
	}
	return collaboration.Administrator{}, errNoAdministrator(nil)
}

func errNoAdministrator(cause error) error {
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Cause: cause, Fields: []collaboration.FieldError{
		{Field: "administrator_id", Code: collaboration.CodeAdministratorNotFound}}}
}
