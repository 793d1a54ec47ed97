package workflows_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func (s *scene) revokingNotice() message.Command {
	return message.Command{Kind: collaboration.CommandRevokeNotice, ID: "t-" + s.env.Now().String(), Activation: s.order.Activation, By: "admin-1"}
}

// running returns a scene with an agreement of three months from 31 January.
func running(t *testing.T) *scene {
	t.Helper()
	return runningWith(t, collaboration.Catalogue{})
}

// runningWith is running with a catalogue for renewals.
func runningWith(t *testing.T, c collaboration.Catalogue) *scene {
	t.Helper()
	s := newSceneWith(t, collaboration.OnPlatform, c)
	s.order.AgreementMonths = 3
	s.approveAfter(time.Hour)
	return s
}

func day2027(month time.Month, day int) collaboration.Date {
	return collaboration.Date{Year: 2027, Month: month, Day: day}
}

// on plans an event at noon of a day.
func (s *scene) on(d collaboration.Date, f func()) {
	s.after(d.Start().Add(12*time.Hour).Sub(requestedAt), f)
}

func (s *scene) notificationsOn(kind collaboration.NotificationKind) (days []collaboration.Date) {
	for _, l := range s.backend.sent(kind) {
		days = append(days, collaboration.DateOf(l.At))
	}
	return days
}

func (s *scene) wantNotifications(kind collaboration.NotificationKind, days ...collaboration.Date) {
	s.t.Helper()
	if got := s.notificationsOn(kind); !slices.Equal(got, days) {
		s.t.Errorf("%s on %v, want %v", kind, got, days)
	}
}

func TestNotify_BothBeforeTermEnds(t *testing.T) {
	t.Parallel()
	s := running(t) // ends on 30 April
	s.run()
	s.continued()
	s.wantNotifications(collaboration.NotificationTermEnds, day2027(time.March, 31))
}

func TestRevokeNotice_RenewsAgain(t *testing.T) {
	t.Parallel()
	s := running(t)
	var given, taken *reply
	s.on(day2027(time.March, 1), func() { given = s.send(s.ending("e-1", collaboration.EndOfTerm)) })
	s.on(day2027(time.April, 20), func() { taken = s.send(s.revokingNotice()) })
	s.run()
	if given.err != nil || given.status.Agreement.Renews || taken.err != nil || !taken.status.Agreement.Renews {
		t.Errorf("given %+v, revoked %+v", given, taken)
	}
	if a := s.continued().Status.Agreement; a.Term != 2 || !a.Renews {
		t.Errorf("the next state has %+v", a)
	}
	s.wantNotifications(collaboration.NotificationNotice, day2027(time.March, 1))
	s.wantNotifications(collaboration.NotificationTermEnds, day2027(time.March, 31))
	s.wantNotifications(collaboration.NotificationNoticeRevoked, day2027(time.April, 20))
	if s.backend.count("notice_given") != 1 || s.backend.count("notice_revoked") != 1 {
		t.Errorf("done %q", s.backend.done())
	}
}

func TestEnd_EveryNoticeIsStored(t *testing.T) {
	t.Parallel()
	s := running(t)
	for n, d := range []collaboration.Date{day2027(time.March, 1), day2027(time.March, 3)} {
		s.on(d, func() { s.send(s.ending(string(rune('a'+n)), collaboration.EndOfTerm)) })
	}
	s.on(day2027(time.March, 2), func() { s.send(s.revokingNotice()) })
	s.run()
	if s.backend.count("notice_given") != 2 || s.backend.count("end") != 1 {
		t.Errorf("done %q", s.backend.done())
	}
	s.wantNotifications(collaboration.NotificationNotice, day2027(time.March, 1), day2027(time.March, 3))
}

func TestEnd_OnDate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		on      collaboration.Date
		renewed bool
	}{
		"in this term":    {day2027(time.March, 15), false},
		"with the term":   {day2027(time.April, 30), false},
		"in a later term": {day2027(time.June, 1), true},
		"a day that came": {day2027(time.February, 10), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := running(t)
			var taken *reply
			s.on(day2027(time.February, 10), func() {
				e := s.ending("e-1", collaboration.EndOnDate)
				e.End.On = tt.on
				taken = s.send(e)
			})
			s.run()
			if taken.err != nil {
				t.Errorf("rejected: %v", taken.err)
			}
			ended := s
			if tt.renewed {
				r := s.continued()
				ended = newScene(t, collaboration.OnPlatform)
				ended.order = s.order
				ended.env.SetStartTime(s.env.Now())
				ended.runFrom(r)
			}
			if got := collaboration.DateOf(ended.env.Now()); got != tt.on || ended.backend.count("end") != 1 {
				t.Errorf("ended on %s, done %q", got, ended.backend.done())
			}
			if n := len(ended.notificationsOn(collaboration.NotificationEnded)); n != 1 {
				t.Errorf("notified of the end %d times", n)
			}
		})
	}
}

func TestRevokeNotice_OfSetDate(t *testing.T) {
	t.Parallel()
	s := running(t)
	s.on(day2027(time.February, 10), func() {
		e := s.ending("e-1", collaboration.EndOnDate)
		e.End.On = day2027(time.March, 15)
		s.send(e)
	})
	s.on(day2027(time.March, 14), func() { s.send(s.revokingNotice()) })
	s.run()
	if a := s.continued().Status.Agreement; a.Term != 2 || !a.EndOn.IsZero() {
		t.Errorf("the next state has %+v", a)
	}
}

// A notification that fails does not block the activation.
func TestNotify_FailureDoesNotBlock(t *testing.T) {
	t.Parallel()
	s := running(t)
	s.backend.fail["notification ended"] = firstly(5, collaboration.CodeMailUnavailable)
	s.backend.fail["notification approved"] = always(collaboration.CodeMailRejected)
	s.on(day2027(time.March, 1), func() { s.send(s.ending("e-1", collaboration.EndNow)) })
	s.run()
	if s.result().State != collaboration.Ended {
		t.Errorf("state %s", s.result().State)
	}
	if n := len(s.backend.sent(collaboration.NotificationEnded)); n != 1 {
		t.Errorf("notified of the end %d times", n)
	}
}
