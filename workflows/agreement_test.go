package workflows_test

import (
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
