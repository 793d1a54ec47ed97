package workflows_test

import (
	"time"

	"countersign/collaboration"
)

// proposed is the model of the latest proposal.
type proposed struct {
	number   int
	renewal  bool
	open     bool
	answered bool
	ends     bool // the customer did not approve the renewal, and the agreement ends
	months   int
	payer    collaboration.InvoiceRecipient
	expires  time.Time
	reminded time.Time
}

// monthsAhead is the length of the terms from the next renewal on.
func (l *life) monthsAhead() int {
	if l.agreement.NextMonths != 0 {
		return l.agreement.NextMonths
	}
	return l.agreement.Months
}

// changeRunning handles a change of a running collaboration.
func (l *life) changeRunning(c collaboration.Change) collaboration.Code {
	longer := c.AgreementMonths != 0 && c.AgreementMonths != l.monthsAhead()
	customerPays := c.InvoiceRecipient == collaboration.PaidByCustomer && l.order.InvoiceRecipient == collaboration.PaidByOffice
	switch {
	case c.Period != nil || c.RemindersPaused != nil:
		return collaboration.CodeInvalidRequest
	case l.proposal.open && (longer || c.InvoiceRecipient != ""):
		return collaboration.CodeChangeProposed
	case longer || customerPays:
		l.propose(proposed{months: c.AgreementMonths, payer: c.InvoiceRecipient, expires: l.now.Add(30 * day)})
	case c.TaskID != "":
		l.record("change")
	case c.InvoiceRecipient != "" && c.InvoiceRecipient != l.order.InvoiceRecipient:
		l.order.InvoiceRecipient = c.InvoiceRecipient
		l.record("change")
		l.notices++
		l.send(collaboration.NotificationChanged, 0, l.notices)
	}
	return ""
}

func (l *life) propose(p proposed) {
	p.number, p.open, p.reminded = l.proposal.number+1, true, l.now
	l.proposal = p
	l.record("proposal open")
	l.send(collaboration.NotificationChangeProposed, p.number, 0)
}

func (l *life) closeProposal(state collaboration.ProposalState) {
	l.proposal.open = false
	l.record("proposal " + string(state))
	if state != collaboration.ProposalLapsed {
		l.send(collaboration.NotificationKind("change_"+state), l.proposal.number, 0)
	}
}

// decideChange handles the customer's answer to a proposal.
func (l *life) decideChange(d collaboration.Decision) collaboration.Code {
	p := &l.proposal
	switch {
	case l.state != collaboration.Active:
		return collaboration.CodeNotActive
	case p.answered && p.number == d.Generation:
		return collaboration.CodeAlreadyDecided
	case !p.open || p.number != d.Generation:
		return collaboration.CodeNoProposal
	}
	p.answered = true
	if d.Outcome == collaboration.Decline {
		l.refuseRenewal()
		l.closeProposal(collaboration.ProposalDeclined)
		return ""
	}
	if p.months != 0 {
		l.agreement.NextMonths = p.months
		if p.months == l.agreement.Months {
			l.agreement.NextMonths = 0
		}
	}
	if p.payer != "" {
		l.order.InvoiceRecipient = p.payer
	}
	l.renewalApproved = l.renewalApproved || p.renewal
	l.closeProposal(collaboration.ProposalApproved)
	return ""
}

// refuseRenewal ends the agreement with its term, if the catalogue demands it.
func (l *life) refuseRenewal() {
	if l.proposal.renewal && l.onUnapproved == collaboration.EndAgreement {
		l.proposal.ends = true
		l.agreement.Renews, l.agreement.EndOn, l.agreement.OnEnd = false, collaboration.Date{}, ""
	}
}

func (l *life) withdrawChange() collaboration.Code {
	switch {
	case l.state != collaboration.Active:
		return collaboration.CodeNotActive
	case !l.proposal.open:
		return collaboration.CodeNoProposal
	}
	l.closeProposal(collaboration.ProposalWithdrawn)
	return ""
}

// lapse closes the proposal of a renewal that does not take place.
func (l *life) lapse() {
	if l.proposal.open && l.proposal.renewal && !l.agreement.Continues() {
		l.closeProposal(collaboration.ProposalLapsed)
		l.checked = false
	}
}

// nextOfProposal returns the next timer of the open proposal, or of the check of the renewal;
// nil for none.
func (l *life) nextOfProposal() (time.Time, func()) {
	p := &l.proposal
	if !p.open {
		return l.nextCheck()
	}
	for i, before := range []time.Duration{27, 23, 16, 2} {
		if at := p.expires.Add(-before * day); at.After(p.reminded) {
			return at, func() {
				p.reminded = at
				l.send(collaboration.NotificationChangeReminder, p.number, i+1)
			}
		}
	}
	return p.expires, func() {
		l.refuseRenewal()
		l.closeProposal(collaboration.ProposalExpired)
	}
}

func (l *life) nextCheck() (time.Time, func()) {
	if l.checked || !l.agreement.Continues() {
		return time.Time{}, nil
	}
	rules := collaboration.CurrentRules()
	at := rules.RenewalAt(l.agreement)
	if at.Before(l.now) {
		at = l.now
	}
	return at, func() {
		l.checked = true
		if notice := rules.NoticeAt(l.agreement); l.onUnapproved != "" && l.now.Before(notice) {
			l.propose(proposed{renewal: true, expires: notice})
		}
	}
}
