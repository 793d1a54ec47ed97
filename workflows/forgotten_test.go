package workflows_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
)

// A process that is killed may have done every step of a workflow task that
// the engine never heard of. The run then takes the messages that came
// meanwhile before it goes through those steps again. Here the first step is
// slow, and the message comes while it runs.
func forgetful(t *testing.T, message func(*scene)) *scene {
	s := newScene(t, collaboration.NewCustomer)
	s.world.fail["check task"] = firstly(2, collaboration.CodeUnavailable)
	s.after(500*time.Millisecond, func() { message(s) })
	s.run()
	return s
}

var everyStep = []string{"check task", "check task", "check task", "activate solution", "create administrator", "mail", "invited"}

func TestAnApprovalOfAForgottenInvitationCounts(t *testing.T) {
	for _, generation := range []int{1, 2} {
		s := forgetful(t, func(s *scene) {
			d := s.decision("d-1", collaboration.Approve)
			d.Generation = generation
			s.env.SignalWorkflow(collaboration.DecideMessage, d)
		})
		if s.continued().Carried.Standing.Decision == nil || s.world.start.Decision.ID != "d-1" {
			t.Errorf("generation %d: the approval was lost: %q", generation, s.world.done())
		}
		if done := s.world.done(); !slices.Equal(done[:len(everyStep)+1], append(slices.Clone(everyStep), "start agreement")) {
			t.Errorf("generation %d: done %q", generation, done)
		}
	}
}

func TestWhatWasForgottenIsUndone(t *testing.T) {
	tests := map[string]struct {
		message func(*scene)
		want    collaboration.State
	}{
		"declined": {func(s *scene) {
			s.env.SignalWorkflow(collaboration.DecideMessage, s.decision("d-1", collaboration.Decline))
		}, collaboration.Declined},
		"withdrawn": {func(s *scene) {
			s.env.SignalWorkflow(collaboration.WithdrawMessage, collaboration.Withdrawal{ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
		}, collaboration.Withdrawn},
		"cancelled": {func(s *scene) { s.env.CancelWorkflow() }, collaboration.Withdrawn},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := forgetful(t, tt.message)
			done := s.world.done()
			if undone := done[len(done)-3:]; !slices.Equal(undone, []string{"remove administrator", "deactivate solution", "close"}) {
				t.Errorf("done %q", done)
			}
			if s.world.closing.State != tt.want || s.world.count("mail") != 0 {
				t.Errorf("closed as %s, mails %d", s.world.closing.State, s.world.count("mail"))
			}
		})
	}
}

func TestAForgottenInvitationCanBeResent(t *testing.T) {
	s := forgetful(t, func(s *scene) {
		s.env.SignalWorkflow(collaboration.ResendMessage, collaboration.Resend{ID: "r-1", Activation: s.order.Activation, By: "emp-2"})
	})
	for _, i := range s.world.invited() {
		if i.Generation != 2 {
			t.Errorf("mailed generation %d, whose link is dead", i.Generation)
		}
	}
	if len(s.world.invited()) == 0 {
		t.Error("nothing was mailed")
	}
}

func TestAnEndThatComesWithTheApprovalIsKept(t *testing.T) {
	for _, when := range []collaboration.EndWhen{collaboration.EndNow, collaboration.EndOfTerm} {
		s := forgetful(t, func(s *scene) {
			s.env.SignalWorkflow(collaboration.DecideMessage, s.decision("d-1", collaboration.Approve))
			s.env.SignalWorkflow(collaboration.EndMessage, s.ending("e-1", when))
		})
		if s.world.count("start agreement") != 1 || s.world.count("end") != 1 || s.world.count("renew") != 0 {
			t.Errorf("%s: done %q", when, s.world.done())
		}
		if notices := s.world.count("notice_given"); (when == collaboration.EndOfTerm) != (notices == 1) {
			t.Errorf("%s: %d notices", when, notices)
		}
	}
}
