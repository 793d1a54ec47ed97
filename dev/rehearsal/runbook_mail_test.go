package rehearsal_test

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/stack"
	"countersign/dev/temporalserver"
	"countersign/internal/eventually"
	"countersign/internal/telemetry"
)

// The mails of three activations cannot be sent, and a notification. The activity of
// one of the three is paused.
func mailServiceIsAway(r *runbookScenario) {
	declining, declines := r.invite()
	link := r.link(declines)
	r.site.Mail.Refuse.Store(math.MaxInt32)
	stuck, _ := r.activateNext()
	paused, _ := r.activateNext()
	other, _ := r.activateNext()
	r.Customer(declines).Decline(link)
	r.AwaitState(declining, collaboration.Declined)

	for _, id := range []collaboration.ActivationID{stuck, paused, other} {
		r.see("ActivationsStuck")
		r.awaits(string(id)+" activating SendInvitation failed", "countersign ops stuck --state activating")
	}
	r.see("StepsFail")
	r.awaits("SendInvitation failed", "countersign ops stuck")
	r.see("an alert, or complaints from offices")
	r.awaits(": mail_unavailable", "countersign ops stuck")
	r.awaits("3 stuck.", "countersign ops stuck --state activating")
	for _, place := range []string{"Many executions at once", activationDoesNotMove} {
		r.see(place)
		r.wants("--yes", "countersign ops") // its help
	}
	r.wants("State activating", "countersign status ID", "ID", string(stuck))
	r.pause(paused)

	r.see("MailProviderFails")
	r.settings = []string{"COUNTERSIGN_SMTP_ADDRESS=" + unreachableServer}
	if code, output := r.try("countersign check worker"); code != 1 || !strings.Contains(output, "mail (smtp) FAILED") {
		r.t.Errorf("a worker without a mail server: exit code %d: %s", code, output)
	}
	r.settings = nil
	r.wants("mail (smtp) ok", "countersign check worker")

	r.site.Mail.Refuse.Store(0)
	const retryOne = "countersign ops retry ID --yes"
	r.see("an activity *Paused*")
	r.wants("done "+string(paused), retryOne, "ID", string(paused))
	r.AwaitState(paused, collaboration.AwaitingApproval)
	r.see("state `activating`, an activity")
	if code, output := r.try(retryOne, "ID", string(stuck)); code != 0 { // Temporal may have retried it already
		r.t.Errorf("exit code %d: %s", code, output)
	}
	r.AwaitState(stuck, collaboration.AwaitingApproval)
	const retryAll = "countersign ops retry --state activating"
	r.see("many executions with a *pending*")
	r.do(retryAll)
	r.do(retryAll, "activating", "activating --yes")
	r.see("MailProviderFails")
	r.do(retryAll + " --yes")
	r.AwaitState(other, collaboration.AwaitingApproval)
	for _, place := range []string{"MailProviderFails", "ActivationsStuck", "many executions with a *pending*"} {
		r.see(place)
		r.awaits("No matching workflow executions.", "countersign ops stuck --state activating")
	}
	r.see("a `notification-…` execution stays open")
	const retryMails = `countersign ops retry --query "WorkflowType = 'NotificationWorkflow'" --yes`
	if code, output := r.try(retryMails); code != 0 && !strings.Contains(output, "already completed") { // Temporal may have retried it already
		r.t.Errorf("exit code %d: %s", code, output)
	}
	r.awaitMails(harness.ManagerEmail, 1) // the notification of the decline
	r.see("StepsFail")
	r.awaits("No matching workflow executions.", "countersign ops stuck")
}

// The test has no Temporal command line. TestMailRate makes the same calls while
// mails wait.
func mailIsOverTheRate(r *runbookScenario) {
	r.see("Mail over the rate limit")
	r.written("temporal task-queue describe --task-queue mail")
	// TestRelease_BacklogOfCurrentBuild makes this call.
	r.written("temporal worker deployment describe-version --deployment-name countersign --build-id BUILD --report-task-queue-stats", "BUILD", "1.0.0")
	c := r.Temporal()
	eventually.OK(r.t, "the mail queue is empty", func() error {
		if n := mailBacklog(r.site, c); n > 0 {
			return fmt.Errorf("it has %d tasks", n)
		}
		return nil
	})
	r.written("temporal task-queue config set --task-queue mail --task-queue-type activity --queue-rps-limit RATE --queue-rps-limit-reason WHY", "RATE", "500", "WHY", "mails")
	setMailRate(r.site, c, 500)
}

// pause pauses the only pending activity of a workflow execution.
func (r *runbookScenario) pause(id collaboration.ActivationID) {
	r.t.Helper()
	c := r.Temporal()
	description, err := c.DescribeWorkflowExecution(r.t.Context(), id.WorkflowID(), "")
	if err != nil || len(description.PendingActivities) != 1 {
		r.t.Fatalf("%v, pending %v", err, description.GetPendingActivities())
	}
	if _, err := c.WorkflowService().PauseActivity(r.t.Context(), &workflowservice.PauseActivityRequest{
		Namespace: temporalserver.Namespace, Execution: &common.WorkflowExecution{WorkflowId: id.WorkflowID()},
		Activity: &workflowservice.PauseActivityRequest_Id{Id: description.PendingActivities[0].ActivityId},
	}); err != nil {
		r.t.Fatal(err)
	}
}

