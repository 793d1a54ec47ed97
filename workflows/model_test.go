package workflows_test

import (
	"fmt"
	"slices"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// life is a model of an activation: its state, and the effect of each command and each timer.
// In the model, steps take no time and do not fail.
type life struct {
	now   time.Time
	state collaboration.State
	order collaboration.Order

	generation int
	opened     time.Time // the start of this generation
	reminded   time.Time
	paused     bool
	bounced    int // the generation with only bounced mails
	handOns    int
	bounces    []string // the recipients of this generation with a bounced mail
	refused    []int    // the generations with a mail that the provider rejects

	agreement collaboration.Agreement
	notified  bool
	notices   int
	renewed   bool
	ended     collaboration.EndPolicy // applied at the end

	proposal proposed
	// checked is true once the catalogue was compared with this term's renewal, and
	// onUnapproved is the policy of other terms in the catalogue; "" for the same terms.
	checked         bool
	onUnapproved    collaboration.RenewalPolicy
	renewalApproved bool

	accepted map[string]bool
	// writes has the expected calls to the store, and notifications the expected mails, in
	// order.
	writes, notifications []string
}

func begin(order collaboration.Order, refused []int) *life {
	l := &life{now: requestedAt, state: collaboration.AwaitingApproval, order: order, refused: refused, accepted: map[string]bool{}}
	l.writes = append(l.writes, provisioned[order.Scenario][:len(provisioned[order.Scenario])-2]...)
	l.invite()
	return l
}

func (l *life) over() bool { return !l.state.IsLive() || l.renewed }

func (l *life) record(what string) { l.writes = append(l.writes, what) }

func (l *life) send(kind collaboration.NotificationKind, generation, number int) {
	l.notifications = append(l.notifications, notificationKey(collaboration.Notification{Kind: kind, Generation: generation, Number: number}))
}

func notificationKey(n collaboration.Notification) string {
	return fmt.Sprintf("%s of generation %d, number %d", n.Kind, n.Generation, n.Number)
}

func (l *life) invite() {
	l.generation++
	l.opened, l.reminded, l.bounces = l.now, time.Time{}, nil
	l.record("mail")
	if slices.Contains(l.refused, l.generation) {
		l.record("bounced")
		l.bounce(message.Report{Generation: l.generation})
		return
	}
	l.record("invited")
	l.send(collaboration.NotificationInvitation, l.generation, 0)
}

// until advances the time, and fires the timers up to it.
func (l *life) until(t time.Time) {
	for !l.over() {
		at, fire := l.next()
		if at.After(t) {
			break
		}
		l.now = at
		fire()
	}
	if !l.over() {
		l.now = t
	}
}

// next returns the next timer.
func (l *life) next() (time.Time, func()) {
	if l.state == collaboration.Active {
		return l.nextOfTerm()
	}
	expires := l.opened.Add(30 * day)
	if !l.paused && l.bounced != l.generation {
		for i, days := range []time.Duration{3, 7, 14, 28} {
			if at := l.opened.Add(days * day); at.After(l.reminded) {
				return at, func() {
					l.reminded = at
					l.send(collaboration.NotificationReminder, l.generation, i+1)
				}
			}
		}
	}
	return expires, func() { l.close(collaboration.Expired) }
}

// start gives access to the employees.
func (l *life) start() {
	l.agreement.Started = true
	l.record("start agreement")
}

func (l *life) nextOfTerm() (time.Time, func()) {
	end, fire := l.nextOfEnd()
	if at, of := l.nextOfProposal(); of != nil && !end.Before(at) {
		return at, of
	}
	return end, fire
}

func (l *life) nextOfEnd() (time.Time, func()) {
	starts := l.agreement.StartsOn.Start()
	switch {
	case !l.agreement.Started && starts.Before(l.agreement.Ends()) && (l.notified || !l.agreement.NoticeAt().Before(starts)):
		return starts, l.start
	case !l.notified:
		return l.agreement.NoticeAt(), func() {
			l.notified = true
			l.send(collaboration.NotificationTermEnds, 0, l.agreement.Term)
		}
	case l.agreement.Continues():
		return l.agreement.Ends(), func() {
			l.record("renew")
			l.agreement, l.renewed = l.agreement.Renewed(), true
			l.send(collaboration.NotificationRenewed, 0, l.agreement.Term)
		}
	default:
		return l.agreement.Ends(), func() { l.end("") }
	}
}

// close compensates and notifies the office.
func (l *life) close(s collaboration.State) {
	l.state = s
	l.writes = append(l.writes, compensated[l.order.Scenario]...)
	l.record("close")
	if s != collaboration.Withdrawn { // an employee withdrew it
		l.send(collaboration.NotificationKind(s), 0, 0)
	}
}

// end applies the choice, the earlier one in the agreement, or the default.
func (l *life) end(choice collaboration.EndPolicy) {
	l.state, l.ended = collaboration.Ended, collaboration.ReadOnly
	for _, chosen := range []collaboration.EndPolicy{l.agreement.OnEnd, choice} {
		if chosen != "" {
			l.ended = chosen
		}
	}
	l.record("end")
	l.send(collaboration.NotificationEnded, 0, 0)
}

func (l *life) cancel() {
	if l.state == collaboration.Active {
		l.end("")
	} else {
		l.close(collaboration.Withdrawn)
	}
}

// take handles a command, and returns the code of a rejection. A repeat of an accepted
// command has no effect.
func (l *life) take(c message.Command) collaboration.Code {
	if l.accepted[c.ID] {
		return ""
	}
	code := l.answer(c)
	l.accepted[c.ID] = code == ""
	return code
}

func (l *life) answer(c message.Command) collaboration.Code {
	active := l.state == collaboration.Active
	switch c.Kind {
	case collaboration.CommandDecide:
		return l.decide(*c.Decision)
	case collaboration.CommandEnd:
		return l.endOn(*c.End)
	case collaboration.CommandRevokeNotice:
		return l.revokeNotice()
	case collaboration.CommandDecideChange:
		return l.decideChange(*c.Decision)
	case collaboration.CommandWithdrawChange:
		return l.withdrawChange()
	case collaboration.CommandChange:
		return l.change(*c.Change)
	}
	if active { // the other commands require a pending invitation
		return collaboration.CodeAlreadyDecided
	}
	if c.Kind == collaboration.CommandCorrect && l.order.Scenario != collaboration.NewCustomer {
		return collaboration.CodeAddressNotCorrectable
	}
	if c.Kind == collaboration.CommandHandOn {
		return l.handOn(*c.HandOn)
	}
	switch c.Kind {
	case collaboration.CommandReport:
		l.bounce(*c.Report)
	case collaboration.CommandWithdraw:
		l.close(collaboration.Withdrawn)
	case collaboration.CommandCorrect:
		l.record("correct address")
		l.invite()
	case collaboration.CommandForward:
		l.record("forward")
		l.invite()
	case collaboration.CommandResend:
		l.invite()
	}
	return ""
}

// handOn invites a colleague and notifies the office, as often as the limit allows.
func (l *life) handOn(h message.HandOn) collaboration.Code {
	switch {
	case h.Generation != l.generation:
		return collaboration.CodeLinkReplaced
	case l.handOns == collaboration.MaxHandOns:
		return collaboration.CodeHandOnLimit
	}
	l.handOns++
	l.notices++
	l.record("hand on")
	l.send(collaboration.NotificationHandedOn, 0, l.notices)
	l.invite()
	return ""
}

// bounce notifies the office of each recipient once. The reminders stop once every mail has
// bounced.
func (l *life) bounce(r message.Report) {
	if r.Generation != l.generation {
		return
	}
	if !r.Partial {
		l.bounced = r.Generation
	}
	if !slices.Contains(l.bounces, r.Administrator) {
		l.send(collaboration.NotificationBounced, r.Generation, len(l.bounces))
		l.bounces = append(l.bounces, r.Administrator)
	}
}

func (l *life) decide(d collaboration.Decision) collaboration.Code {
	switch {
	case l.state == collaboration.Active:
		return collaboration.CodeAlreadyDecided
	case d.Generation != l.generation:
		return collaboration.CodeLinkReplaced
	case d.Outcome == collaboration.Decline:
		l.close(collaboration.Declined)
		return ""
	}
	l.state = collaboration.Active
	l.agreement = collaboration.Agreement{
		StartsOn: l.order.Period.StartOn(collaboration.DateOf(l.now)), Months: l.order.AgreementMonths, Term: 1, Renews: true,
	}
	l.record("approve")
	if !l.now.Before(l.agreement.StartsOn.Start()) {
		l.start()
	}
	l.send(collaboration.NotificationApproved, 0, 0)
	return ""
}

func (l *life) change(c collaboration.Change) collaboration.Code {
	if l.state == collaboration.Active {
		return l.changeRunning(c)
	}
	l.record("change")
	if c.RemindersPaused != nil {
		if l.paused && !*c.RemindersPaused {
			l.reminded = l.now
		}
		l.paused = *c.RemindersPaused
	}
	asked := l.order
	if c.InvoiceRecipient != "" {
		l.order.InvoiceRecipient = c.InvoiceRecipient
	}
	if c.Period != nil {
		l.order.Period = *c.Period
	}
	if c.AgreementMonths != 0 {
		l.order.AgreementMonths = c.AgreementMonths
	}
	if asked.InvoiceRecipient != l.order.InvoiceRecipient || asked.Period != l.order.Period || asked.AgreementMonths != l.order.AgreementMonths {
		l.invite()
	}
	return ""
}

func (l *life) endOn(e message.End) collaboration.Code {
	switch {
	case l.state != collaboration.Active:
		return collaboration.CodeNotActive
	case e.OnEnd == collaboration.Delete: // the order does not allow it
		return collaboration.CodeInvalidRequest
	case l.proposal.ends && e.When == collaboration.EndOnDate && l.agreement.EndsOn().Before(e.On):
		return collaboration.CodeRenewalNotApproved
	case e.When == collaboration.EndNow, e.When == collaboration.EndOnDate && !collaboration.DateOf(l.now).Before(e.On):
		l.end(e.OnEnd)
	case e.When == collaboration.EndOnDate:
		l.choose(e.OnEnd)
		l.amend(collaboration.ActionEndSet, collaboration.NotificationNotice, true, e.On)
	case l.agreement.Renews || l.choose(e.OnEnd):
		l.choose(e.OnEnd)
		l.amend(collaboration.ActionNoticeGiven, collaboration.NotificationNotice, false, collaboration.Date{})
	}
	return ""
}

// choose stores the choice with the notice, and reports whether it differs from the one before.
func (l *life) choose(choice collaboration.EndPolicy) bool {
	if choice == "" || choice == l.agreement.OnEnd {
		return false
	}
	l.agreement.OnEnd = choice
	return true
}

func (l *life) revokeNotice() collaboration.Code {
	switch {
	case l.state != collaboration.Active:
		return collaboration.CodeNotActive
	case l.agreement.Renews && l.agreement.EndOn.IsZero():
		return collaboration.CodeNoNotice
	case l.proposal.ends:
		return collaboration.CodeRenewalNotApproved
	}
	l.agreement.OnEnd = ""
	l.amend(collaboration.ActionNoticeRevoked, collaboration.NotificationNoticeRevoked, true, collaboration.Date{})
	return ""
}

func (l *life) amend(action collaboration.Action, notification collaboration.NotificationKind, renews bool, on collaboration.Date) {
	l.agreement.Renews, l.agreement.EndOn = renews, on
	l.notices++
	l.record(string(action))
	l.send(notification, 0, l.notices)
	if !l.now.Before(l.agreement.NoticeAt()) {
		l.notified = true
	}
	l.lapse()
}
