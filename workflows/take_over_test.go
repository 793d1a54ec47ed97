package workflows_test

import (
	"slices"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
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

// A take-over continues from the database, before and after its agreement is stored. It
// sends no invitation.
func TestTakeOver_IsRestored(t *testing.T) {
	t.Parallel()
	since := collaboration.Date{Year: 2026, Month: 5, Day: 1}
	agreement := collaboration.RunningAgreement(since, 12, requestedAt)
	for state, tt := range map[collaboration.State]struct {
		agreement *collaboration.Agreement
		want      []string
	}{
		collaboration.Activating: {nil, []string{"check task", "take over", "renew"}},
		collaboration.Active:     {&agreement, []string{"renew"}},
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.HasSolution)
			restored, err := message.Restored(collaboration.Activation{
				ID: s.order.Activation, OfficeID: s.order.OfficeID, CustomerID: s.order.CustomerID, SolutionID: s.order.SolutionID, Scenario: s.order.Scenario,
				State: state, TaskID: s.order.TaskID, InvoiceRecipient: s.order.InvoiceRecipient, AgreementMonths: 12, RunningSince: since, Agreement: tt.agreement,
			}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			s.runFrom(restored)
			did := slices.DeleteFunc(s.backend.done(), func(c string) bool { return c == "open" })
			if !slices.Equal(did, tt.want) || s.backend.renewed.Term != agreement.Term+1 {
				t.Errorf("did %q, term %d", did, s.backend.renewed.Term)
			}
		})
	}
}
