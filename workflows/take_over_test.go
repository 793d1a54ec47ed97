package workflows_test

import (
	"slices"
	"testing"

	"countersign/collaboration"
)

// A collaboration that runs already is taken over in its current term, without an
// invitation. Its notice, renewal and end work like those of another one.
func TestTakeOver_RunsCurrentTerm(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.HasSolution)
	since := collaboration.DateOf(s.env.Now().Add(-400 * day))
	s.order.RunningSince, s.order.AgreementMonths = since, 12
	s.after(10*day, func() { s.signal(s.ending("e-1", collaboration.EndOfTerm)) })
	s.run()
	if n := s.backend.count("mail"); n != 0 {
		t.Errorf("%d invitations were sent", n)
	}
	got := s.backend.takenOver
	if want := collaboration.RunningAgreement(since, 12, got.At); got.Agreement != want || want.Term != 2 || got.By != s.order.RequestedBy {
		t.Errorf("taken over %+v, want %+v", got, want)
	}
	if !slices.Contains(s.backend.done(), "take over") || slices.Contains(s.backend.done(), "start agreement") {
		t.Errorf("done %q", s.backend.done())
	}
	if state := s.result().State; state != collaboration.Ended {
		t.Errorf("state %s", state)
	}
}
