package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func (s *scene) ending(id string, when collaboration.EndWhen) message.Command {
	return message.Command{Kind: collaboration.CommandEnd, ID: id, Activation: s.order.Activation, End: &message.End{When: when}, By: "emp-1"}
}

func TestEnd_Now(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.approveAfter(day)
	s.after(40*day, func() { s.signal(s.ending("e-1", collaboration.EndNow)) })
	s.run()
	s.wantDone(after(provisioned[collaboration.OnPlatform], []string{"approve", "start agreement", "end"})...)
	if got := s.result(); got.State != collaboration.Ended || got.ClosedBy != "e-1" {
		t.Errorf("state %s, closed by %q", got.State, got.ClosedBy)
	}
	if s.backend.end.By != "emp-1" || s.backend.end.OnEnd != collaboration.ReadOnly {
		t.Errorf("end: %+v", s.backend.end)
	}
}

func TestEnd_OfTerm(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.order.AgreementMonths = 3
	s.approveAfter(time.Hour) // 31 January
	var first, again *reply
	s.after(40*day, func() {
		first = s.update("u-1", s.ending("e-1", collaboration.EndOfTerm))
		again = s.update("u-2", s.ending("e-2", collaboration.EndOfTerm))
	})
	s.run()
	s.wantDone(after(provisioned[collaboration.OnPlatform], []string{"approve", "start agreement", "notice_given", "end"})...)
	if first.err != nil || first.status.Agreement.Renews || again.err != nil {
		t.Errorf("notice: %+v, again: %+v", first, again)
	}
	// 31 January and three months is 30 April, which begins at 22:00 UTC the day before.
	if want := time.Date(2027, 4, 29, 22, 0, 0, 0, time.UTC); s.env.Now().Before(want) || s.env.Now().After(want.Add(time.Minute)) {
		t.Errorf("ended at %s, want %s", s.env.Now(), want)
	}
	if s.result().State != collaboration.Ended {
		t.Errorf("state %s", s.result().State)
	}
}

func (s *scene) endingWith(id string, when collaboration.EndWhen, choice collaboration.EndPolicy) message.Command {
	c := s.ending(id, when)
	c.End.OnEnd = choice
	return c
}

// TestEnd_AppliesChosenPolicy has the commands of one agreement, and the policy at its end.
func TestEnd_AppliesChosenPolicy(t *testing.T) {
	t.Parallel()
	type s = scene
	notice := func(choice collaboration.EndPolicy) func(*s, string) message.Command {
		return func(s *s, id string) message.Command { return s.endingWith(id, collaboration.EndOfTerm, choice) }
	}
	now := func(choice collaboration.EndPolicy) func(*s, string) message.Command {
		return func(s *s, id string) message.Command { return s.endingWith(id, collaboration.EndNow, choice) }
	}
	onDate := func(choice collaboration.EndPolicy) func(*s, string) message.Command {
		return func(s *s, id string) message.Command {
			c := s.endingWith(id, collaboration.EndOnDate, choice)
			c.End.On = day2027(time.September, 1)
			return c
		}
	}
	revoke := func(s *s, id string) message.Command {
		return message.Command{Kind: collaboration.CommandRevokeNotice, ID: id, Activation: s.order.Activation, By: "emp-1"}
	}
	for name, tt := range map[string]struct {
		commands []func(*s, string) message.Command
		stored   []string
		want     collaboration.EndPolicy
	}{
		"no choice":                  {[]func(*s, string) message.Command{notice("")}, []string{"notice_given"}, collaboration.ReadOnly},
		"with the notice":            {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone)}, []string{"notice_given"}, collaboration.ContinueAlone},
		"after the notice":           {[]func(*s, string) message.Command{notice(""), notice(collaboration.ContinueAlone)}, []string{"notice_given", "notice_given"}, collaboration.ContinueAlone},
		"the same again":             {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone), notice(collaboration.ContinueAlone), notice("")}, []string{"notice_given"}, collaboration.ContinueAlone},
		"kept by a date":             {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone), onDate("")}, []string{"notice_given", "end_set"}, collaboration.ContinueAlone},
		"replaced with a date":       {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone), onDate(collaboration.ReadOnly)}, []string{"notice_given", "end_set"}, collaboration.ReadOnly},
		"gone with the notice":       {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone), revoke, notice("")}, []string{"notice_given", "notice_revoked", "notice_given"}, collaboration.ReadOnly},
		"at once":                    {[]func(*s, string) message.Command{now(collaboration.ContinueAlone)}, nil, collaboration.ContinueAlone},
		"at once, after a choice":    {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone), now("")}, []string{"notice_given"}, collaboration.ContinueAlone},
		"at once, with another":      {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone), now(collaboration.ReadOnly)}, []string{"notice_given"}, collaboration.ReadOnly},
		"not allowed":                {[]func(*s, string) message.Command{notice(collaboration.Delete), notice("")}, []string{"notice_given"}, collaboration.ReadOnly},
		"not allowed after a choice": {[]func(*s, string) message.Command{notice(collaboration.ContinueAlone), now(collaboration.Delete)}, []string{"notice_given"}, collaboration.ContinueAlone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.OnPlatform)
			s.approveAfter(day)
			for i, command := range tt.commands {
				s.after(time.Duration(10+i)*day, func() { s.signal(command(s, fmt.Sprintf("e-%d", i))) })
			}
			s.run()
			s.wantDone(after(provisioned[collaboration.OnPlatform], []string{"approve", "start agreement"}, tt.stored, []string{"end"})...)
			if got := s.backend.end.OnEnd; got != tt.want || s.result().Agreement.OnEnd != tt.want {
				t.Errorf("the policy at the end is %q, the status has %q, want %q", got, s.result().Agreement.OnEnd, tt.want)
			}
		})
	}
}

