package collaboration

import (
	"slices"
	"time"
)

// Rules are the time limits of an activation. The workflow copies the current rules into
// its state when it starts (message.State), because it computes its timers from them again
// during replay. A change of a value here therefore affects new activations only.
type Rules struct {
	// InvitationLifetime is the time for the customer to answer. A resend restarts it.
	InvitationLifetime time.Duration `json:"invitation_lifetime"`
	// ReminderAfter has the delays of the reminders after the invitation, in order.
	ReminderAfter []time.Duration `json:"reminder_after"`
	// LastReminder is the time between the last reminder and the expiry.
	LastReminder time.Duration `json:"last_reminder"`
	// NoticeDays is the number of days between the notification of a term's end and that
	// end.
	NoticeDays int `json:"notice_days"`
	// RenewalDays is the number of days before the notification in which the customer can
	// approve a new price or new terms.
	RenewalDays int `json:"renewal_days"`
}

// The default time limits. An office may choose another InvitationLifetime, up to the
// maximum, and other reminders.
const (
	InvitationLifetime    = 30 * 24 * time.Hour
	MaxInvitationLifetime = 90 * 24 * time.Hour
	LastReminder          = 48 * time.Hour
	NoticeDays            = 30
	RenewalDays           = 30
)

// IdempotencyKeyLifetime is how long an idempotency key identifies a request.
const IdempotencyKeyLifetime = 24 * time.Hour

// OrDefault returns the default rules for a request from before the office had its own.
func (r Rules) OrDefault() Rules {
	if r.InvitationLifetime == 0 {
		return CurrentRules()
	}
	return r
}

// CurrentRules returns the default rules.
func CurrentRules() Rules {
	return Rules{
		InvitationLifetime: InvitationLifetime,
		ReminderAfter:      []time.Duration{3 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour},
		LastReminder:       LastReminder,
		NoticeDays:         NoticeDays,
		RenewalDays:        RenewalDays,
	}
}

// Reminder is a reminder of an invitation. Number counts from 1.
type Reminder struct {
	Number int
	At     time.Time
}

// Reminders returns the reminders of an invitation that expires at an instant, in order.
func (r Rules) Reminders(expires time.Time) []Reminder {
	sent := expires.Add(-r.InvitationLifetime)
	var all []Reminder
	for i, after := range r.ReminderAfter {
		all = append(all, Reminder{i + 1, sent.Add(after)})
	}
	return append(all, Reminder{len(all) + 1, expires.Add(-r.LastReminder)})
}

// NextReminder returns the first reminder after an instant; ok is false after the last.
func (r Rules) NextReminder(expires, after time.Time) (next Reminder, ok bool) {
	for _, reminder := range r.Reminders(expires) {
		if reminder.At.After(after) {
			return reminder, true
		}
	}
	return Reminder{}, false
}

// DueReminder returns the latest reminder that is due; ok is false before the first. After
// an outage the workflow sends only that one.
func (r Rules) DueReminder(expires, now time.Time) (due Reminder, ok bool) {
	for _, reminder := range r.Reminders(expires) {
		if reminder.At.After(now) {
			break
		}
		due, ok = reminder, true
	}
	return due, ok
}

// NoticeAt returns when both parties are notified of a term's end: at the beginning of the
// day in Stockholm.
func (r Rules) NoticeAt(a Agreement) time.Time { return a.EndsOn().AddDays(-r.NoticeDays).Start() }

// RenewalAt returns when the price and the terms of the next term are proposed, if they
// differ from the approved ones: at the earliest when the current term begins.
func (r Rules) RenewalAt(a Agreement) time.Time {
	at, begins := a.EndsOn().AddDays(-r.NoticeDays-r.RenewalDays), a.TermStartsOn()
	if at.Before(begins) {
		at = begins
	}
	return at.Start()
}

// Upcoming is a scheduled event of an activation.
type Upcoming struct {
	Action UpcomingAction
	At     time.Time
}

// UpcomingAction is the kind of a scheduled event.
type UpcomingAction string

// The kinds of scheduled events.
const (
	UpcomingReminder UpcomingAction = "reminder"
	UpcomingExpiry   UpcomingAction = "expiry"
	UpcomingStart    UpcomingAction = "start"
	UpcomingNotice   UpcomingAction = "notice"
	UpcomingRenewal  UpcomingAction = "renewal"
	UpcomingEnd      UpcomingAction = "end"
	// UpcomingProposalExpiry is the deadline of an open proposal.
	UpcomingProposalExpiry UpcomingAction = "proposal_expiry"
)

// Forecast returns the scheduled events of an activation, in order. A command may change
// them. The workflow computes its timers by the same rules.
func (r Activation) Forecast(now time.Time) []Upcoming {
	var upcoming []Upcoming
	add := func(action UpcomingAction, at time.Time) {
		if at.After(now) {
			upcoming = append(upcoming, Upcoming{action, at.UTC()})
		}
	}
	switch {
	case r.State.IsPending() && !r.ExpiresAt.IsZero() && r.Decision == nil:
		after := now
		if r.RemindedAt.After(after) { // the clock was set back
			after = r.RemindedAt
		}
		if next, ok := r.Rules.OrDefault().NextReminder(r.ExpiresAt, after); ok && r.hasReminders() {
			add(UpcomingReminder, next.At)
		}
		add(UpcomingExpiry, r.ExpiresAt)
	case r.State == Active && r.Agreement != nil:
		a := *r.Agreement
		if a.WillStart() {
			add(UpcomingStart, a.StartsOn.Start())
		}
		if r.Proposal.IsOpen() {
			add(UpcomingProposalExpiry, r.Proposal.ExpiresAt)
		}
		add(UpcomingNotice, a.NoticeAt())
		if a.Continues() {
			add(UpcomingRenewal, a.Ends())
		} else {
			add(UpcomingEnd, a.Ends())
		}
	}
	slices.SortStableFunc(upcoming, func(a, b Upcoming) int { return a.At.Compare(b.At) })
	return upcoming
}

// hasReminders reports whether the customer is reminded of the invitation.
func (r Activation) hasReminders() bool { return !r.RemindersPaused && r.Delivery != DeliveryBounced }
