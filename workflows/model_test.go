package workflows_test

import (
	"fmt"
	"time"

	"countersign/collaboration"
)

// life is a small model of what an activation must do: a few facts, and what
// each message and each moment makes of them. Steps take no time in it and
// never fail.
type life struct {
	now   time.Time
	state collaboration.State
	order collaboration.Order

	generation int
	opened     time.Time // when this generation was
	reminded   time.Time
	paused     bool
	bounced    int // the generation that did

	agreement collaboration.Agreement
	told      bool
	notices   int
	renewed   bool

	taken map[string]bool
	// facts are what is to be recorded, letters what is to be sent, in order.
	facts, letters []string
}

func begin(order collaboration.Order) *life {
	l := &life{now: clicked, state: collaboration.AwaitingApproval, order: order, taken: map[string]bool{}}
	l.facts = append(l.facts, provisioned[order.Scenario][:len(provisioned[order.Scenario])-2]...)
	l.invite()
	return l
}

func (l *life) over() bool { return !l.state.Live() || l.renewed }

func (l *life) record(what string) { l.facts = append(l.facts, what) }

func (l *life) send(kind collaboration.LetterKind, generation, number int) {
	l.letters = append(l.letters, letterKey(collaboration.Letter{Kind: kind, Generation: generation, Number: number}))
}

func letterKey(l collaboration.Letter) string {
	return fmt.Sprintf("%s of generation %d, number %d", l.Kind, l.Generation, l.Number)
}

func (l *life) invite() {
	l.generation++
	l.opened, l.reminded = l.now, time.Time{}
	l.record("mail")
	l.record("invited")
	l.send(collaboration.LetterInvitation, l.generation, 0)
}

// until lets time go on, with all that comes by itself.
func (l *life) until(t time.Time) {
	for !l.over() {
		at, happens := l.next()
		if at.After(t) {
			break
		}
		l.now = at
		happens()
	}
	if !l.over() {
		l.now = t
	}
}

// next is what comes next by itself.
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
					l.send(collaboration.LetterReminder, l.generation, i+1)
				}
			}
		}
	}
	return expires, func() { l.close(collaboration.Expired) }
}

func (l *life) nextOfTerm() (time.Time, func()) {
	switch {
	case !l.told:
		return l.agreement.NoticeAt(), func() {
			l.told = true
			l.send(collaboration.LetterTermEnds, 0, l.agreement.Term)
		}
	case l.agreement.Continues():
		return l.agreement.Ends(), func() {
			l.record("renew")
			l.agreement, l.renewed = l.agreement.Renewed(), true
		}
	default:
		return l.agreement.Ends(), l.end
	}
}

// close undoes and tells the office.
func (l *life) close(s collaboration.State) {
	l.state = s
	l.facts = append(l.facts, undone[l.order.Scenario]...)
	l.record("close")
	if s != collaboration.Withdrawn { // who withdrew it knows
		l.send(collaboration.LetterKind(s), 0, 0)
	}
}

func (l *life) end() {
	l.state = collaboration.Ended
	l.record("end")
	l.send(collaboration.LetterEnded, 0, 0)
}

func (l *life) cancel() {
	if l.state == collaboration.Active {
		l.end()
	} else {
		l.close(collaboration.Withdrawn)
	}
}

// take is a message, and the code that refuses it: "" where it is taken. One
// that was taken before changes nothing.
func (l *life) take(m any) collaboration.Code {
	id, _ := m.(interface {
		Ref() (string, collaboration.ActivationID)
	}).Ref()
	if l.taken[id] {
		return ""
	}
	code := l.answer(m)
	l.taken[id] = code == ""
	return code
}

func (l *life) answer(m any) collaboration.Code {
	active := l.state == collaboration.Active
	switch m := m.(type) {
	case collaboration.Decision:
		return l.decide(m)
	case collaboration.Ending:
		return l.endOn(m)
	case collaboration.TakingBack:
		return l.takeBack()
	case collaboration.DeliveryReport:
		if !active && m.Generation >= l.generation {
			l.bounced = m.Generation
			if m.Generation == l.generation {
				l.send(collaboration.LetterBounced, l.generation, 0)
			}
		}
		return ""
	case collaboration.Change:
		return l.change(m)
	}
	if active { // the rest is for what is pending
		return collaboration.CodeAlreadyDecided
	}
	switch m.(type) {
	case collaboration.Withdrawal:
		l.close(collaboration.Withdrawn)
	case collaboration.Correction:
		l.record("correct address")
		l.invite()
	case collaboration.Forwarding:
		l.record("forward")
		l.invite()
	case collaboration.Resend:
		l.invite()
	}
	return ""
}

func (l *life) decide(d collaboration.Decision) collaboration.Code {
	switch {
	case l.state == collaboration.Active:
		return collaboration.CodeAlreadyDecided
	case d.Generation < l.generation:
		return collaboration.CodeLinkReplaced
	case d.Outcome == collaboration.Decline:
		l.close(collaboration.Declined)
		return ""
	}
	l.state = collaboration.Active
	l.agreement = collaboration.Agreement{
		StartsOn: l.order.Period.StartOn(collaboration.DateOf(l.now)), Months: l.order.AgreementMonths, Term: 1, Renews: true,
	}
	l.record("start agreement")
	l.send(collaboration.LetterApproved, 0, 0)
	return ""
}

func (l *life) change(c collaboration.Change) collaboration.Code {
	active := l.state == collaboration.Active
	if active && (c.Period != nil || c.RemindersPaused != nil) {
		return collaboration.CodeInvalidRequest
	}
	l.record("change")
	if active {
		if c.AgreementMonths != 0 {
			l.agreement.NextMonths = c.AgreementMonths
		}
		if c.AgreementMonths == l.agreement.Months {
			l.agreement.NextMonths = 0
		}
		return ""
	}
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

func (l *life) endOn(e collaboration.Ending) collaboration.Code {
	switch {
	case l.state != collaboration.Active:
		return collaboration.CodeNotActive
	case e.When == collaboration.EndNow, e.When == collaboration.EndOnDate && !collaboration.DateOf(l.now).Before(e.On):
		l.end()
	case e.When == collaboration.EndOnDate:
		l.amend(collaboration.ActionEndSet, collaboration.LetterNotice, true, e.On)
	case l.agreement.Renews:
		l.amend(collaboration.ActionNoticeGiven, collaboration.LetterNotice, false, collaboration.Date{})
	}
	return ""
}

func (l *life) takeBack() collaboration.Code {
	switch {
	case l.state != collaboration.Active:
		return collaboration.CodeNotActive
	case l.agreement.Renews && l.agreement.EndOn.IsZero():
		return collaboration.CodeNoNotice
	}
	l.amend(collaboration.ActionNoticeTakenBack, collaboration.LetterNoticeTakenBack, true, collaboration.Date{})
	return ""
}

func (l *life) amend(action collaboration.Action, letter collaboration.LetterKind, renews bool, on collaboration.Date) {
	l.agreement.Renews, l.agreement.EndOn = renews, on
	l.notices++
	l.record(string(action))
	l.send(letter, 0, l.notices)
	if !l.now.Before(l.agreement.NoticeAt()) {
		l.told = true
	}
}
