package app

import (
	"context"
	"crypto/rand"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Collaborations are the use cases of a customer's administrators on the collaborations of
// their companies.
type Collaborations struct{ *service }

// Collaboration is a collaboration of a customer, for one of its administrators.
type Collaboration struct {
	Activation      collaboration.Activation
	Solution        collaboration.Solution
	AdministratorID string

	login collaboration.Login // of the person
}

// collaboration returns a collaboration of a customer that the person administers. Any
// other one is CodeActivationNotFound, and CodeSeparationOfDuties for the office's employees.
func (s *service) collaboration(ctx context.Context, p collaboration.Person, id string) (c Collaboration, err error) {
	activation, err := collaboration.ParseActivationID(id)
	if err != nil {
		return c, err
	}
	if c.Activation, err = s.store.Activation(ctx, activation); err != nil {
		return c, err
	}
	if p.IsEmployeeOf(c.Activation.OfficeID) {
		return c, errSeparationOfDuties()
	}
	if c.AdministratorID = p.AdministratorOf(c.Activation.CustomerID); c.AdministratorID == "" {
		return c, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	c.login = p.Login
	c.Solution, err = s.solutionOf(c.Activation)
	return c, err
}

func errSeparationOfDuties() error {
	return &collaboration.Error{Code: collaboration.CodeSeparationOfDuties}
}

// Get returns a collaboration of a customer that the person administers.
func (s *Collaborations) Get(ctx context.Context, p collaboration.Person, id string) (Collaboration, error) {
	return s.collaboration(ctx, p, id)
}

// GetLive is Get with the status of the workflow: a command that was just accepted may not
// be stored yet.
func (s *Collaborations) GetLive(ctx context.Context, p collaboration.Person, id string) (Collaboration, error) {
	c, err := s.collaboration(ctx, p, id)
	if err == nil && c.Activation.State.IsLive() {
		c.Activation = s.withLiveStatus(ctx, c.Activation)
	}
	return c, err
}

// List returns the activations of all customers that the person administers, newest first.
func (s *Collaborations) List(ctx context.Context, p collaboration.Person) ([]Collaboration, error) {
	activations, err := s.store.ActivationsOf(ctx, p.Administers)
	if err != nil {
		return nil, err
	}
	all := make([]Collaboration, 0, len(activations))
	for _, a := range activations {
		solution, err := s.solutionOf(a)
		if err != nil { // it was removed from the catalogue; the other rows stay readable
			solution = collaboration.Solution{ID: a.SolutionID, Name: collaboration.Text{Swedish: a.SolutionID, English: a.SolutionID}}
		}
		all = append(all, Collaboration{Activation: a, Solution: solution, AdministratorID: p.AdministratorOf(a.CustomerID)})
	}
	return all, nil
}

// Events returns the stored events of a collaboration.
func (s *Collaborations) Events(ctx context.Context, c Collaboration) ([]collaboration.Event, error) {
	return s.store.Events(ctx, c.Activation.ID, 0)
}

// End gives notice, sets the last day, or ends the collaboration at once, for the customer.
// A retry has the same key. The error names every wrong field, and those in invalid, which
// could not be decoded.
func (s *Collaborations) End(ctx context.Context, c Collaboration, key string, end message.End, invalid []collaboration.FieldError) (message.Status, error) {
	if err := WithInvalid(WithInvalid(s.checkEnd(end), checkOnEnd(end, c.Activation)), invalid); err != nil {
		return message.Status{}, err
	}
	return s.send(ctx, c, key, message.Command{Kind: collaboration.CommandEnd, End: &end}, func(string) error {
		return s.requireMainContact(ctx, c.Activation)
	})
}

// RevokeNotice revokes the notice that ends the collaboration, for the customer. Each
// revocation notifies the office and the customer, so it counts as a mail.
func (s *Collaborations) RevokeNotice(ctx context.Context, c Collaboration, key string) (message.Status, error) {
	return s.send(ctx, c, key, message.Command{Kind: collaboration.CommandRevokeNotice}, func(id string) error {
		return s.allowMail(ctx, id, c.Activation.InvitedEmail)
	})
}

// send sends a command of the customer, if it is allowed.
func (s *Collaborations) send(ctx context.Context, c Collaboration, key string, command message.Command, allow func(id string) error) (message.Status, error) {
	id, err := s.commandID(ctx, c, key, command)
	if err != nil {
		return message.Status{}, err
	}
	if err := allow(id); err != nil {
		return message.Status{}, err
	}
	command.ID, command.Activation, command.By, command.At = id, c.Activation.ID, c.AdministratorID, s.now().UTC()
	status, err := s.sendCommand(ctx, command)
	if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
		err = &collaboration.Error{Code: collaboration.CodeNotActive, Cause: err}
	}
	status.Activation = c.Activation.ID
	return status, err
}

// commandID returns the command's ID: the same for a retry with the same key. A key that
// was used for another command of the customer is CodeIdempotencyKeyReused.
func (s *Collaborations) commandID(ctx context.Context, c Collaboration, key string, command message.Command) (string, error) {
	if err := s.reserveCustomerKey(ctx, c.Activation, key, command); err != nil {
		return "", err
	}
	if key == "" {
		return rand.Text(), nil
	}
	return message.NewID("customer", c.Activation.ID, command, key), nil
}
