package workflows_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
)

// The engine keeps an Update with the end of its workflow task, and quick steps come
// before that end. So the first step that an Update asks for is a normal activity,
// which ends the task; the engine has a Signal before anybody sees it.
func TestAnUpdateIsKeptBeforeItIsActedOn(t *testing.T) {
	undo := []string{"RemoveAdministrator", "DeactivateSolution", "CloseActivation"}
	tests := map[string]struct {
		decline func(*scene)
		normal  []string
	}{
		"update": {func(s *scene) { s.update(collaboration.DecideMessage, "u-1", s.decision("d-1", collaboration.Decline)) }, undo[:1]},
		"signal": {func(s *scene) {
			s.env.SignalWorkflow(collaboration.DecideMessage, s.decision("d-1", collaboration.Decline))
		}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, collaboration.NewCustomer)
			var normal []string
			s.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
				if !info.IsLocalActivity {
					normal = append(normal, info.ActivityType.Name)
				}
			})
			s.after(day, func() { tt.decline(s) })
			s.run()
			if !slices.Equal(normal, tt.normal) {
				t.Errorf("normal activities %q, want %q", normal, tt.normal)
			}
			if s.world.count("close") != 1 || s.world.count("remove administrator") != 1 {
				t.Errorf("done %q", s.world.done())
			}
		})
	}
}

// Who is answered reads what was asked for; where that has to wait, nobody waits
// for it.
func TestAnUpdateIsAnsweredWhenItIsDone(t *testing.T) {
	tests := map[string]struct {
		broken   string
		outcome  collaboration.Outcome
		recorded string
		within   time.Duration
	}{
		"approved":                       {"", collaboration.Approve, "start agreement", 0},
		"declined":                       {"", collaboration.Decline, "close", 0},
		"approved while nothing answers": {"start agreement", collaboration.Approve, "", 2 * time.Second},
		"declined while nothing answers": {"remove administrator", collaboration.Decline, "", 2 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, collaboration.NewCustomer)
			if tt.broken != "" {
				s.world.fail[tt.broken] = firstly(3, collaboration.CodeUnavailable)
			}
			var recorded int
			var asked, answered time.Time
			r := &reply{answering: func() { recorded, answered = s.world.count(tt.recorded), s.env.Now() }}
			s.after(day, func() {
				asked = s.env.Now()
				s.env.UpdateWorkflow(collaboration.DecideMessage, "u-1", r, s.decision("d-1", tt.outcome))
			})
			s.run()
			if !r.answered || r.err != nil || r.standing.Decision == nil {
				t.Fatalf("answered %+v", r)
			}
			if tt.recorded != "" && recorded != 1 {
				t.Errorf("answered before %s", tt.recorded)
			}
			if took := answered.Sub(asked); took > tt.within {
				t.Errorf("answered after %v, want at most %v", took, tt.within)
			}
		})
	}
}

// What has to wait for a step that is under way is answered at once.
func TestAnUpdateDoesNotWaitForALongStep(t *testing.T) {
	s := newScene(t, collaboration.NewCustomer)
	s.world.fail["mail"] = firstly(20, collaboration.CodeUnavailable)
	s.world.fail["invited"] = nil
	r := &reply{}
	pause := true
	s.after(time.Minute, func() {
		s.env.UpdateWorkflow(collaboration.ChangeMessage, "u-1", r, collaboration.Change{ID: "c-1", Activation: s.order.Activation, By: "emp-2", RemindersPaused: &pause})
	})
	var soon bool
	s.after(time.Minute+time.Second, func() { soon = r.answered })
	s.approveAfter(40 * day / 2)
	s.run()
	if !soon || r.err != nil {
		t.Errorf("answered in a second: %v, %+v", soon, r)
	}
}
