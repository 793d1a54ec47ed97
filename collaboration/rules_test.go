package collaboration_test

import (
	"testing"
	"time"

	"countersign/collaboration"
)

func TestRules_Reminders(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	expires := opened.Add(collaboration.InvitationLifetime)
	day := 24 * time.Hour
	for after, want := range map[time.Duration]int{0: 1, 3*day - 1: 1, 3 * day: 2, 7 * day: 3, 14 * day: 4, 28 * day: 0, 30 * day: 0} {
		next, ok := collaboration.CurrentRules().NextReminder(expires, opened.Add(after))
		if ok != (want != 0) || next.Number != want {
			t.Errorf("after %s the next reminder is no. %d, want %d", after, next.Number, want)
		}
	}
	for at, want := range map[time.Duration]int{3*day - 1: 0, 3 * day: 1, 13 * day: 2, 27 * day: 3, 29 * day: 4} {
		due, ok := collaboration.CurrentRules().DueReminder(expires, opened.Add(at))
		if ok != (want != 0) || due.Number != want {
			t.Errorf("at %s no. %d is due, want %d", at, due.Number, want)
		}
	}
	if last := collaboration.CurrentRules().Reminders(expires)[3]; !last.At.Equal(expires.Add(-48 * time.Hour)) {
		t.Errorf("the last is at %s", last.At)
	}
}
