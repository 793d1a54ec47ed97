package app

import (
	"context"
	"slices"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// HandOn is an administrator's choice of a colleague who answers an invitation instead.
type HandOn struct {
	// Key is the idempotency key, or "".
	Key string
	// ID makes a retry harmless: a second hand-on with the same ID is the first one.
	ID        string
	Colleague collaboration.Contact
	// Invalid are fields that could not be decoded; see ActivationRequest.
	Invalid []collaboration.FieldError
}

// HandOn sends the invitation to a colleague, who becomes an administrator of the customer. It
// sends a hand-on by a superseded link too: the workflow distinguishes a retry from a second one.
func (s *Invitations) HandOn(ctx context.Context, i Invitation, h HandOn) (message.Status, error) {
	if i.AdministratorID == "" {
		return message.Status{}, i.errNotViewable()
	}
	if err := s.checkHandOn(ctx, i, h); err != nil {
		return message.Status{}, err
	}
	switch i.Status {
	case InvitationOpen, InvitationSuperseded:
	case InvitationDecided:
		return message.Status{}, errAlreadyDecided(i.Activation.Decision, nil)
	default:
		return message.Status{}, &collaboration.Error{Code: i.Status.Code()}
	}
	if err := s.reserveCustomerKey(ctx, i.Activation, h.Key, h.ID); err != nil {
		return message.Status{}, err
	}
	colleague, id := h.Colleague.Clean(), message.NewID("hand on", i.Activation.ID, h.ID)
	if i.Status == InvitationOpen {
		if err := s.allowMail(ctx, id, colleague.Email); err != nil {
			return message.Status{}, err
		}
	}
	status, err := s.sendCommand(ctx, message.Command{
		ID: id, Activation: i.Activation.ID, Kind: collaboration.CommandHandOn, By: i.AdministratorID, At: s.now().UTC(),
		HandOn: &message.HandOn{Colleague: colleague, Generation: i.Generation()},
	})
	switch collaboration.CodeOf(err) {
	case collaboration.CodeAlreadyDecided:
		return status, errAlreadyDecided(status.Decision, err)
	case collaboration.CodeActivationNotFound, collaboration.CodeNotPending:
		return s.resolveClosed(ctx, i, collaboration.Decision{ID: id, Activation: i.Activation.ID}, err)
	}
	return status, err
}

// checkHandOn checks the fields. The error names every wrong one.
func (s *Invitations) checkHandOn(ctx context.Context, i Invitation, h HandOn) error {
	wrong := collaboration.FieldErrors(h.Colleague.Check(""))
	ofOffice, err := s.contactOfOffice(ctx, i.Activation.OfficeID, "", &h.Colleague)
	if err != nil {
		return err
	}
	if h.ID == "" {
		wrong.Add("id", collaboration.CodeRequired)
	}
	return WithInvalid(append(wrong, ofOffice...).Err(), h.Invalid)
}

// WasHandedOn reports whether the customer handed on a superseded invitation, or handed on an
// earlier one that became this one.
func (s *Invitations) WasHandedOn(ctx context.Context, i Invitation) (bool, error) {
	events, err := s.store.Events(ctx, i.Activation.ID, 0)
	if err != nil {
		return false, err
	}
	from := i.Generation()
	if i.Status == InvitationOpen {
		from--
	}
	return slices.ContainsFunc(events, func(e collaboration.Event) bool {
		return e.Action == collaboration.ActionHandedOn && e.Generation() >= from
	}), nil
}
