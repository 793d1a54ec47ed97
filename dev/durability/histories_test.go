package durability_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/clock"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/stack"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
	"countersign/internal/temporalx"
	"countersign/workflows"
)

var update = flag.Bool("update", false, "write the recorded histories of this release again")

// release names the folder with this release's recorded histories. A change of the
// workflows' code needs a new folder; the old folders remain.
const release = "v1"

// Every path of an activation runs on a Temporal server, and its history must replay.
// With -update the test also writes the histories, for later releases to replay.
func TestHistories_EveryPathReplays(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	dir := t.TempDir()
	o := harness.StartStack(t, func(_ *testing.T, options *stack.Options) { options.Dir = dir })
	o.ImportCustomers(20)
	paths := []struct {
		name string
		walk func(*harness.Office, collaboration.ActivationID)
	}{
		{"declined", func(o *harness.Office, id collaboration.ActivationID) {
			o.DecideDirectly(id, collaboration.Decline)
			o.AwaitState(id, collaboration.Declined)
		}},
		{"expired", func(o *harness.Office, id collaboration.ActivationID) {
			o.FastForward(id, o.Activation(id).Invitation.ExpiresAt.Add(time.Minute))
			o.AwaitState(id, collaboration.Expired)
		}},
		{"withdrawn", func(o *harness.Office, id collaboration.ActivationID) {
			o.MustPost(id, "withdraw", nil)
			o.AwaitState(id, collaboration.Withdrawn)
		}},
		{"cancelled", func(o *harness.Office, id collaboration.ActivationID) {
			o.Cancel(id)
			o.AwaitState(id, collaboration.Withdrawn)
		}},
		{"resent", func(o *harness.Office, id collaboration.ActivationID) {
			o.MustPost(id, "resend", nil)
			o.MustPost(id, "withdraw", nil)
			o.AwaitState(id, collaboration.Withdrawn)
		}},
		{"ended_now", func(o *harness.Office, id collaboration.ActivationID) {
			o.DecideDirectly(id, collaboration.Approve)
			o.AwaitState(id, collaboration.Active)
			o.MustPost(id, "end", map[string]any{"when": "now"})
			o.AwaitState(id, collaboration.Ended)
		}},
		{"cancelled_while_active", func(o *harness.Office, id collaboration.ActivationID) {
			o.DecideDirectly(id, collaboration.Approve)
			o.AwaitState(id, collaboration.Active)
			o.Cancel(id)
			o.AwaitState(id, collaboration.Ended)
		}},
		{"renewed_then_notice", func(o *harness.Office, id collaboration.ActivationID) {
			o.DecideDirectly(id, collaboration.Approve)
			a := o.AwaitState(id, collaboration.Active)
			o.FastForward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
			a = harness.AwaitTerm(o, id, 2)
			o.MustPost(id, "end", map[string]any{"when": "end_of_term"})
			o.FastForward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
			o.AwaitState(id, collaboration.Ended)
		}},
		{"reminded_corrected_and_changed", func(o *harness.Office, id collaboration.ActivationID) {
			a := o.Activation(id)
			o.FastForward(id, a.RequestedAt.AddDate(0, 0, 4))
			o.AwaitActivation(id, "reminded", harness.Happened(collaboration.ActionReminderSent, 1))
			o.ReportDelivery(a.Invitation.Email, "bounce")
			o.AwaitActivation(id, "suspended", func(a rest.ActivationView) bool { return a.Reminders.Suspended })
			o.MustPost(id, "correct", rest.CorrectRequest{Email: "right@history.example"})
			o.MustChange(http.MethodPatch, id, "", map[string]any{"reminders_paused": true})
			o.MustChange(http.MethodPatch, id, "", map[string]any{"reminders_paused": false, "invoice_recipient": "customer"})
			o.MustPost(id, "forward", rest.AdministratorRequest{AdministratorID: o.Activation(id).Invitation.AdministratorID})
			o.AwaitActivation(id, "sent again", func(a rest.ActivationView) bool { return a.Invitation.Generation == 4 })
			o.DecideDirectly(id, collaboration.Decline)
			o.AwaitState(id, collaboration.Declined)
		}},
		{"handed_on", func(o *harness.Office, id collaboration.ActivationID) {
			recipient := o.Activation(id).Invitation.Email
			colleague := rest.HandOnRequest{Contact: collaboration.Contact{Name: "Per Öberg", Email: "per-" + recipient, Phone: "070-123 45 67"}}
			path := harness.InvitationPath(o.Invitations(recipient)[0].Links[0]) + "/hand-on"
			if r := o.Customer(recipient).Call(http.MethodPost, path, colleague, nil); r.StatusCode >= 300 {
				o.T.Fatalf("hand on: %s", r.Status)
			}
			o.AwaitActivation(id, "sent to the colleague", func(a rest.ActivationView) bool { return a.Invitation.Email == colleague.Email })
			o.DecideDirectly(id, collaboration.Decline)
			o.AwaitState(id, collaboration.Declined)
		}},
		{"notice_revoked_then_ended_on_a_day", func(o *harness.Office, id collaboration.ActivationID) {
			o.DecideDirectly(id, collaboration.Approve)
			a := o.AwaitState(id, collaboration.Active)
			o.MustPost(id, "end", map[string]any{"when": "end_of_term"})
			o.MustPost(id, "revoke-notice", nil)
			o.MustChange(http.MethodPatch, id, "", map[string]any{"agreement_months": 3})
			o.FastForward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
			a = harness.AwaitTerm(o, id, 2)
			day := collaboration.DateOf(a.Agreement.EndsOn.Start().AddDate(0, 0, -10))
			o.MustPost(id, "end", map[string]any{"when": "on_date", "on": day})
			o.FastForward(id, day.Start().Add(time.Hour))
			o.AwaitState(id, collaboration.Ended)
		}},
		{"starts_later", func(o *harness.Office, id collaboration.ActivationID) {
			o.MustChange(http.MethodPatch, id, "", map[string]any{"period": map[string]any{"start": "next_month"}})
			o.AwaitActivation(id, "sent again", func(a rest.ActivationView) bool { return a.Invitation.Generation == 2 })
			o.DecideDirectly(id, collaboration.Approve)
			a := o.AwaitState(id, collaboration.Active)
			o.FastForward(id, a.Agreement.StartsOn.Start().Add(time.Hour))
			o.AwaitActivation(id, "started", harness.Happened(collaboration.ActionAgreementStarted, 1))
			o.MustPost(id, "end", map[string]any{"when": "now"})
			o.AwaitState(id, collaboration.Ended)
		}},
	}
	t.Run("paths", func(t *testing.T) {
		for n, p := range paths {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				o := o.As(t, o.Token)
				id := o.Activate(o.RequestFor(n, p.name+"@history.example"))
				o.AwaitState(id, collaboration.AwaitingApproval)
				p.walk(o, id)
				record(o, id, p.name)
			})
		}
	})
	t.Run("failed", func(t *testing.T) {
		o := o.As(t, o.Token)
		id := o.StartOnClosedTask(o.RequestFor(len(paths), "failed@history.example"))
		o.AwaitState(id, collaboration.Failed)
		record(o, id, "failed")
	})
	t.Run("mail_down", func(t *testing.T) {
		o := o.As(t, o.Token)
		inbox := filepath.Join(dir, "inbox")
		if err := os.Rename(inbox, inbox+".away"); err != nil {
			t.Fatal(err)
		}
		id := o.Activate(o.RequestFor(len(paths)+1, "down@history.example"))
		eventually.True(t, "the local activity and an attempt of the normal one have failed", func() bool {
			d, err := o.Temporal().DescribeWorkflowExecution(t.Context(), id.WorkflowID(), "")
			harness.NoError(t, err)
			return len(d.PendingActivities) == 1 && d.PendingActivities[0].Attempt > 1
		})
		if err := os.Rename(inbox+".away", inbox); err != nil {
			t.Fatal(err)
		}
		o.AwaitState(id, collaboration.AwaitingApproval)
		o.MustPost(id, "withdraw", nil)
		o.AwaitState(id, collaboration.Withdrawn)
		record(o, id, "mail_down")
	})
	t.Run("notification_down", func(t *testing.T) {
		o := o.As(t, o.Token)
		inbox := filepath.Join(dir, "inbox")
		id := o.Activate(o.RequestFor(len(paths)+2, "notification@history.example"))
		o.AwaitState(id, collaboration.AwaitingApproval)
		if err := os.Rename(inbox, inbox+".away"); err != nil {
			t.Fatal(err)
		}
		o.DecideDirectly(id, collaboration.Decline)
		o.AwaitState(id, collaboration.Declined)
		record(o, id, "notification_down") // closed: the execution does not wait for the notification
		if err := os.Rename(inbox+".away", inbox); err != nil {
			t.Fatal(err)
		}
		o.AwaitActivation(id, "notified", harness.HasHappened(collaboration.ActionNotificationSent))
		recordOther(o, "notification-"+string(id)+"-declined-0-0", "notification")
	})
	t.Run("approved_with_expiry_timer", func(t *testing.T) {
		cases := slices.DeleteFunc(signalCases(), func(c signalCase) bool { return c.name != "approval before expiry" })
		runSignalCases(t, harness.OpenDirectClient(t), cases, nil, func(s *signalled) {
			s.mustUpdate(s.to.endNow())
			record(s.Office, s.id, "approved_with_expiry_timer")
		})
	})
	t.Run("refused_address_corrected", func(t *testing.T) {
		d := harness.OpenDirectClient(t)
		order := d.Order()
		defer d.RunWorkerWith(&external.RefusingMailer{Refused: order.Contact.Email})()
		id := d.MustStart(order)
		d.AwaitActivation(id, "refused", func(a rest.ActivationView) bool { return a.Invitation.Delivery == collaboration.DeliveryBounced })
		d.MustPost(id, "correct", rest.CorrectRequest{Email: "right@history.example"})
		d.AwaitActivation(id, "sent again", func(a rest.ActivationView) bool { return a.Invitation.Delivery == collaboration.DeliveryAccepted })
		d.DecideDirectly(id, collaboration.Decline)
		d.AwaitState(id, collaboration.Declined)
		record(d.Office, id, "refused_address_corrected")
	})
	t.Run("retention", func(t *testing.T) {
		o := o.As(t, o.Token)
		run := runOf(o, temporalx.RetentionWorkflowID)
		hours := clock.Workflow{Client: o.Temporal(), Namespace: o.At.Namespace, ID: temporalx.RetentionWorkflowID}
		harness.NoError(t, hours.FastForward(eventually.Context(t), time.Hour+time.Minute))
		eventually.True(t, "the next deletion runs in an execution of its own", func() bool { return runOf(o, temporalx.RetentionWorkflowID) != run })
		replay(o, o.HistoryOf(temporalx.RetentionWorkflowID, run), "retention")
	})
	t.Run("batch", func(t *testing.T) {
		o := o.As(t, o.Token)
		request := rest.BatchRequest{SolutionID: "financial-overview"}
		for n := range 25 { // two chunks
			request.Rows = append(request.Rows, collaboration.Request{CustomerID: fmt.Sprintf("c-%d", n)})
		}
		var b rest.BatchView
		o.Call(http.MethodPost, "/v1/batches", request, &b)
		recordOther(o, "batch-"+b.ID, "batch")
	})
	t.Run("webhook", func(t *testing.T) {
		o := o.As(t, o.Token)
		server := httptest.NewServer(&external.WebhookListener{FailuresLeft: 1})
		defer server.Close()
		var added rest.NewWebhookView
		o.Call(http.MethodPost, "/v1/webhooks", rest.WebhookRequest{URL: server.URL}, &added)
		id := o.Activate(o.RequestFor(len(paths)+3, "webhook@history.example"))
		o.AwaitState(id, collaboration.AwaitingApproval)
		recordOther(o, fmt.Sprintf("webhook-%s-%s-1", added.ID, id), "webhook")
	})
}

