package app

import (
	"context"
	"crypto/rand"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Changes are the use cases that change an activation of the employee's office.
type Changes struct{ *service }

// Target is what every change of an activation takes.
type Target struct {
	// Activation is the ID as the caller wrote it.
	Activation string
	// Key is the idempotency key, or "".
	Key string
	If  Precondition
	// Invalid are fields that could not be decoded; see ActivationRequest.
	Invalid []collaboration.FieldError
}

// change is a command and what follows from it.
type change struct {
	// command has no ID, activation, employee and time yet; apply sets them.
	command message.Command
	// finalState is the state that the command leads to at once, or "" for a command that
	// leaves the activation live.
	finalState collaboration.State
	// recipients returns the addresses that the change sends mail to; nil for no mail.
	recipients func(collaboration.Activation) []string
}

// inviteeEmails returns the addresses of the invitation's recipients.
func inviteeEmails(a collaboration.Activation) []string {
	var all []string
	for _, i := range a.Invited {
		all = append(all, i.Email)
	}
	if len(all) == 0 {
		all = append(all, a.InvitedEmail)
	}
	return all
}

// only returns one address, for a mail to a certain person.
func only(email string) func(collaboration.Activation) []string {
	return func(collaboration.Activation) []string { return []string{email} }
}

// apply sends one command to an activation of the employee's office.
func (c *Changes) apply(ctx context.Context, e collaboration.Employee, t Target, ch change) (message.Status, error) {
	if err := checkKey(t.Key); err != nil {
		return message.Status{}, err
	}
	found, err := c.find(ctx, e, t.Activation)
	if err != nil {
		return message.Status{}, err
	}
	if !found.Stored {
		if !found.State.IsLive() {
			return message.Status{}, ch.refusal(found.Activation, errNotYetStored())
		}
		return message.Status{}, errNotYetStored()
	}
	a := found.Activation
	first, err := c.checkPreconditions(ctx, t, ch, a)
	if err != nil {
		return message.Status{}, err
	}
	command := ch.command
	command.ID, command.Activation, command.By, command.At = ch.id(t.Key, a), a.ID, e.ID, c.now().UTC()
	if ch.recipients != nil {
		if err := c.allowMail(ctx, command.ID, ch.recipients(a)...); err != nil {
			return message.Status{}, err
		}
	}
	status, err := c.sendCommand(ctx, command)
	switch collaboration.CodeOf(err) {
	case "":
		return c.waitForCompletion(ctx, ch, a.ID, status), nil
	case collaboration.CodeActivationNotFound: // the execution is closed; the store has the result
		isRetry := t.Key != "" && first == accepted
		return c.resolveClosed(ctx, ch, a.ID, isRetry, err)
	case collaboration.CodeAlreadyDecided:
		return message.Status{}, &collaboration.Error{Code: collaboration.CodeAlreadyDecided, Decision: status.Decision, Cause: err}
	}
	return message.Status{}, err
}

// outcome is the result of the preconditions. It is stored with the idempotency key.
type outcome string

const (
	accepted           outcome = "accepted"
	alreadyClosed      outcome = "closed"
	preconditionFailed outcome = "precondition_failed"
)

// checkPreconditions evaluates the version and whether the activation is live. With an
// idempotency key the first result is stored and reused for retries with the same key and
// precondition, because the first request itself changes the version. If the first
// request was accepted but failed before its command was sent, the retry sends it.
func (c *Changes) checkPreconditions(ctx context.Context, t Target, ch change, a collaboration.Activation) (outcome, error) {
	o := accepted
	switch {
	case !t.If.allows(a.Version):
		o = preconditionFailed
	case !a.State.IsLive():
		o = alreadyClosed
	}
	if t.Key != "" {
		var err error
		if o, err = c.reserveOutcome(ctx, t, ch, a, o); err != nil {
			return "", err
		}
	}
	if o == preconditionFailed {
		return o, &collaboration.Error{Code: collaboration.CodePreconditionFailed}
	}
	return o, nil
}

// reserveOutcome binds the key to the change, and the outcome to the key and the
// precondition: another precondition is evaluated again. It returns the first outcome.
func (c *Changes) reserveOutcome(ctx context.Context, t Target, ch change, a collaboration.Activation, o outcome) (outcome, error) {
	request := message.Fingerprint(a.OfficeID, a.ID, ch.command)
	if _, err := c.reserveKey(ctx, a.OfficeID, t.Key, request, string(a.ID)); err != nil {
		return "", err
	}
	first, err := c.reserveKey(ctx, a.OfficeID, internalKey("outcome", t.Key, t.If.required, t.If.versions), request, string(o))
	return outcome(first), err
}

// id returns the command's ID. It is the same for a retry with the same key, so that the
// workflow processes the command once.
func (ch change) id(key string, a collaboration.Activation) string {
	if key == "" {
		return rand.Text()
	}
	return message.NewID(a.OfficeID, a.ID, ch.command, key)
}

// waitForCompletion waits up to CloseWait until the store shows the final state of a
// command that the workflow has accepted; after that it returns the accepted status.
func (c *Changes) waitForCompletion(ctx context.Context, ch change, id collaboration.ActivationID, accepted message.Status) message.Status {
	if ch.finalState == "" {
		return accepted
	}
	ctx, cancel := context.WithTimeout(ctx, c.closeWait)
	defer cancel()
	for {
		if a, err := c.store.Activation(ctx, id); err == nil && !a.State.IsLive() {
			return storedStatus(a)
		}
		select {
		case <-ctx.Done():
			return accepted
		case <-time.After(c.poll):
		}
	}
}

// resolveClosed returns the stored status of an activation that was closed when the
// command arrived, if a retry expects it: the first command closed it. Otherwise the
// change is rejected.
func (c *Changes) resolveClosed(ctx context.Context, ch change, id collaboration.ActivationID, isRetry bool, cause error) (message.Status, error) {
	a, err := c.store.Activation(ctx, id)
	if err != nil {
		return message.Status{}, err
	}
	if !isRetry || a.State != ch.finalState {
		return message.Status{}, ch.refusal(a, cause)
	}
	return storedStatus(a), nil
}

// refusal returns the reason why a closed activation cannot be changed.
func (ch change) refusal(a collaboration.Activation, cause error) error {
	return &collaboration.Error{Code: a.State.Refusal(ch.command.Kind), Decision: a.Decision, Cause: cause}
}
