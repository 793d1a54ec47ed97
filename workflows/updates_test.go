package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
	"countersign/workflows"
)

// An Update is answered once its effect is stored, or after a timeout.
func TestUpdate_IsAnsweredOnceStored(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		broken string
		send   func(*scene) message.Command
		stored string
		within time.Duration
	}{
		"approve": {"", func(s *scene) message.Command { return s.decision("d-1", collaboration.Approve) }, "start agreement", 0},
		"decline": {"", func(s *scene) message.Command { return s.decision("d-1", collaboration.Decline) }, "close", 0},
		"correct": {"", func(s *scene) message.Command { return s.correction("ny@kund.example") }, "invited", 0},
		"change": {"", func(s *scene) message.Command {
			return s.change("c-1", collaboration.Change{TaskID: "t-2"})
		}, "change", 0},
		"approve, database unavailable": {"start agreement", func(s *scene) message.Command { return s.decision("d-1", collaboration.Approve) }, "", 2 * time.Second},
		"decline, database unavailable": {"remove administrator", func(s *scene) message.Command { return s.decision("d-1", collaboration.Decline) }, "", 2 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			if tt.broken != "" {
				s.backend.fail[tt.broken] = firstly(3, collaboration.CodeUnavailable)
			}
			before, stored := 0, 0
			var sent, answered time.Time
			r := &reply{answering: func() { stored, answered = s.backend.count(tt.stored)-before, s.env.Now() }}
			s.after(day, func() {
				before, sent = s.backend.count(tt.stored), s.env.Now()
				s.updateInto(r, "u-1", tt.send(s))
			})
			s.run()
			if !r.answered || r.err != nil {
				t.Fatalf("answered %+v", r)
			}
			if tt.stored != "" && stored != 1 {
				t.Errorf("answered before %q", tt.stored)
			}
			if took := answered.Sub(sent); took > tt.within {
				t.Errorf("answered after %v, want at most %v", took, tt.within)
			}
		})
	}
}

// A command that waits for a retried provisioning step is answered at once.
func TestUpdate_DoesNotWaitForProvisioning(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	s.backend.fail["mail"] = firstly(8, collaboration.CodeUnavailable)
	paused := true
	var sent, answered time.Time
	r := &reply{answering: func() { answered = s.env.Now() }}
	s.after(10*time.Second, func() {
		sent = s.env.Now()
		s.updateInto(r, "u-1", s.change("c-1", collaboration.Change{RemindersPaused: &paused}))
	})
	s.run()
	if r.err != nil || answered.Sub(sent) > 0 {
		t.Errorf("answered after %v: %+v", answered.Sub(sent), r)
	}
	s.wantReminders()
}

// Commands with a pending write are rejected while too many writes are pending. The customer
// can still answer, and the office can withdraw.
func TestUpdate_RejectsCommandsWhileFull(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	state := message.NewState(s.order)
	state.Provisioned, state.Invitation.Mailed = true, 1
	state.Status.State, state.Status.ExpiresAt = collaboration.AwaitingApproval, requestedAt.Add(30*day)
	for !state.IsFull() {
		state.Pending = append(state.Pending, s.change(fmt.Sprint(len(state.Pending)), collaboration.Change{TaskID: "t-2"}))
	}
	s.backend.fail["change"] = firstly(3, collaboration.CodeUnavailable)
	var rejected, withdrawn *reply
	s.after(time.Second, func() {
		rejected = s.update("u-1", s.change("c-1", collaboration.Change{TaskID: "t-3"}))
		withdrawn = s.update("u-2", message.Command{Kind: collaboration.CommandWithdraw, ID: "w-1", Activation: s.order.Activation, By: "emp-2"})
	})
	s.runFrom(state)
	if rejected.code() != collaboration.CodeRateLimited || withdrawn.err != nil || s.backend.closing.State != collaboration.Withdrawn {
		t.Errorf("change: %v, withdraw: %v, closed as %s", rejected.err, withdrawn.err, s.backend.closing.State)
	}
	if n := len(s.backend.changes); n < len(state.Pending) {
		t.Errorf("%d of %d changes were stored", n, len(state.Pending))
	}
}