// The answers of the mail server to some mails are lost.
func mailAnswersAreLost(r *runbookScenario) {
	r.site.Mail.LoseAnswers.Store(2)
	id, email := r.activateNext()
	for n := range 2 { // the lease of a lost answer ends at once, instead of after half a minute
		r.awaitMails(email, n+1)
		r.database("UPDATE mail_deliveries SET lease_until = now() WHERE status = 'sending'")
	}
	r.AwaitState(id, collaboration.AwaitingApproval)
	resend := []string{"ID", string(id)}
	r.see("state `awaiting_approval`, delivery `unconfirmed`")
	r.wantUnconfirmed(id)
	before := len(r.site.Mail.To(email))
	r.do("countersign resend ID", resend...)
	r.awaitMails(email, before+1)

	r.site.Mail.LoseAnswers.Store(1)
	answered, early := r.activateNext() // this customer answers before the delivery is recorded
	r.awaitMails(early, 1)
	r.Customer(early).Approve(r.link(early))
	r.AwaitState(answered, collaboration.Active)
	r.see("state `active` or `declined`, delivery `unconfirmed`")
	r.wantUnconfirmed(answered)
	r.wants("No matching workflow executions.", "countersign ops stuck ID", "ID", string(answered))

	superseded := r.link(email)
	began := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	r.see("customer: \"the link has been replaced")
	r.do("countersign resend ID", resend...)
	r.awaitMails(email, before+2)
	r.wantAnswer(email, superseded, http.StatusGone)
	r.wantAnswer(email, r.link(email), http.StatusOK)

	other, _ := r.invite()
	const again = `countersign ops resend --state awaiting_approval --query "StartTime > 'TIME'"`
	r.see("many customers report")
	r.awaits("planned "+string(other), again, "TIME", began)
	r.do(again, "TIME'\"", began+"'\" --yes")
	r.awaits("Invitation no. 2 ", "countersign status ID", "ID", string(other))
}

func (r *runbookScenario) wantUnconfirmed(id collaboration.ActivationID) {
	r.t.Helper()
	if delivery := r.Activation(id).Invitation.Delivery; delivery != collaboration.DeliveryUnconfirmed {
		r.t.Errorf("the delivery is %s, want %s", delivery, collaboration.DeliveryUnconfirmed)
	}
}

// awaitMails waits until the mail server has n mails to an address.
func (r *runbookScenario) awaitMails(to string, n int) {
	r.t.Helper()
	eventually.OK(r.t, fmt.Sprintf("%d mails to %s are sent", n, to), func() error {
		if sent := len(r.site.Mail.To(to)); sent < n {
			return fmt.Errorf("%d are sent", sent)
		}
		return nil
	})
}

// wantAnswer follows a link as the customer with this address.
func (r *runbookScenario) wantAnswer(email, link string, want int) {
	r.t.Helper()
	if got := r.Customer(email).Call(http.MethodGet, harness.InvitationPath(link), nil, nil).StatusCode; got != want {
		r.t.Errorf("%s answers %d, want %d", link, got, want)
	}
}

// A mail bounces, in a stack: its inbox can report that. On the site, an invitation
// went to a wrong address.
func mailBounces(r *runbookScenario) {
	path := filepath.Join(r.t.TempDir(), "log")
	log, err := os.Create(path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	onStack := *r
	onStack.Office = harness.StartStack(r.t, func(t *testing.T, o *stack.Options) {
		harness.Backends[1].Use(t, o)
		o.Log = telemetry.Logger(log, slog.LevelInfo)
	})
	onStack.correctBounced(path)

	id, wrong := r.invite()
	const right = "right" + harness.ClientDomain
	r.see("logged in, but no office")
	r.do("countersign correct ID right@address.example", "ID", string(id), "right@address.example", right)
	r.awaitMails(right, 2) // that the address was changed, and the invitation
	r.wantAnswer(right, r.link(right), http.StatusOK)
	if got := r.Customer(wrong).Call(http.MethodGet, harness.InvitationPath(r.link(right)), nil, nil).StatusCode; got == http.StatusOK {
		r.t.Error("the wrong address can still open the invitation")
	}
}

func (r *runbookScenario) correctBounced(log string) {
	id := r.Activate(harness.Scenarios[2].Request)
	a := r.AwaitState(id, collaboration.AwaitingApproval)
	r.ReportDelivery(a.Invitation.Email, "bounce")
	r.AwaitActivation(id, "bounced", harness.Happened(collaboration.ActionMailBounced, 1))
	r.see("MailsBounce")
	r.awaits(string(id)+"\n", `jq -r 'select(.action == "mail_bounced") | .activation'`, ".activation'", ".activation' "+log)
	r.wants(", bounced, ", "countersign status ID", "ID", string(id))
	r.see("delivery `bounced`")
	r.do("countersign correct ID right@address.example", "ID", string(id))
	r.see("MailsBounce")
	r.awaits("Invitation no. 2 to right@address.example, accepted", "countersign status ID", "ID", string(id))
	if r.Activation(id).Reminders.Suspended {
		r.t.Error("reminders are still suspended")
	}
}
