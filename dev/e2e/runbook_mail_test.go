package e2e_test

import (
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
	"countersign/dev/engine"
	"countersign/dev/stack"
	"countersign/internal/telemetry"
)

// Three activations cannot mail, one of them paused by somebody, and a letter.
func mailIsAway(r *rehearsal) {
	declining, declines := r.invite()
	link := r.link(declines)
	r.site.mail.refuse.Store(math.MaxInt32)
	waits, _ := r.activateNext()
	paused, _ := r.activateNext()
	other, _ := r.activateNext()
	r.customer(declines).decline(link)
	r.await(declining, collaboration.Declined)

	for _, id := range []collaboration.ActivationID{waits, paused, other} {
		r.see("ActivationsStuck")
		r.awaits(string(id)+" activating SendInvitation failed", "countersign ops stuck --state activating")
	}
	r.see("StepsFail")
	r.awaits("SendInvitation failed", "countersign ops stuck")
	r.see("an alert, or offices that complain")
	r.awaits(": mail_unavailable", "countersign ops stuck")
	r.awaits("3 stuck.", "countersign ops stuck --state activating")
	for _, place := range []string{"Many runs at once", doesNotMove} {
		r.see(place)
		r.wants("--yes", "countersign ops") // how to begin
	}
	r.wants("State activating", "countersign status ID", "ID", string(waits))
	r.pause(paused)

	r.see("MailsNotTaken")
	r.settings = []string{"COUNTERSIGN_SMTP_ADDRESS=" + noSuchServer}
	if code, said := r.try("countersign check worker"); code != 1 || !strings.Contains(said, "mail (smtp) WRONG") {
		r.t.Errorf("a worker without a mail server: exit code %d: %s", code, said)
	}
	r.settings = nil
	r.wants("mail (smtp) ok", "countersign check worker")

	r.site.mail.refuse.Store(0)
	const retryOne = "countersign ops retry ID --yes"
	r.see("an activity *Paused*")
	r.wants("done "+string(paused), retryOne, "ID", string(paused))
	r.await(paused, collaboration.AwaitingApproval)
	r.see("state `activating`, an activity")
	if code, said := r.try(retryOne, "ID", string(waits)); code != 0 { // which may have come to it by itself
		r.t.Errorf("exit code %d: %s", code, said)
	}
	r.await(waits, collaboration.AwaitingApproval)
	const retryAll = "countersign ops retry --state activating"
	r.see("many runs *Pending*")
	r.do(retryAll)
	r.do(retryAll, "activating", "activating --yes")
	r.see("MailsNotTaken")
	r.do(retryAll + " --yes")
	r.await(other, collaboration.AwaitingApproval)
	for _, place := range []string{"MailsNotTaken", "ActivationsStuck", "many runs *Pending*"} {
		r.see(place)
		r.awaits("No run is concerned.", "countersign ops stuck --state activating")
	}
	r.see("a `letter-…` run that goes on")
	r.do(`countersign ops retry --query "WorkflowType = 'LetterWorkflow'" --yes`)
	r.awaitMails("maja@ekstroms.example", 1) // that it was declined
	r.see("StepsFail")
	r.awaits("No run is concerned.", "countersign ops stuck")
}

// Temporal's command line is not run here: TestMailsTakeTurns does what it does, with
// mails that wait.
func mailTakesTurns(r *rehearsal) {
	r.see("More mail than may go out")
	r.written("temporal task-queue describe --task-queue mail")
	c := r.engine()
	defer c.Close()
	for end := time.Now().Add(giveUp); r.site.backlog(c) > 0; time.Sleep(again) {
		if time.Now().After(end) {
			r.t.Fatal("there always is a backlog")
		}
	}
	r.written("temporal task-queue config set --task-queue mail --task-queue-type activity --queue-rps-limit RATE --queue-rps-limit-reason WHY", "RATE", "500", "WHY", "mails")
	r.site.mailRate(c, 500)
}

// pause pauses the only activity that a run waits for.
func (r *rehearsal) pause(id collaboration.ActivationID) {
	r.t.Helper()
	c := r.engine()
	defer c.Close()
	description, err := c.DescribeWorkflowExecution(r.t.Context(), id.WorkflowID(), "")
	if err != nil || len(description.PendingActivities) != 1 {
		r.t.Fatalf("%v, pending %v", err, description.GetPendingActivities())
	}
	if _, err := c.WorkflowService().PauseActivity(r.t.Context(), &workflowservice.PauseActivityRequest{
		Namespace: engine.Namespace, Execution: &common.WorkflowExecution{WorkflowId: id.WorkflowID()},
		Activity: &workflowservice.PauseActivityRequest_Id{Id: description.PendingActivities[0].ActivityId},
	}); err != nil {
		r.t.Fatal(err)
	}
}