// Local activities run during provisioning only, and not after a command was accepted, because
// the history does not have their scheduling.
func TestLocalActivities_ProvisionOnly(t *testing.T) {
	t.Parallel()
	provisioning := []string{"CheckTask", "ActivateSolution", "CreateAdministrator", "SendInvitation"}
	lives := map[string]struct {
		play  func(*scene)
		local []string
	}{
		"declined": {func(s *scene) {
			s.after(10*day, func() { s.update("u-1", s.decision("d-1", collaboration.Decline)) })
		}, provisioning},
		"approved, noticed and ended": {func(s *scene) {
			s.approveAfter(10 * day)
			s.after(20*day, func() { s.update("u-2", s.ending("e-1", collaboration.EndOfTerm)) })
		}, provisioning},
		"corrected during provisioning": {func(s *scene) {
			s.backend.fail["check task"] = firstly(3, collaboration.CodeUnavailable)
			s.after(500*time.Millisecond, func() { s.send(s.correction("ny@kund.example")) })
		}, provisioning[:1]},
	}
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			var local []string
			s.onActivity = func(info *activity.Info) {
				if info.IsLocalActivity {
					local = append(local, info.ActivityType.Name)
				}
			}
			life.play(s)
			s.run()
			if !slices.Equal(local, life.local) {
				t.Errorf("local activities %q, want %q", local, life.local)
			}
		})
	}
}

// All mails except the first, local attempt use the mail queue. Temporal limits its rate.
func TestMails_UseTheMailQueue(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	s.backend.fail["mail"] = firstly(2, collaboration.CodeMailUnavailable)
	s.backend.fail["notification declined"] = firstly(2, collaboration.CodeMailUnavailable)
	queues := map[string]int{}
	s.onActivity = func(info *activity.Info) {
		if !info.IsLocalActivity && (info.ActivityType.Name == "SendInvitation" || info.ActivityType.Name == "SendNotification") {
			queues[info.ActivityType.Name+" on "+info.TaskQueue]++
		}
	}
	s.after(4*day, func() { s.update("u-1", s.decision("d-1", collaboration.Decline)) })
	s.run()
	if len(queues) != 2 || queues["SendInvitation on "+temporalx.MailTaskQueue] == 0 || queues["SendNotification on "+temporalx.MailTaskQueue] < 3 {
		t.Errorf("mails: %v", queues)
	}
}

// A local activity must end well before its workflow task, which has a default timeout of ten
// seconds.
func TestLocalActivityTimeout_IsBelowWorkflowTaskTimeout(t *testing.T) {
	t.Parallel()
	if d := workflows.LocalActivityTimeout; d <= 0 || d > 5*time.Second {
		t.Errorf("a local activity may take %s", d)
	}
}

// Pending changes are stored before the end.
func TestEnd_StoresPendingChangesFirst(t *testing.T) {
	t.Parallel()
	s := running(t)
	s.backend.fail["change"] = firstly(4, collaboration.CodeUnavailable)
	s.on(day2027(time.March, 1), func() {
		s.update("u-1", s.change("c-1", collaboration.Change{TaskID: "t-2"}))
		s.update("u-2", s.ending("e-1", collaboration.EndNow))
	})
	s.run()
	if n := len(s.backend.did); s.backend.did[n-4] != "change" || !slices.Contains(s.backend.did[n-3:], "end") {
		t.Errorf("did %q", s.backend.did)
	}
}

// A change that was accepted before the agreement started is stored, too.
func TestEnd_StoresChangesAcceptedBeforeTheAgreement(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["start agreement"] = firstly(4, collaboration.CodeUnavailable)
	s.approveAfter(day)
	s.after(day+time.Second, func() {
		s.update("u-1", s.change("c-1", collaboration.Change{TaskID: "t-2", AgreementMonths: 3}))
		s.update("u-2", s.ending("e-1", collaboration.EndNow))
	})
	s.run()
	did := s.backend.did
	if start, change, end := slices.Index(did, "start agreement"), slices.Index(did, "change"), slices.Index(did, "end"); start < 0 || change < start || end < change {
		t.Errorf("did %q", did)
	}
	if p := s.backend.proposals; len(p) != 1 || p[0].Proposal.To.AgreementMonths != 3 {
		t.Errorf("stored %+v", p)
	}
}

