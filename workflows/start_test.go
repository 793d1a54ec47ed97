package workflows_test

import (
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// waiting returns a scene with an agreement that is approved on 31 January and starts on
// 1 June.
func waiting(t *testing.T) *scene {
	s := newScene(t, collaboration.OnPlatform)
	s.order.AgreementMonths = 3
	s.order.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: day2027(time.June, 1)}
	s.approveAfter(time.Hour)
	return s
}

// Employees get access on the first day of the agreement, not at the approval.
func TestStart_WaitsForFirstDay(t *testing.T) {
	t.Parallel()
	s := waiting(t)
	var before *reply
	s.on(day2027(time.May, 31), func() {
		if s.backend.count("start agreement") != 0 {
			t.Error("started before the first day")
		}
		before = s.send(s.change("m-1", collaboration.Change{TaskID: "t-2"}))
	})
	s.run()
	if got := before.status.Phase(); got != collaboration.PhaseStarts {
		t.Errorf("before the start the phase is %q", got)
	}
	if at := s.backend.start.At; collaboration.DateOf(at) != day2027(time.June, 1) || at.Sub(day2027(time.June, 1).Start()) > time.Minute {
		t.Errorf("started at %s", at)
	}
	if a := s.continued().Status.Agreement; !a.Started || a.Term != 2 {
		t.Errorf("the next term has %+v", a)
	}
}

// An agreement that ends before its first day never starts. A notice does not prevent the
// start.
func TestStart_AfterAmendments(t *testing.T) {
	t.Parallel()
	endOn := func(d collaboration.Date) func(*scene) message.Command {
		return func(s *scene) message.Command {
			c := s.ending("e-1", collaboration.EndOnDate)
			c.End.On = d
			return c
		}
	}
	tests := map[string]struct {
		command func(*scene) message.Command
		phase   collaboration.Phase
		started bool
		ends    collaboration.Date
	}{
		"end now":            {func(s *scene) message.Command { return s.ending("e-1", collaboration.EndNow) }, "ended", false, day2027(time.March, 1)},
		"end before":         {endOn(day2027(time.May, 1)), collaboration.PhaseTerminated, false, day2027(time.May, 1)},
		"end on first day":   {endOn(day2027(time.June, 1)), collaboration.PhaseTerminated, false, day2027(time.June, 1)},
		"end the day after":  {endOn(day2027(time.June, 2)), collaboration.PhaseStarts, true, day2027(time.June, 2)},
		"end with the term":  {func(s *scene) message.Command { return s.ending("e-1", collaboration.EndOfTerm) }, collaboration.PhaseStarts, true, day2027(time.September, 1)},
		"operator cancelled": {nil, "", false, day2027(time.March, 1)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := waiting(t)
			var r *reply
			s.on(day2027(time.March, 1), func() {
				if tt.command == nil {
					s.env.CancelWorkflow()
				} else {
					r = s.send(tt.command(s))
				}
			})
			s.run()
			if r != nil && (r.err != nil || r.status.Phase() != tt.phase) {
				t.Errorf("the command is answered with the phase %q, want %q (%v)", r.status.Phase(), tt.phase, r.err)
			}
			if started := s.backend.count("start agreement") == 1; started != tt.started {
				t.Errorf("started %v, want %v", started, tt.started)
			}
			if got := collaboration.DateOf(s.env.Now()); s.backend.count("end") != 1 || got != tt.ends {
				t.Errorf("ended on %s, want %s: %q", got, tt.ends, s.backend.done())
			}
		})
	}
}

// The platform may refuse the access. Then the activation fails before it starts, also months
// after the approval; an outage of the platform is retried.
func TestStart_PlatformRefuses(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*scene{"on approval": running(t), "later": waiting(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.backend.fail["start agreement"] = always(collaboration.CodePlatformRefused)
			s.run()
			if c := s.backend.closing; c.State != collaboration.Failed || c.Code != collaboration.CodePlatformRefused || s.backend.count("deactivate solution") != 1 {
				t.Errorf("closed %+v: %q", c, s.backend.done())
			}
			wantApproved := 0
			if name == "later" {
				wantApproved = 1
			}
			if n := len(s.backend.sent(collaboration.NotificationApproved)); n != wantApproved {
				t.Errorf("%d notifications of the approval, want %d", n, wantApproved)
			}
			s.wantFailedNotification()
		})
	}
}

func (s *scene) wantFailedNotification() {
	s.t.Helper()
	if n := len(s.backend.sent(collaboration.NotificationFailed)); n != 1 {
		s.t.Errorf("%d notifications of the failure", n)
	}
}