// record replays every execution of an activation, and writes the histories with
// -update.
func record(o *harness.Office, id collaboration.ActivationID, name string) {
	o.T.Helper()
	for n, run := range o.Runs(id) {
		h := o.AwaitClosed(id, run)
		file := name
		if n > 0 {
			file += "_execution" + string(rune('1'+n))
		}
		replay(o, h, file)
	}
}

// runOf returns the run ID of a workflow's last execution.
func runOf(o *harness.Office, workflowID string) string {
	o.T.Helper()
	d, err := o.Temporal().DescribeWorkflowExecution(o.T.Context(), workflowID, "")
	harness.NoError(o.T, err)
	return d.WorkflowExecutionInfo.Execution.RunId
}

// recordOther is record for an execution of another workflow.
func recordOther(o *harness.Office, workflowID, name string) {
	o.T.Helper()
	c := o.Temporal()
	ctx := eventually.Context(o.T)
	if err := c.GetWorkflow(ctx, workflowID, "").Get(ctx, nil); err != nil {
		o.T.Fatalf("%s: %v", workflowID, err)
	}
	replay(o, o.HistoryOf(workflowID, ""), name)
}

// replay replays a history, and writes it with -update.
func replay(o *harness.Office, h *history.History, file string) {
	o.T.Helper()
	wantReplay(o, h, file)
	if *update {
		writeHistory(o, h, file)
	}
}

