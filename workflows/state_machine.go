package workflows

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// stateMachine applies commands and outcomes to the state of an activation. It does not
// block and has no effect outside the state; the phases of activation store the effects. All
// of it is replayed, except validate.
type stateMachine struct{ message.State }

// validate rejects an Update before it is part of the history. It is not replayed.
func (m *stateMachine) validate(c message.Command) error {
	if m.HasProcessed(c.ID) {
		return nil
	}
	if c.Activation == m.Order.Activation {
		if err := c.Validate(); err != nil {
			return m.rejection(err)
		}
	}
	return m.rejection(m.admit(c))
}

// handle accepts a command once, or rejects it. It is replayed.
func (m *stateMachine) handle(now time.Time, c message.Command) error {
	if m.HasProcessed(c.ID) {
		return nil
	}
	if err := m.admit(c); err != nil {
		return m.rejection(err)
	}
	m.MarkProcessed(c.ID)
	c.At = now.UTC() // one clock orders all events of an activation
	m.apply(c)
	return nil
}

// admit returns an error if the state does not allow a command. It is replayed: see the
// lifecycle table of package collaboration.
func (m *stateMachine) admit(c message.Command) error {
	if c.Activation != m.Order.Activation { // an earlier activation of the subject
		return &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	if code := m.Status.State.Refusal(c.Kind); code != "" {
		return &collaboration.Error{Code: code}
	}
	if c.IsStored() && m.IsFull() {
		return &collaboration.Error{Code: collaboration.CodeRateLimited}
	}
	switch c.Kind {
	case collaboration.CommandCorrect:
		if !m.Order.Scenario.CreatesAdministrator() {
			return &collaboration.Error{Code: collaboration.CodeAddressNotCorrectable}
		}
	case collaboration.CommandDecide:
		if c.Decision.Generation != m.Status.Generation {
			return &collaboration.Error{Code: collaboration.CodeLinkReplaced}
		}
	case collaboration.CommandHandOn:
		switch {
		case c.HandOn.Generation != m.Status.Generation:
			return &collaboration.Error{Code: collaboration.CodeLinkReplaced}
		case m.Invitation.HandOns >= collaboration.MaxHandOns:
			return &collaboration.Error{Code: collaboration.CodeHandOnLimit}
		}
	case collaboration.CommandChange:
		if fields := c.Change.Inapplicable(m.Status.State); len(fields) > 0 {
			return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: fields}
		}
	case collaboration.CommandEnd:
		if !m.Order.OnEnd.Allows(c.End.OnEnd) {
			return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "on_end", Code: collaboration.CodeInvalidChoice}}}
		}
	case collaboration.CommandRevokeNotice:
		if agreement := m.agreementWithPending(); agreement.Renews && agreement.EndOn.IsZero() {
			return &collaboration.Error{Code: collaboration.CodeNoNotice}
		}
	}
	if m.Status.State == collaboration.Active {
		return proposals{m}.admit(c)
	}
	return nil
}

// rejection returns an application error with the status in its details, so that a late
// caller receives the accepted decision.
func (m *stateMachine) rejection(err error) error {
	var e *collaboration.Error
	if !errors.As(err, &e) {
		return err
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), string(e.Code), temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign, Details: []any{m.Status},
	})
}

// apply changes the state for an accepted command. It does not block; the phases store the
// effects.
func (m *stateMachine) apply(c message.Command) {
	switch c.Kind {
	case collaboration.CommandDecide:
		m.applyDecision(c)
	case collaboration.CommandWithdraw:
		m.closeBy(c, collaboration.Withdrawn)
	case collaboration.CommandResend:
		m.nextGeneration(c)
	case collaboration.CommandCorrect:
		m.Pending = append(m.Pending, c)
		m.nextGeneration(c)
	case collaboration.CommandForward:
		m.invite(c)
	case collaboration.CommandHandOn:
		m.Invitation.HandOns++
		c.Administrator = message.NewID("administrator", c.Activation, c.ID)
		m.invite(c)
	case collaboration.CommandChange:
		m.applyChange(c)
	case collaboration.CommandReport:
		m.applyReport(*c.Report)
	case collaboration.CommandEnd:
		m.applyEnd(c)
	case collaboration.CommandRevokeNotice:
		m.amend(c)
	case collaboration.CommandDecideChange:
		proposals{m}.answer(c)
	case collaboration.CommandWithdrawChange:
		proposals{m}.end(collaboration.ProposalWithdrawn, c)
	}
}

