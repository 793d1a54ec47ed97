package app

import (
	"context"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/internal/link"
)

// Invitations are the use cases of an invitation: of the customer's administrators, and
// of every holder of a link.
type Invitations struct{ *service }

// Invitation is an invitation as one person may see it.
type Invitation struct {
	Activation collaboration.Activation
	Solution   collaboration.Solution
	Customer   collaboration.Customer // empty if the lookup failed
	Status     InvitationStatus
	// AdministratorID is the person's ID as an administrator of the customer, or "".
	AdministratorID string
	// Viewable reports whether the person may see the invitation. Without it, only the names
	// of the office and the solution may be shown.
	Viewable bool
	// OfOffice is true for an employee of the inviting office, who may not act for the customer.
	OfOffice bool

	linkGeneration int // noLink for an administrator without a link
	linkExpired    bool
	login          collaboration.Login // of the person
}

// Offer returns what the customer approves, in a language.
func (i Invitation) Offer(l collaboration.Locale) collaboration.Offer {
	return i.Activation.Offer(i.Solution, l)
}

// noLink is the generation of an administrator without a link. It means the current
// generation.
const noLink = -1

// Generation returns the generation of the invitation that is shown and decided.
func (i Invitation) Generation() int {
	if i.linkGeneration == noLink {
		return i.Activation.Generation
	}
	return i.linkGeneration
}

// IsAnswerable reports whether the activation has an open invitation, of any generation.
func (i Invitation) IsAnswerable() bool {
	return i.Activation.State == collaboration.AwaitingApproval && i.Activation.Decision == nil
}

// ByLink returns the invitation of a link, for anyone.
func (s *Invitations) ByLink(ctx context.Context, p collaboration.Person, token string) (Invitation, error) {
	i, err := s.storedByLink(ctx, p, token)
	if err != nil {
		return i, err
	}
	return s.live(ctx, p, i)
}

// ForViewing is ByLink for the customer's administrators only.
func (s *Invitations) ForViewing(ctx context.Context, p collaboration.Person, token string) (Invitation, error) {
	return requireViewable(s.ByLink(ctx, p, token))
}

// ForDecision is ForViewing for a decision. It queries the workflow only if the stored
// invitation is not open: the decision itself is a command to the workflow.
func (s *Invitations) ForDecision(ctx context.Context, p collaboration.Person, token string) (Invitation, error) {
	i, err := s.storedByLink(ctx, p, token)
	if err != nil || i.AdministratorID != "" && i.Status == InvitationOpen {
		return i, err
	}
	return requireViewable(s.live(ctx, p, i))
}

// ByID returns the current invitation of an activation, for an administrator of the
// customer, and once it is decided also for its recipient: the compensation of a decline
// removes the administrator that the activation created. Before the first mail there is
// none.
func (s *Invitations) ByID(ctx context.Context, p collaboration.Person, id string) (Invitation, error) {
	c, err := s.collaboration(ctx, p, id)
	if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
		return s.declined(ctx, p, id)
	}
	if err != nil {
		return Invitation{}, err
	}
	i, err := s.invitation(p, c.Activation, noLink, false)
	if err != nil {
		return i, err
	}
	i, err = s.live(ctx, p, i)
	if err == nil && i.Generation() == 0 {
		err = &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return i, err
}

// declined returns the decided invitation of a recipient who is no administrator.
func (s *Invitations) declined(ctx context.Context, p collaboration.Person, id string) (Invitation, error) {
	notFound := &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	activation, err := collaboration.ParseActivationID(id)
	if err != nil {
		return Invitation{}, err
	}
	a, err := s.store.Activation(ctx, activation)
	if err != nil {
		return Invitation{}, err
	}
	i, err := s.invitation(p, a, noLink, false)
	if err == nil && (i.Status != InvitationDecided || !i.isInvitee(p)) {
		err = notFound
	}
	if err != nil {
		return Invitation{}, err
	}
	return s.live(ctx, p, i)
}