func TestEnd_RejectsPolicyThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.approveAfter(day)
	replies := map[collaboration.EndWhen]*reply{}
	s.after(10*day, func() {
		for _, when := range []collaboration.EndWhen{collaboration.EndNow, collaboration.EndOfTerm} {
			replies[when] = s.update("u-"+string(when), s.endingWith("e-"+string(when), when, collaboration.Delete))
		}
	})
	s.after(20*day, func() { s.signal(s.ending("e-1", collaboration.EndNow)) })
	s.run()
	s.wantDone(after(provisioned[collaboration.OnPlatform], []string{"approve", "start agreement", "end"})...)
	for when, r := range replies {
		if r.code() != collaboration.CodeInvalidRequest {
			t.Errorf("%s: %v", when, r.err)
		}
	}
}

func TestAgreement_StartsByPeriod(t *testing.T) {
	t.Parallel()
	tests := []struct {
		period collaboration.Period
		want   string
	}{
		{collaboration.Period{Start: collaboration.OnApproval}, "2027-02-03"},
		{collaboration.Period{Start: collaboration.NextMonth}, "2027-03-01"},
		{collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 6, Day: 1}}, "2027-06-01"},
		{collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 2, Day: 1}}, "2027-02-03"},
	}
	for _, tt := range tests {
		t.Run(string(tt.period.Start)+" "+tt.period.Month.String(), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.HasSolution)
			s.order.Period = tt.period
			s.approveAfter(3 * day)
			s.run()
			s.continued()
			if first := s.backend.start; collaboration.DateOf(first.At) != first.Agreement.StartsOn || !first.Agreement.Started {
				t.Errorf("started at %s: %+v", first.At, first.Agreement)
			}
			if got := s.backend.approval.Agreement.StartsOn.String(); got != tt.want {
				t.Errorf("starts on %s, want %s", got, tt.want)
			}
		})
	}
}

// The next term has the status, the decision and the processed commands.
func TestContinueAsNew_NextTermHasTheState(t *testing.T) {
	t.Parallel()
	first := newScene(t, collaboration.OnPlatform)
	first.order.AgreementMonths = 3
	first.approveAfter(time.Hour)
	first.run()
	carried := first.continued()

	second := newScene(t, collaboration.OnPlatform)
	second.order = first.order
	second.env.SetStartTime(first.env.Now())
	var repeat, late, end *reply
	second.after(day, func() {
		repeat = second.update("u-1", second.decision("d-1", collaboration.Approve))
		late = second.update("u-2", second.decision("d-9", collaboration.Decline))
		end = second.update("u-3", second.ending("e-1", collaboration.EndNow))
	})
	second.runFrom(carried)
	second.wantDone("end")
	if repeat.err != nil || repeat.status.Decision.ID != "d-1" {
		t.Errorf("repeat: %+v", repeat)
	}
	if late.code() != collaboration.CodeAlreadyDecided {
		t.Errorf("late: %v", late.err)
	}
	if end.err != nil {
		t.Errorf("end: %v", end.err)
	}
}

func TestAgreement_TermsDoNotDrift(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.order.AgreementMonths = 3
	s.approveAfter(time.Hour) // 31 January
	s.run()
	var ends []string
	for range 5 {
		r := s.continued()
		ends = append(ends, r.Status.Agreement.EndsOn().String())
		next := newScene(t, collaboration.OnPlatform)
		next.order = s.order
		next.env.SetStartTime(s.env.Now())
		next.runFrom(r)
		s = next
	}
	want := []string{"2027-07-31", "2027-10-31", "2028-01-31", "2028-04-30", "2028-07-31"}
	for i := range want {
		if ends[i] != want[i] {
			t.Errorf("term %d ends on %s, want %s", i+2, ends[i], want[i])
		}
	}
}

func TestCancel_EndsRunningCollaboration(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.approveAfter(day)
	s.after(5*day, func() { s.env.CancelWorkflow() })
	s.run()
	s.wantDone(after(provisioned[collaboration.OnPlatform], []string{"approve", "start agreement", "end"})...)
	if s.backend.end.By != collaboration.ActorOperator || !temporal.IsCanceledError(s.env.GetWorkflowError()) {
		t.Errorf("ended by %s, %v", s.backend.end.By, s.env.GetWorkflowError())
	}
}