func (m *stateMachine) applyDecision(c message.Command) {
	d := *c.Decision
	d.ID, d.Activation, d.By, d.At = c.ID, c.Activation, c.By, c.At
	m.Status.Decision = &d
	if d.Outcome == collaboration.Approve {
		m.Order.TermsVersion = d.TermsVersion()
		m.moveTo(c.Kind, collaboration.Active)
		return
	}
	m.closeBy(c, collaboration.Declined)
}

// applyReport stores a bounce of the current generation, and ignores earlier ones.
func (m *stateMachine) applyReport(r message.Report) {
	if r.Status != collaboration.DeliveryBounced || r.Generation != m.Status.Generation {
		return
	}
	m.Status.Bounced = m.Status.Bounced || !r.Partial
	if !slices.Contains(m.Invitation.Bounced, r.Administrator) && len(m.Invitation.Bounced) < collaboration.MaxInvited {
		m.Invitation.Bounced = append(m.Invitation.Bounced, r.Administrator)
	}
}

// applyChange changes the order. A change of the terms that the customer approves starts a
// new generation.
func (m *stateMachine) applyChange(c message.Command) {
	if m.Status.State == collaboration.Active {
		proposals{m}.changeRunning(c)
		return
	}
	before, change := m.Order, *c.Change
	if change.TaskID != "" {
		m.Order.TaskID = change.TaskID
	}
	if change.InvoiceRecipient != "" {
		m.Order.InvoiceRecipient = change.InvoiceRecipient
	}
	m.Pending = append(m.Pending, c)
	if change.Period != nil {
		m.Order.Period = *change.Period
	}
	if change.AgreementMonths != 0 {
		m.Order.AgreementMonths = change.AgreementMonths
	}
	if change.RemindersPaused != nil {
		m.pauseReminders(c.At, *change.RemindersPaused)
	}
	if m.Order.InvoiceRecipient != before.InvoiceRecipient || m.Order.Period != before.Period || m.Order.AgreementMonths != before.AgreementMonths {
		m.nextGeneration(c)
	}
}

// invite makes the administrator of a command the only recipient of the next generation.
func (m *stateMachine) invite(c message.Command) {
	m.Invitation.Administrator = c.Administrator
	m.Pending = append(m.Pending, c)
	m.nextGeneration(c)
}

// pauseReminders pauses the reminders, or resumes with the next one.
func (m *stateMachine) pauseReminders(now time.Time, paused bool) {
	if m.Status.RemindersPaused && !paused {
		m.Invitation.RemindedAt = now.UTC()
	}
	m.Status.RemindersPaused = paused
}

// nextGeneration supersedes all earlier links and restarts the lifetime.
func (m *stateMachine) nextGeneration(c message.Command) {
	m.Status.Generation++
	m.Status.Bounced = false
	m.Invitation.Bounced, m.Invitation.BouncesNotified = nil, 0
	m.Invitation.By = c.By
	m.startLifetime(c.At)
}

func (m *stateMachine) startLifetime(now time.Time) {
	m.Status.ExpiresAt = now.Add(m.Rules.InvitationLifetime).UTC()
	m.Invitation.RemindedAt = time.Time{}
}

// applyEnd ends a collaboration at once, or adds a pending amendment.
func (m *stateMachine) applyEnd(c message.Command) {
	pending := m.agreementWithPending()
	switch today := collaboration.DateOf(c.At); {
	case c.End.When == collaboration.EndNow, c.End.When == collaboration.EndOnDate && !today.Before(c.End.On):
		m.closeBy(c, collaboration.Ended)
		m.Closing.OnEnd = c.End.OnEnd
	case c.End.When == collaboration.EndOfTerm && amendedBy(pending, c) == pending: // notice was given before
	default:
		m.amend(c)
		proposals{m}.lapseRenewal(c.At)
	}
}