func requireViewable(i Invitation, err error) (Invitation, error) {
	if err == nil && !i.Viewable {
		err = i.errNotViewable()
	}
	return i, err
}

func (i Invitation) errNotViewable() error {
	if i.OfOffice {
		return errSeparationOfDuties()
	}
	return &collaboration.Error{Code: collaboration.CodeForbidden}
}

// storedByLink returns the stored invitation of a link. The error is CodeLinkInvalid only
// for a link with a wrong signature, or of an activation that does not exist.
func (s *Invitations) storedByLink(ctx context.Context, p collaboration.Person, token string) (Invitation, error) {
	claims, err := s.links.Verify(token, link.Approve, s.now())
	expired := collaboration.CodeOf(err) == collaboration.CodeLinkExpired
	if err != nil && !expired {
		return Invitation{}, err
	}
	a, err := s.store.Activation(ctx, claims.Activation)
	switch collaboration.CodeOf(err) {
	case "":
	case collaboration.CodeActivationNotFound:
		return Invitation{}, &collaboration.Error{Code: collaboration.CodeLinkInvalid, Cause: err}
	default:
		return Invitation{}, err
	}
	return s.invitation(p, a, claims.Generation, expired)
}

// invitation returns the invitation of a stored activation for a person.
func (s *Invitations) invitation(p collaboration.Person, a collaboration.Activation, generation int, linkExpired bool) (Invitation, error) {
	solution, err := s.solutionOf(a)
	i := Invitation{Activation: a, linkGeneration: generation, linkExpired: linkExpired, Solution: solution, AdministratorID: p.AdministratorOf(a.CustomerID), OfOffice: p.IsEmployeeOf(a.OfficeID), login: p.Login}
	i.Status = i.statusAt(s.now())
	return i, err
}

// live adds the status of the workflow, and whether the person may see the invitation.
func (s *Invitations) live(ctx context.Context, p collaboration.Person, i Invitation) (Invitation, error) {
	if i.Activation.State.IsPending() {
		i.Activation = s.withLiveStatus(ctx, i.Activation)
		i.Status = i.statusAt(s.now())
	}
	if i.AdministratorID == "" && i.Status == InvitationOpen && i.isInvitee(p) {
		if err := s.errIfDeclineInProgress(ctx, i.Activation.ID); err != nil {
			return i, err
		}
	}
	i.Viewable = i.AdministratorID != "" || i.Status == InvitationDecided && i.isInvitee(p)
	if i.Viewable && (i.Status == InvitationOpen || i.Status == InvitationDecided) {
		// The invitation can be shown without the customer.
		i.Customer, _ = s.customers.Customer(ctx, i.Activation.OfficeID, i.Activation.CustomerID)
	}
	return i, nil
}

// isInvitee reports whether the invitation was sent to the person. An invitee who
// declined may no longer be an administrator: the activation had created the account.
func (i Invitation) isInvitee(p collaboration.Person) bool {
	return !i.OfOffice && slices.ContainsFunc(inviteeEmails(i.Activation), func(address string) bool {
		return p.Email != "" && strings.EqualFold(p.Email, address)
	})
}

// errIfDeclineInProgress returns CodeUnavailable while a decline is being compensated. The
// compensation removes the temporary administrator before the decline itself is stored. In
// between, the store shows the invitation as open and its recipient without rights, so it
// can be neither shown nor rejected: the client must retry.
func (s *Invitations) errIfDeclineInProgress(ctx context.Context, id collaboration.ActivationID) error {
	events, err := s.store.Events(ctx, id, 0)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(events, func(e collaboration.Event) bool { return e.Action == collaboration.ActionAdministratorRemoved }) {
		return collaboration.Errorf(collaboration.CodeUnavailable, "the decision on the invitation is not stored yet")
	}
	return nil
}