// A reminder that is retried becomes obsolete once the customer has answered.
func TestNotificationWorkflow_ObsoleteReminderSucceeds(t *testing.T) {
	t.Parallel()
	for code, fails := range map[collaboration.Code]bool{collaboration.CodeNotPending: false, collaboration.CodeAdministratorMissing: true} {
		s := newScene(t, collaboration.OnPlatform)
		s.backend.fail["begin mail"] = always(code)
		s.env.ExecuteWorkflow(workflows.NotificationWorkflow, collaboration.Notification{Activation: s.order.Activation, Kind: collaboration.NotificationReminder})
		if err := s.env.GetWorkflowError(); (err != nil) != fails {
			t.Errorf("%s: the execution ended with %v", code, err)
		}
	}
}

// The provider rejects a reminder that is retried: the activation receives the bounce.
func TestNotificationWorkflow_ReportsBounce(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["notification reminder"] = always(collaboration.CodeMailRejected)
	n := collaboration.Notification{Activation: s.order.Activation, Kind: collaboration.NotificationReminder, Generation: 2, Administrator: "a-1"}
	report := message.Command{
		ID: n.WorkflowID() + ":a-1", Activation: n.Activation, Kind: collaboration.CommandReport, By: collaboration.ActorSystem,
		Report: &message.Report{Generation: 2, Status: collaboration.DeliveryBounced, Administrator: "a-1"},
	}
	if err := report.Validate(); err != nil {
		t.Error(err)
	}
	s.env.OnSignalExternalWorkflow("default-test-namespace", n.Activation.WorkflowID(), "", message.Signal, report).Return(nil).Once()
	s.env.ExecuteWorkflow(workflows.NotificationWorkflow, n)
	if err := s.env.GetWorkflowError(); err != nil {
		t.Error(err)
	}
	s.env.AssertExpectations(t)
}

// The current details have the operator's commands for each state.
func TestCurrentDetails_NameTheOperatorsCommand(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["check task"] = firstly(2, collaboration.CodeUnavailable)
	id := string(s.order.Activation)
	got := map[string]string{}
	look := func(name string, at time.Duration) { s.after(at, func() { got[name] = s.details() }) }
	look("retrying", 500*time.Millisecond)
	look("waiting", day)
	s.after(day+time.Hour, func() { s.bounce(1) })
	look("bounced", day+2*time.Hour)
	s.approveAfter(2 * day)
	look("running", 3*day)
	s.run()
	for name, want := range map[string][]string{
		"retrying": {"`unavailable`", "countersign ops retry " + id, "countersign ops cancel " + id},
		"waiting":  {"Waiting for the customer to approve", "countersign ops resend " + id, "countersign ops cancel " + id, "2027-03-02"},
		"bounced":  {"bounced", "the office must correct the address"},
		"running":  {"Term 1 runs from 2027-02-02 until 2028-02-01, and then renews", "countersign ops cancel " + id + "` ends the collaboration"},
	} {
		for _, text := range want {
			if !strings.Contains(got[name], text) {
				t.Errorf("%s: no %q in %q", name, text, got[name])
			}
		}
	}
}

func (s *scene) listen() {
	s.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if s.onActivity != nil {
			s.onActivity(info)
		}
	})
	s.env.SetOnLocalActivityStartedListener(func(info *activity.Info, _ context.Context, _ []any) {
		if s.onActivity != nil {
			s.onActivity(info)
		}
	})
}

// details returns the current details, as the Web UI shows them.
func (s *scene) details() string {
	answer, err := s.env.QueryWorkflow("__temporal_workflow_metadata")
	if err != nil {
		s.t.Errorf("details: %v", err)
		return ""
	}
	var metadata sdkpb.WorkflowMetadata
	if err := answer.Get(&metadata); err != nil {
		s.t.Errorf("details: %v", err)
	}
	return metadata.GetCurrentDetails()
}
