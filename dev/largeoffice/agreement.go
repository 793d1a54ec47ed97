package largeoffice

import (
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// decide completes a decision of the invited administrator.
func (l *life) decide(d *collaboration.Decision) {
	var a collaboration.Activation
	l.do(func() (err error) { a, err = l.store.Activation(l.ctx, l.state.Order.Activation); return err })
	d.Activation, d.Generation, d.By, d.At = l.state.Order.Activation, l.state.Status.Generation, a.InvitedID, l.now
	d.ID = message.NewID(d.Activation, "decision")
	if d.Outcome == collaboration.Approve {
		offer := a.Offer(l.solution, l.state.Order.Locale)
		d.Offer = &offer
	}
}

// approve stores the approval and the agreement.
func (l *life) approve() {
	d := collaboration.Decision{Outcome: collaboration.Approve}
	l.decide(&d)
	o := l.state.Order
	agreement := collaboration.Agreement{StartsOn: o.Period.StartOn(collaboration.DateOf(l.now)), Months: o.AgreementMonths, Term: 1, Renews: true}
	l.do(func() error {
		return l.store.RecordApproval(l.ctx, message.ApprovalInput{Activation: o.Activation, Decision: d, Agreement: agreement, At: l.now})
	})
	if !l.now.Before(agreement.StartsOn.Start()) {
		agreement.Started = true
		l.do(func() error {
			return l.store.StartAgreement(l.ctx, message.StartInput{Activation: o.Activation, Agreement: agreement, At: l.now})
		})
	}
	l.state.Status.Agreement = &agreement
	l.notify(collaboration.Notification{Kind: collaboration.NotificationApproved, Administrator: d.By, By: collaboration.ActorSystem})
}

// approvedBefore requests an activation that is approved some days later.
func (l *life) approvedBefore(days int, change ...func(*collaboration.Request)) {
	l.daysAgo(days)
	l.request(change...)
	l.invite()
	answered := 1 + l.IntN(9)
	l.remind(l.now.AddDate(0, 0, answered-1))
	l.later(1)
	l.approve()
}

// passTerms moves to a later time. It notifies both parties of each term's end, renews
// the agreement, and ends it after a notice.
func (l *life) passTerms(until time.Time) {
	for l.err == nil {
		agreement := *l.state.Status.Agreement
		if notice := l.state.Rules.NoticeAt(agreement); !l.state.TermEndNotified && notice.Before(until) && l.now.Before(notice) {
			l.now, l.state.TermEndNotified = notice, true
			l.notify(collaboration.Notification{Kind: collaboration.NotificationTermEnds, Number: agreement.Term, By: collaboration.ActorSystem})
		}
		if !agreement.Ends().Before(until) {
			l.now = until
			return
		}
		l.now = agreement.Ends()
		if !agreement.Continues() {
			l.endCollaboration(collaboration.ActorSystem)
			return
		}
		next := agreement.Renewed()
		l.do(func() error {
			return l.store.RenewAgreement(l.ctx, message.RenewalInput{Activation: l.state.Order.Activation, Agreement: next, At: l.now})
		})
		l.state.Status.Agreement, l.state.TermEndNotified = &next, false
		l.notify(collaboration.Notification{Kind: collaboration.NotificationRenewed, Number: next.Term, By: collaboration.ActorSystem})
	}
}

// amend stores a notice, or a date for the end.
func (l *life) amend(action collaboration.Action, amended collaboration.Agreement) {
	id := message.NewID(l.state.Order.Activation, action)
	l.do(func() error {
		return l.store.RecordAgreement(l.ctx, message.AmendmentInput{
			ID: id, Activation: l.state.Order.Activation, Action: action, Agreement: amended, By: l.state.Order.RequestedBy, At: l.now,
		})
	})
	l.state.Status.Agreement = &amended
	l.state.Notices++
	l.notify(collaboration.Notification{Kind: collaboration.NotificationNotice, Number: l.state.Notices, By: l.state.Order.RequestedBy})
	if !l.now.Before(l.state.Rules.NoticeAt(amended)) {
		l.state.TermEndNotified = true
	}
}

// endCollaboration stores the end.
func (l *life) endCollaboration(by string) {
	o := l.state.Order
	l.do(func() error {
		return l.store.EndCollaboration(l.ctx, message.EndInput{
			Activation: o.Activation, CustomerID: o.CustomerID, SolutionID: o.SolutionID, OnEnd: o.OnEnd.Resolve(), By: by, At: l.now,
		})
	})
	l.notify(collaboration.Notification{Kind: collaboration.NotificationEnded, By: by})
}

// The lives of approved collaborations.

func startsLater(l *life) {
	l.approvedBefore(3+l.IntN(4), func(r *collaboration.Request) {
		if scenario := l.customer.Scenario(l.solution.ID); l.solution.Asks(scenario, collaboration.FieldPeriod) {
			r.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.DateOf(l.base).AddMonths(1 + l.IntN(3)).FirstOfNextMonth()}
		}
	})
}

func running(l *life) {
	l.approvedBefore(10 + l.IntN(400))
	l.passTerms(l.base)
}

func underNotice(l *life) {
	l.approvedBefore(90 + l.IntN(200))
	l.passTerms(l.workTime(1 + l.IntN(10)))
	amended := *l.state.Status.Agreement
	amended.Renews = false
	l.amend(collaboration.ActionNoticeGiven, amended)
	l.passTerms(l.base)
}

func endsOnDate(l *life) {
	l.approvedBefore(60 + l.IntN(200))
	l.passTerms(l.workTime(1 + l.IntN(10)))
	amended := *l.state.Status.Agreement
	amended.EndOn = collaboration.DateOf(l.base).AddDays(10 + l.IntN(60))
	l.amend(collaboration.ActionEndSet, amended)
	l.passTerms(l.base)
}

// nearsItsEnd is a collaboration that renews within a month.
func nearsItsEnd(l *life) {
	l.approvedBefore(345 + l.IntN(18))
	l.passTerms(l.base)
}

func ended(l *life) {
	l.approvedBefore(220 + l.IntN(190))
	l.passTerms(l.workTime(3 + l.IntN(200)))
	if l.IntN(3) > 0 {
		l.endCollaboration(l.state.Order.RequestedBy)
		return
	}
	amended := *l.state.Status.Agreement
	amended.EndOn = collaboration.DateOf(l.now).AddDays(1)
	l.amend(collaboration.ActionEndSet, amended)
	l.now = amended.Ends()
	l.endCollaboration(collaboration.ActorSystem)
}
