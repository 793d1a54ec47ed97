package workflows_test

import (
	"testing"
	"time"

	"countersign/collaboration"
)

func TestTheFirstDecisionCounts(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	var first, repeat, second *reply
	s.after(day, func() {
		first = s.update(collaboration.DecideMessage, "u-1", s.decision("d-1", collaboration.Approve))
		s.env.SignalWorkflow(collaboration.DecideMessage, s.decision("d-1", collaboration.Approve))
		s.env.SignalWorkflow(collaboration.DecideMessage, s.decision("d-2", collaboration.Decline))
	})
	s.after(2*day, func() {
		repeat = s.update(collaboration.DecideMessage, "u-2", s.decision("d-1", collaboration.Approve))
		second = s.update(collaboration.DecideMessage, "u-3", s.decision("d-3", collaboration.Decline))
	})
	s.run()
	s.continued()
	if s.world.count("start agreement") != 1 || s.world.count("deactivate solution") != 0 {
		t.Errorf("done: %q", s.world.done())
	}
	for name, r := range map[string]*reply{"first": first, "repeat": repeat} {
		if r.err != nil || r.standing.Decision == nil || r.standing.Decision.ID != "d-1" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if second.code() != collaboration.CodeAlreadyDecided || second.standing.Decision == nil || second.standing.Decision.Outcome != collaboration.Approve {
		t.Errorf("the second must see what was decided: %+v", second)
	}
}

func TestADecisionInTheMomentOfExpiryCounts(t *testing.T) {
	s := newScene(t, collaboration.HasSolution)
	// Registered before the run starts its timer, so it comes first.
	s.after(30*day, func() { s.env.SignalWorkflow(collaboration.DecideMessage, s.decision("d-1", collaboration.Approve)) })
	s.run()
	if s.world.count("start agreement")+s.world.count("close") != 1 {
		t.Errorf("done: %q", s.world.done())
	}
}

func TestDecisionsThatAreRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*collaboration.Decision)
		want   collaboration.Code
	}{
		{"of another activation", func(d *collaboration.Decision) { d.Activation = "other" }, collaboration.CodeActivationNotFound},
		{"without an id", func(d *collaboration.Decision) { d.ID = "" }, collaboration.CodeInvalidRequest},
		{"of no generation", func(d *collaboration.Decision) { d.Generation = 0 }, collaboration.CodeLinkReplaced},
		{"without terms", func(d *collaboration.Decision) { d.TermsHash = "" }, collaboration.CodeInvalidRequest},
		{"without an outcome", func(d *collaboration.Decision) { d.Outcome = "" }, collaboration.CodeInvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t, collaboration.HasSolution)
			var r *reply
			s.after(day, func() {
				d := s.decision("d-1", collaboration.Approve)
				tt.change(&d)
				r = s.update(collaboration.DecideMessage, "u-1", d)
				s.env.SignalWorkflow(collaboration.DecideMessage, d)
			})
			s.run()
			if r.code() != tt.want {
				t.Errorf("got %v, want %s", r.err, tt.want)
			}
			if s.world.closing.State != collaboration.Expired {
				t.Errorf("closed as %s: the decision had an effect", s.world.closing.State)
			}
		})
	}
}

func TestResendKillsOlderLinksAndStartsTheClockAgain(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	resend := collaboration.Resend{ID: "r-1", Activation: s.order.Activation, By: "emp-2"}
	var resent, old *reply
	s.after(20*day, func() {
		resent = s.update(collaboration.ResendMessage, "u-1", resend)
		s.env.SignalWorkflow(collaboration.ResendMessage, resend) // the same one again
		old = s.update(collaboration.DecideMessage, "u-2", s.decision("d-1", collaboration.Approve))
	})
	s.run()
	if resent.err != nil || resent.standing.Generation != 2 {
		t.Errorf("resend: %+v", resent)
	}
	if old.code() != collaboration.CodeLinkReplaced {
		t.Errorf("old link: %v", old.err)
	}
	if s.world.count("mail") != 2 || s.world.invited()[1].Generation != 2 || s.world.invited()[1].By != "emp-2" {
		t.Errorf("mails %d, invited %+v", s.world.count("mail"), s.world.invited())
	}
	if got := s.env.Now().Sub(clicked); got < 50*day || got > 50*day+time.Minute {
		t.Errorf("expired after %s, want 30 days after the resend", got)
	}
}

func TestAResentMailThatIsRefusedKeepsTheActivationWaiting(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	s.world.fail["mail"] = func(n int) error {
		if n == 1 {
			return nil
		}
		return &collaboration.Error{Code: collaboration.CodeMailRejected}
	}
	s.after(day, func() {
		s.update(collaboration.ResendMessage, "u-1", collaboration.Resend{ID: "r-1", Activation: s.order.Activation, By: "emp-2"})
	})
	s.run()
	if s.world.closing.State != collaboration.Expired {
		t.Errorf("closed as %s", s.world.closing.State)
	}
}

func TestMessagesThatComeTooLateSaySo(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	replies := map[string]*reply{}
	s.approveAfter(day)
	s.after(2*day, func() {
		replies["withdraw"] = s.update(collaboration.WithdrawMessage, "u-1", collaboration.Withdrawal{ID: "w", Activation: s.order.Activation})
		replies["resend"] = s.update(collaboration.ResendMessage, "u-2", collaboration.Resend{ID: "r", Activation: s.order.Activation})
	})
	s.run()
	s.continued()
	for name, r := range replies {
		if r.code() != collaboration.CodeAlreadyDecided {
			t.Errorf("%s: %v", name, r.err)
		}
	}
}

func TestEndingBeforeTheCollaborationRunsIsRefused(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	var r *reply
	s.after(day, func() {
		r = s.update(collaboration.EndMessage, "u-1", collaboration.Ending{ID: "e", Activation: s.order.Activation, When: collaboration.EndNow})
	})
	s.run()
	if r.code() != collaboration.CodeNotActive {
		t.Errorf("got %v", r.err)
	}
}
