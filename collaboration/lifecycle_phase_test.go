package collaboration_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
)

func TestPhase_FollowsAgreement(t *testing.T) {
	t.Parallel()
	may := collaboration.Date{Year: 2027, Month: time.May, Day: 1}
	waiting := collaboration.Agreement{StartsOn: may, Months: 3, Term: 1, Renews: true}
	with := func(a collaboration.Agreement, change func(*collaboration.Agreement)) *collaboration.Agreement {
		change(&a)
		return &a
	}
	for name, tt := range map[string]struct {
		state     collaboration.State
		agreement *collaboration.Agreement
		want      collaboration.Phase
	}{
		"invited":                 {collaboration.AwaitingApproval, nil, "awaiting_approval"},
		"approved":                {collaboration.Active, &waiting, collaboration.PhaseStarts},
		"notice before the start": {collaboration.Active, with(waiting, func(a *collaboration.Agreement) { a.Renews = false }), collaboration.PhaseStarts},
		"ends before the start":   {collaboration.Active, with(waiting, func(a *collaboration.Agreement) { a.EndOn = may }), collaboration.PhaseTerminated},
		"started":                 {collaboration.Active, with(waiting, func(a *collaboration.Agreement) { a.Started = true }), collaboration.PhaseActive},
		"notice":                  {collaboration.Active, with(waiting, func(a *collaboration.Agreement) { a.Started, a.Renews = true, false }), collaboration.PhaseTerminated},
		"date of the end":         {collaboration.Active, with(waiting, func(a *collaboration.Agreement) { a.Started, a.EndOn = true, may.AddDays(300) }), collaboration.PhaseTerminated},
		"ended":                   {collaboration.Ended, &waiting, "ended"},
		"failed at the start":     {collaboration.Failed, &waiting, "failed"},
	} {
		r := collaboration.Activation{State: tt.state, Agreement: tt.agreement}
		if got := r.Phase(); got != tt.want || !slices.Contains(collaboration.Phases(), got) || !slices.Contains(tt.state.Phases(), got) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