// wantReplay replays a history as a worker does that requires payloads of its workflow.
func wantReplay(o *harness.Office, h *history.History, name string) {
	o.T.Helper()
	replayer, err := worker.NewWorkflowReplayerWithOptions(harness.ReplayerOptions(o.T))
	if err != nil {
		o.T.Fatal(err)
	}
	replayer.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: temporalx.ActivationWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.NotificationWorkflow, workflow.RegisterOptions{Name: temporalx.NotificationWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.DirectoryMailWorkflow, workflow.RegisterOptions{Name: temporalx.DirectoryMailWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.BatchWorkflow, workflow.RegisterOptions{Name: temporalx.BatchWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.WebhookWorkflow, workflow.RegisterOptions{Name: temporalx.WebhookWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.RetentionWorkflow, workflow.RegisterOptions{Name: temporalx.RetentionWorkflowType})
	workflowID := h.Events[0].GetWorkflowExecutionStartedEventAttributes().WorkflowId
	if err := replayer.ReplayWorkflowHistoryWithOptions(nil, h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: workflowID}}); err != nil {
		o.T.Errorf("%s does not replay: %v", name, err)
	}
}

func writeHistory(o *harness.Office, h *history.History, file string) {
	o.T.Helper()
	encoded, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
	if err != nil {
		o.T.Fatal(err)
	}
	encoded = identity.ReplaceAll(encoded, []byte(`"identity": "recorder"`))
	folder := filepath.Join("..", "..", "workflows", "testdata", "histories", release)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		o.T.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, file+".json"), append(encoded, '\n'), 0o644); err != nil {
		o.T.Fatal(err)
	}
}

// identity matches the process and host of a client, which differ in every recording.
var identity = regexp.MustCompile(`"identity": "[^"]*"`)
