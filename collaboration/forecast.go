package collaboration

import (
	"slices"
	"time"
)

// Ahead is one thing that will happen to an activation by itself.
type Ahead struct {
	Action AheadAction
	At     time.Time
}

// AheadAction is what will happen.
type AheadAction string

// What can lie ahead.
const (
	AheadReminder AheadAction = "reminder"
	AheadExpiry   AheadAction = "expiry"
	AheadStart    AheadAction = "start"
	AheadNotice   AheadAction = "notice"
	AheadRenewal  AheadAction = "renewal"
	AheadEnd      AheadAction = "end"
)

// Forecast is what will happen to an activation, in order, unless somebody does
// something. It is worked out by the same rules as the workflow's own timers.
func (r Record) Forecast(now time.Time) []Ahead {
	var ahead []Ahead
	add := func(action AheadAction, at time.Time) {
		if at.After(now) {
			ahead = append(ahead, Ahead{action, at.UTC()})
		}
	}
	switch {
	case r.State.Pending() && !r.ExpiresAt.IsZero() && r.Decision == nil:
		after := now
		if r.RemindedAt.After(after) { // a clock that was moved ahead
			after = r.RemindedAt
		}
		if next, ok := NextReminder(r.ExpiresAt, after); ok && r.Reminds() {
			add(AheadReminder, next.At)
		}
		add(AheadExpiry, r.ExpiresAt)
	case r.State == Active && r.Agreement != nil:
		a := *r.Agreement
		add(AheadStart, a.StartsOn.Start())
		add(AheadNotice, a.NoticeAt())
		if a.Continues() {
			add(AheadRenewal, a.Ends())
		} else {
			add(AheadEnd, a.Ends())
		}
	}
	slices.SortStableFunc(ahead, func(a, b Ahead) int { return a.At.Compare(b.At) })
	return ahead
}

// Reminds reports whether the customer is reminded of the invitation.
func (r Record) Reminds() bool { return !r.RemindersPaused && r.Delivery != DeliveryBounced }