func mailAnswersAreLost(r *rehearsal) {
	r.site.mail.lose.Store(2)
	id, email := r.activateNext()
	for n := range 2 { // nobody waits half a minute for each lost answer
		r.awaitMails(email, n+1)
		r.database("UPDATE mail_deliveries SET lease_until = now() WHERE status = 'sending'")
	}
	r.await(id, collaboration.AwaitingApproval)
	resend := []string{"ID", string(id)}
	r.see("state `awaiting_approval`, delivery `unconfirmed`")
	if said := string(r.activation(id).Invitation.Delivery); said != "unconfirmed" {
		r.t.Errorf("the delivery is %s", said)
	}
	before := len(r.site.mail.mails(email))
	r.do("countersign resend ID", resend...)
	r.awaitMails(email, before+1)

	r.site.mail.lose.Store(1)
	answered, quick := r.activateNext() // who answers before it is known that there is a mail
	r.awaitMails(quick, 1)
	r.customer(quick).approve(r.link(quick))
	r.await(answered, collaboration.Active)
	r.see("state `active` or `declined`, delivery `unconfirmed`")
	if said := string(r.activation(answered).Invitation.Delivery); said != "unconfirmed" {
		r.t.Errorf("the delivery is %s", said)
	}
	r.wants("No run is concerned.", "countersign ops stuck ID", "ID", string(answered))

	old := r.link(email)
	began := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	r.see("customer: \"the link has been replaced")
	r.do("countersign resend ID", resend...)
	r.awaitMails(email, before+2)
	r.wantAnswer(email, old, http.StatusGone)
	r.wantAnswer(email, r.link(email), http.StatusOK)

	other, _ := r.invite()
	const again = `countersign ops resend --state awaiting_approval --query "StartTime > 'TIME'"`
	r.see("many customers say")
	r.awaits("would "+string(other), again, "TIME", began)
	r.do(again, "TIME'\"", began+"'\" --yes")
	r.awaits("Invitation no. 2 ", "countersign status ID", "ID", string(other))
}

func (r *rehearsal) awaitMails(to string, n int) {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); len(r.site.mail.mails(to)) < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("%d mails to %s, want %d", len(r.site.mail.mails(to)), to, n)
		}
	}
}

// wantAnswer follows a link as whom it was mailed to.
func (r *rehearsal) wantAnswer(email, link string, want int) {
	r.t.Helper()
	if got := r.customer(email).call(http.MethodGet, invitationPath(link), nil, nil).StatusCode; got != want {
		r.t.Errorf("%s answers %d, want %d", link, got, want)
	}
}

// The mails of a stack's inbox bounce when they are told to.
func aMailBounced(r *rehearsal) {
	path := filepath.Join(r.t.TempDir(), "log")
	log, err := os.Create(path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	onStack := *r
	onStack.office = start(r.t, func(t *testing.T, o *stack.Options) {
		parts[1].use(t, o)
		o.Log = telemetry.Logger(log, slog.LevelInfo)
	})
	onStack.correct(path)

	// On the site: an address that was wrong, and nobody at the customer is let in.
	id, wrong := r.invite()
	const right = "right" + atClient
	r.see("logged in, but nothing to see")
	r.do("countersign correct ID right@address.example", "ID", string(id), "right@address.example", right)
	r.awaitMails(right, 1)
	r.wantAnswer(right, r.link(right), http.StatusOK)
	if got := r.customer(wrong).call(http.MethodGet, invitationPath(r.link(right)), nil, nil).StatusCode; got == http.StatusOK {
		r.t.Error("the wrong address still is let in")
	}
}

func (r *rehearsal) correct(log string) {
	id := r.activate(requests[2].request)
	a := r.await(id, collaboration.AwaitingApproval)
	r.say(a.Invitation.Email, "bounce")
	r.awaitThat(id, "bounced", happened(collaboration.ActionMailBounced, 1))
	r.see("MailsBounce")
	r.awaits(string(id)+"\n", `jq -r 'select(.action == "mail_bounced") | .activation'`, ".activation'", ".activation' "+log)
	r.wants(", bounced, ", "countersign status ID", "ID", string(id))
	r.see("delivery `bounced`")
	r.do("countersign correct ID right@address.example", "ID", string(id))
	r.see("MailsBounce")
	r.awaits("Invitation no. 2 to right@address.example, accepted", "countersign status ID", "ID", string(id))
	if r.activation(id).Reminders.Suspended {
		r.t.Error("reminders do not go on")
	}
}
