package collaboration

import "time"

// Overview is how an office stands.
type Overview struct {
	// Pending are the invitations that wait for an answer, by how long it has
	// been since they were asked for: one more than PendingDays.
	Pending []int
	// Running are the collaborations. Of them Ending come to the end of a term
	// within EndingDays, and EndingForGood do not go on after it.
	Running, Ending, EndingForGood int
	// Weeks are what customers decided, the oldest week first.
	Weeks []Week
	// What needs somebody: invitations that did not arrive, those that expire
	// within UrgentBefore, and those that were declined within DeclinedDays.
	Bounced, Expiring, Declined int
	// The first few of each.
	FirstBounced, FirstExpiring, FirstDeclined, FirstEnding []Record
}

// Week is what customers decided in a week.
type Week struct {
	Monday             Date
	Approved, Declined int
}

// What an overview looks at.
const (
	OverviewWeeks = 12
	EndingDays    = 90
	DeclinedDays  = 7
	UrgentBefore  = lastReminder
)

// PendingDays are the ages, in days, at which a pending invitation grows older.
func PendingDays() []int { return []int{3, 7, 14} }

// AddDays is the day n days later.
func (d Date) AddDays(n int) Date {
	t := time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC)
	return Date{t.Year(), t.Month(), t.Day()}
}

// Monday is the first day of d's week.
func (d Date) Monday() Date {
	weekday := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
	return d.AddDays(-(int(weekday) + 6) % 7)
}

// Week is the number of d's week, as Swedes count them.
func (d Date) Week() int {
	_, week := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).ISOWeek()
	return week
}
