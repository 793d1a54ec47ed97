package app

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Answer is a person's answer to an invitation.
type Answer struct {
	// ID makes a retry harmless: a second answer with the same ID is the first one.
	ID string
	// Key is the idempotency key, or "".
	Key         string
	Outcome     collaboration.Outcome
	AcceptTerms bool
	// OfferHash and Locale identify the offer that the person read.
	OfferHash string
	Locale    collaboration.Locale
	Reason    collaboration.DeclineReason
	Comment   string
	// Invalid are fields that could not be decoded; see ActivationRequest.
	Invalid []collaboration.FieldError
}

// Decide sends an administrator's answer to the workflow. It sends the answer to a decided
// invitation too: the workflow distinguishes a retry from a second answer.
func (s *Invitations) Decide(ctx context.Context, i Invitation, answer Answer) (message.Status, error) {
	if len(answer.Invalid) > 0 {
		// The terms are checked against the catalogue only when the answer is complete.
		d := collaboration.Decision{ID: answer.ID, Outcome: answer.Outcome, Reason: answer.Reason, Comment: answer.Comment, Offer: &collaboration.Offer{TermsVersion: "unknown", TermsHash: "unknown"}}
		return message.Status{}, WithInvalid(d.Check(), answer.Invalid)
	}
	if i.AdministratorID == "" && i.Viewable { // an invitee who declined and lost the account
		return s.repeatDecision(ctx, i.Activation, answer.ID)
	}
	if i.AdministratorID == "" {
		return message.Status{}, i.errNotViewable()
	}
	if i.Status != InvitationOpen && i.Status != InvitationDecided {
		return message.Status{}, &collaboration.Error{Code: i.Status.Code()}
	}
	d, err := s.decision(i, answer)
	if err != nil {
		return message.Status{}, err
	}
	if err := s.reserveAnswer(ctx, i.Activation, answer); err != nil {
		return message.Status{}, err
	}
	if i.Status == InvitationOpen {
		if err := s.storeTerms(ctx, i.Solution, d); err != nil {
			return message.Status{}, err
		}
	}
	status, err := s.sendCommand(ctx, message.Decide(d))
	switch code := collaboration.CodeOf(err); {
	case code == "" && status.Decision != nil && status.Decision.ID != d.ID:
		return status, errAlreadyDecided(status.Decision, nil)
	case code == collaboration.CodeAlreadyDecided:
		return status, errAlreadyDecided(status.Decision, err)
	case code == collaboration.CodeActivationNotFound, code == collaboration.CodeNotPending:
		return s.resolveClosed(ctx, i, d, err)
	}
	return status, err
}

// storeTerms stores the text that an approval refers to, before the approval is sent: every
// approved hash has its text.
func (s *service) storeTerms(ctx context.Context, solution collaboration.Solution, d collaboration.Decision) error {
	if d.Offer == nil {
		return nil
	}
	return s.store.AddTerms(ctx, solution.TermsText(d.Offer.Locale))
}

func errAlreadyDecided(first *collaboration.Decision, cause error) error {
	return &collaboration.Error{Code: collaboration.CodeAlreadyDecided, Decision: first, Cause: cause}
}

// decisionBy returns an administrator's answer as a decision, without its subject and offer.
func (s *service) decisionBy(administratorID string, login collaboration.Login, answer Answer) collaboration.Decision {
	d := collaboration.Decision{
		ID: answer.ID, Outcome: answer.Outcome, By: administratorID, At: s.now().UTC(), Reason: answer.Reason, Comment: answer.Comment,
	}
	if login.Email != "" {
		d.Login = &login
	}
	return d
}

// decision returns the decision that an answer makes.
func (s *Invitations) decision(i Invitation, answer Answer) (collaboration.Decision, error) {
	d := s.decisionBy(i.AdministratorID, i.login, answer)
	d.Activation, d.Generation = i.Activation.ID, i.Generation()
	if answer.Outcome == collaboration.Approve {
		offer := i.Offer(answer.Locale)
		// A decided invitation may have other values by now. Its answer can only be a retry.
		if answer.OfferHash != "" && answer.OfferHash != offer.Hash() && i.Status == InvitationOpen {
			return d, &collaboration.Error{Code: collaboration.CodeTermsChanged}
		}
		if answer.AcceptTerms && answer.OfferHash != "" {
			d.Offer = &offer
		}
	}
	return d, d.Check()
}

