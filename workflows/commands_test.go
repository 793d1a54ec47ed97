package workflows_test

import (
	"errors"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"

	"go.temporal.io/sdk/temporal"
)

func TestDecide_FirstCounts(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	var first, repeat, second *reply
	s.after(day, func() {
		first = s.update("u-1", s.decision("d-1", collaboration.Approve))
		s.signal(s.decision("d-1", collaboration.Approve))
		s.signal(s.decision("d-2", collaboration.Decline))
	})
	s.after(2*day, func() {
		repeat = s.update("u-2", s.decision("d-1", collaboration.Approve))
		second = s.update("u-3", s.decision("d-3", collaboration.Decline))
	})
	s.run()
	s.continued()
	if s.backend.count("start agreement") != 1 || s.backend.count("deactivate solution") != 0 {
		t.Errorf("done: %q", s.backend.done())
	}
	for name, r := range map[string]*reply{"first": first, "repeat": repeat} {
		if r.err != nil || r.status.Decision == nil || r.status.Decision.ID != "d-1" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if second.code() != collaboration.CodeAlreadyDecided || second.status.Decision == nil || second.status.Decision.Outcome != collaboration.Approve {
		t.Errorf("the second caller must receive the accepted decision: %+v", second)
	}
}

func TestDecide_AtExpiryCounts(t *testing.T) {
	t.Parallel()
	for after, counts := range map[time.Duration]bool{30*day - time.Nanosecond: true, 30*day + time.Nanosecond: false} {
		s := newScene(t, collaboration.HasSolution)
		s.after(after, func() { s.signal(s.decision("d-1", collaboration.Approve)) })
		s.run()
		if started, closed := s.backend.count("start agreement") == 1, s.backend.count("close") == 1; started != counts || closed == counts {
			t.Errorf("after %s: done %q", after, s.backend.done())
		}
	}
}

func TestDecide_Rejections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*message.Command)
		want   collaboration.Code
	}{
		{"of another activation", func(c *message.Command) { c.Activation = "other" }, collaboration.CodeActivationNotFound},
		{"without an id", func(c *message.Command) { c.ID = "" }, collaboration.CodeInvalidRequest},
		{"generation zero", func(c *message.Command) { c.Decision.Generation = 0 }, collaboration.CodeLinkReplaced},
		{"without terms", func(c *message.Command) { c.Decision.Offer = nil }, collaboration.CodeInvalidRequest},
		{"without by", func(c *message.Command) { c.By = "" }, collaboration.CodeInvalidRequest},
		{"without a decision", func(c *message.Command) { c.Decision = nil }, collaboration.CodeInvalidRequest},
		{"without an outcome", func(c *message.Command) { c.Decision.Outcome = "" }, collaboration.CodeInvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.HasSolution)
			var r *reply
			s.after(day, func() {
				d := s.decision("d-1", collaboration.Approve)
				tt.change(&d)
				r = s.update("u-1", d)
				s.signal(d)
			})
			s.run()
			if r.code() != tt.want {
				t.Errorf("got %v, want %s", r.err, tt.want)
			}
			// A rejection is benign: it must not alert operators.
			var rejected *temporal.ApplicationError
			if !errors.As(r.err, &rejected) || rejected.Category() != temporal.ApplicationErrorCategoryBenign {
				t.Errorf("%v is not benign", r.err)
			}
			if s.backend.closing.State != collaboration.Expired {
				t.Errorf("closed as %s: the decision had an effect", s.backend.closing.State)
			}
		})
	}
}

func TestResend_SupersedesLinksAndRestartsLifetime(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	resend := message.Command{Kind: collaboration.CommandResend, ID: "r-1", Activation: s.order.Activation, By: "emp-2"}
	var resent, superseded *reply
	s.after(20*day, func() {
		resent = s.update("u-1", resend)
		s.signal(resend) // a repeat
		superseded = s.update("u-2", s.decision("d-1", collaboration.Approve))
	})
	s.run()
	if resent.err != nil || resent.status.Generation != 2 {
		t.Errorf("resend: %+v", resent)
	}
	if superseded.code() != collaboration.CodeLinkReplaced {
		t.Errorf("superseded link: %v", superseded.err)
	}
	if s.backend.count("mail") != 2 || s.backend.invited()[1].Generation != 2 || s.backend.invited()[1].By != "emp-2" {
		t.Errorf("mails %d, invited %+v", s.backend.count("mail"), s.backend.invited())
	}
	if got := s.env.Now().Sub(requestedAt); got < 50*day || got > 50*day+time.Minute {
		t.Errorf("expired after %s, want 30 days after the resend", got)
	}
}

func TestResend_RefusedMailKeepsWaiting(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["mail"] = func(n int) error {
		if n == 1 {
			return nil
		}
		return &collaboration.Error{Code: collaboration.CodeMailRejected}
	}
	s.after(day, func() {
		s.update("u-1", message.Command{Kind: collaboration.CommandResend, ID: "r-1", Activation: s.order.Activation, By: "emp-2"})
	})
	s.run()
	if s.backend.closing.State != collaboration.Expired {
		t.Errorf("closed as %s", s.backend.closing.State)
	}
}

func TestCommands_TooLate(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	replies := map[string]*reply{}
	s.approveAfter(day)
	s.after(2*day, func() {
		replies["withdraw"] = s.update("u-1", message.Command{Kind: collaboration.CommandWithdraw, ID: "w", Activation: s.order.Activation, By: "emp-2"})
		replies["resend"] = s.update("u-2", message.Command{Kind: collaboration.CommandResend, ID: "r", Activation: s.order.Activation, By: "emp-2"})
	})
	s.run()
	s.continued()
	for name, r := range replies {
		if r.code() != collaboration.CodeAlreadyDecided {
			t.Errorf("%s: %v", name, r.err)
		}
	}
}

func TestEnd_RejectedBeforeApproval(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	var r *reply
	s.after(day, func() {
		r = s.update("u-1", message.Command{Kind: collaboration.CommandEnd, ID: "e", Activation: s.order.Activation, By: "emp-2", End: &message.End{When: collaboration.EndNow}})
	})
	s.run()
	if r.code() != collaboration.CodeNotActive {
		t.Errorf("got %v", r.err)
	}
}
