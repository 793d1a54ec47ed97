package workflows_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
)

func (s *scene) takingBack() collaboration.TakingBack {
	return collaboration.TakingBack{ID: "t-" + s.env.Now().String(), Activation: s.order.Activation, By: "admin-1"}
}

// running is a collaboration of three months from 31 January.
func running(t *testing.T) *scene {
	s := newScene(t, collaboration.OnPlatform)
	s.order.AgreementMonths = 3
	s.approveAfter(time.Hour)
	return s
}

func day2027(month time.Month, day int) collaboration.Date {
	return collaboration.Date{Year: 2027, Month: month, Day: day}
}

// on runs at noon of a day.
func (s *scene) on(d collaboration.Date, f func()) {
	s.after(d.Start().Add(12*time.Hour).Sub(clicked), f)
}

func (s *scene) lettersOn(kind collaboration.LetterKind) (days []collaboration.Date) {
	for _, l := range s.world.sent(kind) {
		days = append(days, collaboration.DateOf(l.At))
	}
	return days
}

func (s *scene) wantLetters(kind collaboration.LetterKind, days ...collaboration.Date) {
	s.t.Helper()
	if got := s.lettersOn(kind); !slices.Equal(got, days) {
		s.t.Errorf("%s on %v, want %v", kind, got, days)
	}
}

func TestBothAreToldThirtyDaysBefore(t *testing.T) {
	s := running(t) // ends on 30 April
	s.run()
	s.continued()
	s.wantLetters(collaboration.LetterTermEnds, day2027(time.March, 31))
}

func TestNoticeTakenBack(t *testing.T) {
	s := running(t)
	var given, taken *reply
	s.on(day2027(time.March, 1), func() { given = s.send(collaboration.EndMessage, s.ending("e-1", collaboration.EndOfTerm)) })
	s.on(day2027(time.April, 20), func() { taken = s.send(collaboration.TakeBackMessage, s.takingBack()) })
	s.run()
	if given.err != nil || given.standing.Agreement.Renews || taken.err != nil || !taken.standing.Agreement.Renews {
		t.Errorf("given %+v, taken back %+v", given, taken)
	}
	if a := s.continued().Carried.Standing.Agreement; a.Term != 2 || !a.Renews {
		t.Errorf("carried %+v", a)
	}
	s.wantLetters(collaboration.LetterNotice, day2027(time.March, 1))
	s.wantLetters(collaboration.LetterTermEnds, day2027(time.March, 31))
	s.wantLetters(collaboration.LetterNoticeTakenBack, day2027(time.April, 20))
	if s.world.count("notice_given") != 1 || s.world.count("notice_taken_back") != 1 {
		t.Errorf("done %q", s.world.done())
	}
}

func TestEveryNoticeOfATermIsRecorded(t *testing.T) {
	s := running(t)
	for n, d := range []collaboration.Date{day2027(time.March, 1), day2027(time.March, 3)} {
		s.on(d, func() { s.send(collaboration.EndMessage, s.ending(string(rune('a'+n)), collaboration.EndOfTerm)) })
	}
	s.on(day2027(time.March, 2), func() { s.send(collaboration.TakeBackMessage, s.takingBack()) })
	s.run()
	if s.world.count("notice_given") != 2 || s.world.count("end") != 1 {
		t.Errorf("done %q", s.world.done())
	}
	s.wantLetters(collaboration.LetterNotice, day2027(time.March, 1), day2027(time.March, 3))
}

func TestEndOnADay(t *testing.T) {
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
			s := running(t)
			var taken *reply
			s.on(day2027(time.February, 10), func() {
				e := s.ending("e-1", collaboration.EndOnDate)
				e.On = tt.on
				taken = s.send(collaboration.EndMessage, e)
			})
			s.run()
			if taken.err != nil {
				t.Errorf("refused: %v", taken.err)
			}
			ended := s
			if tt.renewed {
				r := s.continued()
				ended = newScene(t, collaboration.OnPlatform)
				ended.order = s.order
				ended.env.SetStartTime(s.env.Now())
				ended.runFrom(r)
			}
			if got := collaboration.DateOf(ended.env.Now()); got != tt.on || ended.world.count("end") != 1 {
				t.Errorf("ended on %s, done %q", got, ended.world.done())
			}
			if n := len(ended.lettersOn(collaboration.LetterEnded)); n != 1 {
				t.Errorf("told of the end %d times", n)
			}
		})
	}
}

func TestASetEndIsTakenBack(t *testing.T) {
	s := running(t)
	s.on(day2027(time.February, 10), func() {
		e := s.ending("e-1", collaboration.EndOnDate)
		e.On = day2027(time.March, 15)
		s.send(collaboration.EndMessage, e)
	})
	s.on(day2027(time.March, 14), func() { s.send(collaboration.TakeBackMessage, s.takingBack()) })
	s.run()
	if a := s.continued().Carried.Standing.Agreement; a.Term != 2 || !a.EndOn.IsZero() {
		t.Errorf("carried %+v", a)
	}
}

func TestARunningCollaborationChanges(t *testing.T) {
	s := running(t)
	var changed *reply
	s.on(day2027(time.March, 1), func() {
		changed = s.send(collaboration.ChangeMessage, s.change("m-1", collaboration.Change{
			TaskID: "t-2", InvoiceRecipient: collaboration.PaidByCustomer, AgreementMonths: 12,
		}))
	})
	s.run()
	if a := changed.standing.Agreement; changed.err != nil || a.NextMonths != 12 || a.EndsOn() != day2027(time.April, 30) {
		t.Errorf("changed: %+v", changed)
	}
	r := s.continued()
	if r.Order.TaskID != "t-2" || r.Order.InvoiceRecipient != collaboration.PaidByCustomer {
		t.Errorf("carried %+v", r.Order)
	}
	// Three months from 31 January, and then twelve: never 30 April, which would be drift.
	if a := r.Carried.Standing.Agreement; a.EndsOn() != (collaboration.Date{Year: 2028, Month: time.April, Day: 30}) || a.Renewed().EndsOn().Year != 2029 {
		t.Errorf("the next term ends on %s", a.EndsOn())
	}
	if c := s.world.changes; len(c) != 1 || c[0].Agreement == nil || c[0].Agreement.NextMonths != 12 {
		t.Errorf("recorded %+v", c)
	}
	if s.world.count("mail") != 1 {
		t.Error("the customer was invited again")
	}
}

// A letter that cannot be sent keeps nothing waiting.
func TestALetterThatCannotBeSentHoldsNothingUp(t *testing.T) {
	s := running(t)
	s.world.fail["letter ended"] = firstly(5, collaboration.CodeMailUnavailable)
	s.world.fail["letter approved"] = always(collaboration.CodeMailRejected)
	s.on(day2027(time.March, 1), func() { s.send(collaboration.EndMessage, s.ending("e-1", collaboration.EndNow)) })
	s.run()
	if s.result().State != collaboration.Ended {
		t.Errorf("state %s", s.result().State)
	}
	if n := len(s.world.sent(collaboration.LetterEnded)); n != 1 {
		t.Errorf("told of the end %d times", n)
	}
}
