package collaboration

import "time"

// reminderAfter are the instants after an invitation was opened, and
// lastReminder the one before it expires, at which the customer is reminded.
var reminderAfter = []time.Duration{3 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour}

const lastReminder = 48 * time.Hour

// Reminder is one reminder of an invitation. Number counts from 1.
type Reminder struct {
	Number int
	At     time.Time
}

// Reminders are all of an invitation that expires at an instant, in order.
func Reminders(expires time.Time) []Reminder {
	opened := expires.Add(-InvitationLifetime)
	var all []Reminder
	for i, after := range reminderAfter {
		all = append(all, Reminder{i + 1, opened.Add(after)})
	}
	return append(all, Reminder{len(all) + 1, expires.Add(-lastReminder)})
}

// NextReminder is the first one after an instant; ok is false after the last.
func NextReminder(expires, after time.Time) (next Reminder, ok bool) {
	for _, r := range Reminders(expires) {
		if r.At.After(after) {
			return r, true
		}
	}
	return Reminder{}, false
}

// DueReminder is the latest one that has come: after downtime only that one is
// sent. ok is false before the first.
func DueReminder(expires, now time.Time) (due Reminder, ok bool) {
	for _, r := range Reminders(expires) {
		if r.At.After(now) {
			break
		}
		due, ok = r, true
	}
	return due, ok
}