// repeatDecision returns the stored status for a retry of the answer that was decided, and
// rejects another answer.
func (s *Invitations) repeatDecision(ctx context.Context, a collaboration.Activation, answerID string) (message.Status, error) {
	if a.Decision == nil { // the workflow's status had no decision; the store may have it by now
		var err error
		if a, err = s.store.Activation(ctx, a.ID); err != nil {
			return message.Status{}, err
		}
	}
	switch d := a.Decision; {
	case d == nil:
		return message.Status{}, collaboration.Errorf(collaboration.CodeUnavailable, "the decision is not stored yet")
	case d.ID != answerID:
		return message.Status{}, errAlreadyDecided(d, nil)
	}
	return storedStatus(a), nil
}

// resolveClosed returns the stored status after the workflow rejected a decision because
// the invitation is closed. It may have closed since the first read.
func (s *Invitations) resolveClosed(ctx context.Context, i Invitation, d collaboration.Decision, rejection error) (message.Status, error) {
	a, err := s.store.Activation(ctx, d.Activation)
	if err != nil {
		return message.Status{}, err
	}
	if a.Decision == nil {
		i.Activation = a
		if code := i.statusAt(s.now()).Code(); code != "" {
			rejection = &collaboration.Error{Code: code, Cause: rejection}
		}
		return message.Status{}, rejection
	}
	if a.Decision.ID != d.ID {
		return storedStatus(a), errAlreadyDecided(a.Decision, rejection)
	}
	return storedStatus(a), nil
}

// Proposed returns what the customer approves with the latest proposal, in a language.
func (c Collaboration) Proposed(l collaboration.Locale) collaboration.Offer {
	return c.Activation.With(c.Activation.Proposal.To).Offer(c.Solution, l)
}

// DecideChange sends an administrator's answer to the proposal with a number. Its ID is the
// same for a retry.
func (s *Collaborations) DecideChange(ctx context.Context, c Collaboration, number int, answer Answer) (message.Status, error) {
	d := s.decisionBy(c.AdministratorID, c.login, answer)
	d.Activation, d.Generation = c.Activation.ID, number
	p := c.Activation.Proposal
	isCurrent := p != nil && p.Number == number
	if isCurrent {
		offer := c.Proposed(answer.Locale)
		// A decided proposal may have other values by now. Its answer can only be a retry.
		if answer.OfferHash != "" && answer.OfferHash != offer.Hash() && p.IsOpen() {
			return message.Status{}, &collaboration.Error{Code: collaboration.CodeTermsChanged}
		}
		if answer.Outcome == collaboration.Approve && answer.AcceptTerms && answer.OfferHash != "" {
			d.Offer = &offer
		}
	}
	if err := WithInvalid(d.Check(), answer.Invalid); err != nil {
		if !isCurrent {
			err = &collaboration.Error{Code: collaboration.CodeNoProposal}
		}
		return message.Status{}, err
	}
	if err := s.reserveAnswer(ctx, c.Activation, answer); err != nil {
		return message.Status{}, err
	}
	if p.IsOpen() {
		if err := s.storeTerms(ctx, c.Solution, d); err != nil {
			return message.Status{}, err
		}
	}
	command := message.Decide(d)
	command.Kind = collaboration.CommandDecideChange
	status, err := s.sendCommand(ctx, command)
	switch collaboration.CodeOf(err) {
	case collaboration.CodeActivationNotFound:
		err = &collaboration.Error{Code: collaboration.CodeNotActive, Cause: err}
	case collaboration.CodeAlreadyDecided:
		if status.Proposal != nil {
			err = errAlreadyDecided(status.Proposal.Decision, err)
		}
	}
	status.Activation = c.Activation.ID
	return status, err
}
