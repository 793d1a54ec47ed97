package workflows_test

import (
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
)

// A customer can have a mail whose answer from the provider was lost.
func TestAnApprovalCountsWhateverBecomesOfTheMail(t *testing.T) {
	for _, later := range []collaboration.Code{collaboration.CodeMailRejected, collaboration.CodeMailUnavailable} {
		t.Run(string(later), func(t *testing.T) {
			s := newScene(t, collaboration.NewCustomer)
			s.world.fail["mail"] = func(n int) error {
				if n < 3 {
					return &collaboration.Error{Code: collaboration.CodeMailUnconfirmed}
				}
				return &collaboration.Error{Code: later}
			}
			var r *reply
			s.after(500*time.Millisecond, func() { r = s.update(collaboration.DecideMessage, "u-1", s.decision("d-1", collaboration.Approve)) })
			s.run()
			s.continued()
			if r.err != nil || s.world.count("start agreement") != 1 || s.world.count("close")+s.world.count("deactivate solution") != 0 {
				t.Errorf("answered %v, done %q", r.err, s.world.done())
			}
			if waited := s.world.start.At.Sub(clicked); waited > time.Second {
				t.Errorf("the agreement started after %s", waited)
			}
		})
	}
}

func TestNothingIsDecidedBeforeAnythingWasSent(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	s.world.fail["check task"] = firstly(3, collaboration.CodeUnavailable)
	var r *reply
	s.after(500*time.Millisecond, func() {
		d := s.decision("d-1", collaboration.Approve)
		d.Generation = 0
		r = s.update(collaboration.DecideMessage, "u-1", d)
	})
	s.run()
	if r.code() != collaboration.CodeLinkReplaced || s.world.closing.State != collaboration.Expired {
		t.Errorf("answered %v, closed as %s", r.err, s.world.closing.State)
	}
}

// renewing is a scene whose renewal is recorded only after a while; the term
// ends at the instant it returns.
func renewing(t *testing.T) (s *scene, end time.Duration) {
	s = newScene(t, collaboration.OnPlatform)
	s.order.AgreementMonths = 3
	s.approveAfter(time.Hour) // 31 January
	s.world.fail["renew"] = firstly(4, collaboration.CodeUnavailable)
	return s, time.Date(2027, 4, 29, 22, 0, 0, 0, time.UTC).Sub(clicked)
}

func TestNoticeWhileTheRenewalIsRecorded(t *testing.T) {
	s, end := renewing(t)
	s.after(end+2*time.Second, func() { s.update(collaboration.EndMessage, "u-1", s.ending("e-1", collaboration.EndOfTerm)) })
	s.run()
	if a := s.continued().Carried.Standing.Agreement; a.Term != 2 || a.Renews {
		t.Errorf("carried %+v", a)
	}
	if r := s.world.agreements; len(r) != 1 || r[0].Agreement.Renews || r[0].Agreement.Term != 2 {
		t.Errorf("recorded %+v", r)
	}
}

func TestEndWhileThatNoticeIsRecorded(t *testing.T) {
	s, end := renewing(t)
	s.world.fail["notice_given"] = firstly(6, collaboration.CodeUnavailable)
	s.after(end+2*time.Second, func() { s.update(collaboration.EndMessage, "u-1", s.ending("e-1", collaboration.EndOfTerm)) })
	s.after(end+20*time.Second, func() { s.update(collaboration.EndMessage, "u-2", s.ending("e-2", collaboration.EndNow)) })
	s.run()
	if s.result().State != collaboration.Ended || s.world.count("end") != 1 {
		t.Errorf("done %q", s.world.done())
	}
}

func TestCancelledWhileTheRenewalIsRecorded(t *testing.T) {
	s, end := renewing(t)
	s.after(end+2*time.Second, s.env.CancelWorkflow)
	s.run()
	if s.world.count("end") != 1 || s.world.end.By != collaboration.ActorOperator || !temporal.IsCanceledError(s.env.GetWorkflowError()) {
		t.Errorf("done %q, %v", s.world.done(), s.env.GetWorkflowError())
	}
}

// What is corrected or changed before the invitation goes out is what it says.
func TestWhatIsPutRightWhileThingsAreMadeReadyIsInTheInvitation(t *testing.T) {
	for name, tt := range map[string]struct {
		send func(*scene) *reply
		want string
	}{
		"corrected": {func(s *scene) *reply { return s.send(collaboration.CorrectMessage, s.correction("ny@kund.example")) }, "correct address"},
		"changed": {func(s *scene) *reply {
			return s.send(collaboration.ChangeMessage, s.change("c-1", collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer}))
		}, "change"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, collaboration.OnPlatform)
			s.world.fail["check task"] = firstly(2, collaboration.CodeUnavailable)
			var r *reply
			s.after(500*time.Millisecond, func() { r = tt.send(s) })
			s.run()
			if r.err != nil {
				t.Fatal(r.err)
			}
			want := []string{"activate solution", tt.want, "mail", "invited", "deactivate solution", "close"}
			done := slices.DeleteFunc(s.world.done(), func(c string) bool { return c == "check task" })
			if !slices.Equal(done, want) {
				t.Errorf("done %q, want %q", done, want)
			}
		})
	}
}