// amend adds a pending command that concerns the agreement. It waits until the agreement has
// started.
func (m *stateMachine) amend(c message.Command) {
	if m.Status.Agreement == nil {
		m.AwaitingAgreement = append(m.AwaitingAgreement, c)
		return
	}
	m.Pending = append(m.Pending, c)
}

// agreementWithPending returns the agreement with all accepted commands applied.
func (m *stateMachine) agreementWithPending() collaboration.Agreement {
	agreement := collaboration.Agreement{Renews: true}
	if m.Status.Agreement != nil {
		agreement = *m.Status.Agreement
	}
	for _, c := range append(m.Pending[:len(m.Pending):len(m.Pending)], m.AwaitingAgreement...) {
		agreement = amendedBy(agreement, c)
	}
	return agreement
}

// cancel handles an operator's cancellation: it withdraws a pending invitation, or ends a
// running collaboration.
func (m *stateMachine) cancel() {
	closing := message.Closing{By: collaboration.ActorOperator, Cancelled: true}
	switch {
	case m.Closing != nil:
	case m.Status.State.IsPending():
		m.close(collaboration.EventCancelled, collaboration.Withdrawn, closing)
	default:
		m.close(collaboration.EventCancelled, collaboration.Ended, closing)
	}
}

// closeBy ends the activation by a command.
func (m *stateMachine) closeBy(c message.Command, state collaboration.State) {
	m.close(c.Kind, state, message.Closing{By: c.By})
	m.Status.ClosedBy = c.ID
}

func (m *stateMachine) close(cause collaboration.Command, state collaboration.State, c message.Closing) {
	m.moveTo(cause, state)
	m.Closing = &c
}

// fail closes an activation after a step has failed that is not retried, before the agreement
// has started. The customer may have approved it.
func (m *stateMachine) fail(err error) {
	m.Status.State = collaboration.Failed
	m.Closing = &message.Closing{By: collaboration.ActorSystem}
	m.setFailure(err)
}

func (m *stateMachine) setFailure(err error) {
	if m.Closing.Code == "" {
		m.Closing.Code, m.Closing.Detail = temporalx.CodeOf(err), err.Error()
	}
}

// moveTo changes the state. A change that the lifecycle does not allow is a programming
// error: it fails the workflow task, which Temporal retries until the code is fixed.
func (m *stateMachine) moveTo(cause collaboration.Command, next collaboration.State) {
	if !m.Status.State.Follows(cause, next) {
		panic(fmt.Sprintf("%s: %s cannot become %s", cause, m.Status.State, next))
	}
	m.Status.State = next
}

// endsWithoutAgreement reports whether the provisioning must be compensated.
func (m *stateMachine) endsWithoutAgreement() bool {
	return slices.Contains([]collaboration.State{
		collaboration.Declined, collaboration.Expired, collaboration.Withdrawn, collaboration.Failed,
	}, m.Status.State)
}

// bounceIsNew reports whether the office was not notified of the bounce.
func (m *stateMachine) bounceIsNew() bool {
	return len(m.Invitation.Bounced) > m.Invitation.BouncesNotified
}

// nextInvitationDeadline returns the time of the next reminder, or of the expiry.
func (m *stateMachine) nextInvitationDeadline() (at time.Time, summary string) {
	next, ok := m.Rules.NextReminder(m.Status.ExpiresAt, m.Invitation.RemindedAt)
	if ok && !m.Status.RemindersPaused && !m.Status.Bounced {
		return next.At, "next reminder"
	}
	return m.Status.ExpiresAt, "invitation expires"
}

func (m *stateMachine) invitation(now time.Time) collaboration.Notification {
	by := m.Invitation.By
	if by == "" {
		by = m.Order.RequestedBy
	}
	return collaboration.Notification{
		Activation: m.Order.Activation, Kind: collaboration.NotificationInvitation, Generation: m.Status.Generation,
		Administrator: m.Invitation.Administrator, ExpiresAt: m.Status.ExpiresAt, By: by, At: now.UTC(),
	}
}
