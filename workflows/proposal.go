package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// proposals applies commands and events to the proposals of the state.
type proposals struct{ *stateMachine }

// propose adds a proposal. The customer has until expires to answer.
func (m proposals) propose(p collaboration.Proposal, id string) {
	p.Number, p.State = 1, collaboration.ProposalOpen
	if last := m.Status.Proposal; last != nil {
		p.Number = last.Number + 1
	}
	p.From = m.Order.Conditions(m.agreementWithPending())
	p.To = p.From.With(p.Change)
	m.ProposalRemindedAt = p.At
	m.set(p, message.Command{ID: id, Kind: collaboration.EventProposed, By: p.By, At: p.At})
}

// set sets the latest proposal, and adds the pending write of its new state.
func (m proposals) set(p collaboration.Proposal, c message.Command) {
	c.Activation, c.Decision, c.Proposal = m.Order.Activation, nil, &p
	m.Status.Proposal = &p
	m.amend(c)
}

// admit returns an error if the state of the latest proposal does not allow a
// command.
func (m proposals) admit(c message.Command) error {
	p := m.Status.Proposal
	switch c.Kind {
	case collaboration.CommandChange:
		if _, proposed := c.Change.Split(m.Order.Conditions(m.agreementWithPending())); p.IsOpen() && changesTerms(*c.Change, proposed) {
			return &collaboration.Error{Code: collaboration.CodeChangeProposed}
		}
	case collaboration.CommandDecideChange:
		switch answered := p != nil && p.Number == c.Decision.Generation && p.Decision != nil; {
		case answered:
			return &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
		case !p.IsOpen() || p.Number != c.Decision.Generation:
			return &collaboration.Error{Code: collaboration.CodeNoProposal}
		}
	case collaboration.CommandWithdrawChange:
		if !p.IsOpen() {
			return &collaboration.Error{Code: collaboration.CodeNoProposal}
		}
	case collaboration.CommandRevokeNotice, collaboration.CommandEnd:
		if p != nil && p.Ends() && m.continuesAfter(c) {
			return &collaboration.Error{Code: collaboration.CodeRenewalNotApproved}
		}
	}
	return nil
}

// continuesAfter reports whether a command lets the agreement continue after its term.
func (m proposals) continuesAfter(c message.Command) bool {
	return c.Kind == collaboration.CommandRevokeNotice || amendedBy(m.agreementWithPending(), c).Continues()
}

// changesTerms reports whether a change concerns the conditions of the agreement, with or
// without the customer's consent.
func changesTerms(c, proposed collaboration.Change) bool {
	return !proposed.IsZero() || c.InvoiceRecipient != ""
}

// changeRunning changes a running collaboration. A part that needs the customer's
// consent becomes a proposal.
func (m proposals) changeRunning(c message.Command) {
	immediate, proposed := c.Change.Split(m.Order.Conditions(m.agreementWithPending()))
	if !immediate.IsZero() {
		if immediate.TaskID != "" {
			m.Order.TaskID = immediate.TaskID
		}
		m.changeConditions(immediate)
		c.Change = &immediate
		m.amend(c)
	}
	if !proposed.IsZero() {
		m.propose(collaboration.Proposal{
			Kind: collaboration.ProposalChange, Change: proposed, By: c.By, At: c.At, ExpiresAt: c.At.Add(m.Rules.InvitationLifetime).UTC(),
		}, c.ID)
	}
}

// answer applies the customer's answer to the open proposal.
func (m proposals) answer(c message.Command) {
	p, d := *m.Status.Proposal, *c.Decision
	d.ID, d.Activation, d.By, d.At = c.ID, c.Activation, c.By, c.At
	p.Decision, p.State = &d, collaboration.ProposalDeclined
	if d.Outcome == collaboration.Approve {
		p.State = collaboration.ProposalApproved
		if p.Kind == collaboration.ProposalRenewal {
			m.Renewal = &p.Change
		} else {
			m.changeConditions(p.Change)
		}
	}
	m.set(p, c)
}

// changeConditions changes the order's conditions. A later price replaces the approved one of
// the next term.
func (m proposals) changeConditions(c collaboration.Change) {
	m.Order = m.Order.WithConditions(m.Order.Conditions(collaboration.Agreement{}).With(c))
	if m.Renewal != nil && c.Prices != nil {
		renewal := *m.Renewal
		renewal.Prices = nil
		m.Renewal = &renewal
	}
}

// nextConditions returns the approved conditions of the next term; nil for the same as now.
func (m proposals) nextConditions() *collaboration.Conditions {
	if m.Renewal == nil {
		return nil
	}
	next := m.Order.Conditions(*m.Status.Agreement).With(*m.Renewal)
	return &next
}

// end closes the open proposal without an answer.
func (m proposals) end(state collaboration.ProposalState, c message.Command) {
	p := *m.Status.Proposal
	p.State = state
	if c.ID == "" {
		c.ID = fmt.Sprintf("%s-%d", state, p.Number)
	}
	m.set(p, c)
}

// lapseRenewal closes the proposal of a renewal that does not take place, because notice was
// given.
func (m proposals) lapseRenewal(now time.Time) {
	if p := m.Status.Proposal; p.IsOpen() && p.Kind == collaboration.ProposalRenewal && !m.agreementWithPending().Continues() {
		m.end(collaboration.ProposalLapsed, message.Command{Kind: collaboration.EventProposalClosed, By: collaboration.ActorSystem, At: now.UTC()})
		m.RenewalChecked = false // the notice may be revoked
	}
}

// proposalNotifications has the notification for each state of a proposal. A proposal that
// lapses has none: the notice has its own.
var proposalNotifications = map[collaboration.ProposalState]collaboration.NotificationKind{
	collaboration.ProposalOpen:      collaboration.NotificationChangeProposed,
	collaboration.ProposalApproved:  collaboration.NotificationChangeApproved,
	collaboration.ProposalDeclined:  collaboration.NotificationChangeDeclined,
	collaboration.ProposalWithdrawn: collaboration.NotificationChangeWithdrawn,
	collaboration.ProposalExpired:   collaboration.NotificationChangeExpired,
}

// storeProposal stores the new state of a proposal, and notifies the parties.
func (a *activation) storeProposal(ctx workflow.Context, c message.Command) error {
	p, amended := *c.Proposal, amendedBy(*a.Status.Agreement, c)
	input := message.ProposalInput{ID: c.ID, Activation: c.Activation, Proposal: p, By: c.By, At: c.At}
	if amended != *a.Status.Agreement {
		input.Agreement = &amended
	}
	if err := a.execute(ctx, act.RecordProposal, input); err != nil {
		return err
	}
	a.Status.Agreement = &amended
	if kind := proposalNotifications[p.State]; kind != "" {
		a.notify(ctx, collaboration.Notification{Kind: kind, Generation: p.Number, By: c.By, ExpiresAt: p.ExpiresAt})
	}
	a.upsertStatus(ctx)
	return nil
}
