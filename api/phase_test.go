package api_test

import (
	"testing"

	"countersign/collaboration"
)

// phases are the three phases of a running collaboration, with the agreement of each.
var phases = map[collaboration.Phase]func(*collaboration.Agreement){
	collaboration.PhaseStarts:     func(a *collaboration.Agreement) { a.Started = false },
	collaboration.PhaseActive:     func(*collaboration.Agreement) {},
	collaboration.PhaseTerminated: func(a *collaboration.Agreement) { a.Renews = false },
}

// in returns the change of an activation to a phase. Its agreement runs from 1 May 2027.
func in(phase collaboration.Phase) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) {
		r.Generation = 1
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 5, Day: 1}, Started: true, Months: 12, Term: 1, Renews: true}
		phases[phase](r.Agreement)
	}
}

func TestPhase_IsInEveryAnswer(t *testing.T) {
	t.Parallel()
	for phase := range phases {
		w := newWorld()
		id := string(w.with("c-platform", collaboration.Active, in(phase)))
		s := w.server(t)
		want := []string{`"state":"active","phase":"` + string(phase) + `"`}
		for _, r := range []request{
			{url: "/v1/activations/" + id, as: "maja", status: 200, content: want},
			{url: "/v1/activations", as: "maja", status: 200, content: want},
			{url: "/v1/collaborations/" + id, as: "asa", status: 200, content: want},
			{url: "/v1/collaborations", as: "asa", status: 200, content: want},
		} {
			r.check(t, r.send(s))
		}
	}
}
