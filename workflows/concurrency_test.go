package workflows_test

import (
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// The customer may have the invitation although the provider's answer was lost.
func TestApprove_WhileMailIsRetried(t *testing.T) {
	t.Parallel()
	for _, later := range []collaboration.Code{collaboration.CodeMailRejected, collaboration.CodeMailUnavailable} {
		t.Run(string(later), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			s.backend.fail["mail"] = func(n int) error {
				if n < 3 {
					return &collaboration.Error{Code: collaboration.CodeMailUnconfirmed}
				}
				return &collaboration.Error{Code: later}
			}
			var r *reply
			s.after(500*time.Millisecond, func() { r = s.update("u-1", s.decision("d-1", collaboration.Approve)) })
			s.run()
			s.continued()
			if r.err != nil || s.backend.count("start agreement") != 1 || s.backend.count("close")+s.backend.count("deactivate solution") != 0 {
				t.Errorf("answered %v, done %q", r.err, s.backend.done())
			}
			if waited := s.backend.start.At.Sub(requestedAt); waited > time.Second {
				t.Errorf("the agreement started after %s", waited)
			}
		})
	}
}

func TestDecide_RejectsGenerationZero(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["check task"] = firstly(3, collaboration.CodeUnavailable)
	var r *reply
	s.after(500*time.Millisecond, func() {
		d := s.decision("d-1", collaboration.Approve)
		d.Decision.Generation = 0
		r = s.update("u-1", d)
	})
	s.run()
	if r.code() != collaboration.CodeLinkReplaced || s.backend.closing.State != collaboration.Expired {
		t.Errorf("answered %v, closed as %s", r.err, s.backend.closing.State)
	}
}

// renewing returns a scene with a renewal that is retried, and the end of its first term.
func renewing(t *testing.T) (s *scene, end time.Duration) {
	s = newScene(t, collaboration.OnPlatform)
	s.order.AgreementMonths = 3
	s.approveAfter(time.Hour) // 31 January
	s.backend.fail["renew"] = firstly(4, collaboration.CodeUnavailable)
	return s, time.Date(2027, 4, 29, 22, 0, 0, 0, time.UTC).Sub(requestedAt)
}

func TestEnd_NoticeWhileRenewing(t *testing.T) {
	t.Parallel()
	s, end := renewing(t)
	s.after(end+2*time.Second, func() { s.update("u-1", s.ending("e-1", collaboration.EndOfTerm)) })
	s.run()
	s.runNextTerm()
	if s.result().State != collaboration.Ended || s.backend.count("renew") != 5 {
		t.Errorf("done %q", s.backend.done())
	}
	if r := s.backend.agreements; len(r) != 1 || r[0].Agreement.Renews || r[0].Agreement.Term != 2 {
		t.Errorf("stored %+v", r)
	}
}

func TestEnd_NowWhileNoticeIsStored(t *testing.T) {
	t.Parallel()
	s, end := renewing(t)
	s.backend.fail["notice_given"] = firstly(6, collaboration.CodeUnavailable)
	s.after(end+2*time.Second, func() { s.update("u-1", s.ending("e-1", collaboration.EndOfTerm)) })
	s.after(end+20*time.Second, func() { s.update("u-2", s.ending("e-2", collaboration.EndNow)) })
	s.run()
	s.runNextTerm()
	if s.result().State != collaboration.Ended || s.backend.count("end") != 1 {
		t.Errorf("done %q", s.backend.done())
	}
}

func TestCancel_WhileRenewing(t *testing.T) {
	t.Parallel()
	s, end := renewing(t)
	s.after(end+2*time.Second, func() { s.env.CancelWorkflow() })
	s.run()
	if s.backend.count("end") != 1 || s.backend.end.By != collaboration.ActorOperator || !temporal.IsCanceledError(s.env.GetWorkflowError()) {
		t.Errorf("done %q, %v", s.backend.done(), s.env.GetWorkflowError())
	}
}

// The first invitation includes the changes that were accepted during provisioning.
func TestChange_DuringProvisioningIsInInvitation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		send func(*scene) *reply
		want string
	}{
		"corrected": {func(s *scene) *reply { return s.send(s.correction("ny@kund.example")) }, "correct address"},
		"changed": {func(s *scene) *reply {
			return s.send(s.change("c-1", collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer}))
		}, "change"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			s.backend.fail["check task"] = firstly(2, collaboration.CodeUnavailable)
			var r *reply
			s.after(500*time.Millisecond, func() { r = tt.send(s) })
			s.run()
			if r.err != nil {
				t.Fatal(r.err)
			}
			want := []string{"activate solution", "create administrator", tt.want, "mail", "invited", "remove administrator", "deactivate solution", "close"}
			done := slices.DeleteFunc(s.backend.done(), func(c string) bool { return c == "check task" })
			if !slices.Equal(done, want) {
				t.Errorf("done %q, want %q", done, want)
			}
		})
	}
}
