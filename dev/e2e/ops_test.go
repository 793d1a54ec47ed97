package e2e_test

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/cli"
	"countersign/collaboration"
	"countersign/dev/engine"
	"countersign/internal/mail"
)

// ops runs an operator's command as on the command line.
func (o *office) ops(line string) (code int, said string) {
	o.t.Helper()
	o.t.Setenv("TEMPORAL_ADDRESS", o.at.Engine)
	o.t.Setenv("COUNTERSIGN_DATABASE_URL", o.facts)
	o.t.Setenv("COUNTERSIGN_ENCRYPTION_KEYS", o.keys)
	var out bytes.Buffer
	code = cli.Run(o.t.Context(), append([]string{"ops"}, strings.Fields(line)...), nil, &out, &out)
	return code, out.String()
}

func (o *office) wantOps(line string, wantCode int, want ...string) {
	o.t.Helper()
	code, said := o.ops(line)
	for _, w := range want {
		if code != wantCode || !strings.Contains(said, w) {
			o.t.Errorf("ops %s: exit code %d, want %d and %q:\n%s", line, code, wantCode, w, said)
		}
	}
}

// awaitOps repeats a command until it says something: what can be searched lags
// behind, and attempts take their time.
func (o *office) awaitOps(line, want string) {
	o.t.Helper()
	var said string
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if _, said = o.ops(line); strings.Contains(said, want) {
			return
		}
	}
	o.t.Fatalf("ops %s does not say %q:\n%s", line, want, said)
}

// moodyMail is a provider that is away until it is mended.
type moodyMail struct {
	mended atomic.Bool
	sent   atomic.Int32
}

func (m *moodyMail) Send(context.Context, mail.Message) (string, error) {
	if !m.mended.Load() {
		return "", collaboration.Errorf(collaboration.CodeMailUnavailable, "mail: away")
	}
	m.sent.Add(1)
	return "provider-id", nil
}

// workWith works in this process until it is stopped.
func (d *desk) workWith(sender mail.Sender) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(d.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx, d.client, sender, nil) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Errorf("the worker ended with %v", err)
		}
	}
}

// pending is the only activity that a run waits for.
func (d *desk) pending(id collaboration.ActivationID) string {
	d.t.Helper()
	description, err := d.client.DescribeWorkflowExecution(d.t.Context(), id.WorkflowID(), "")
	if err != nil || len(description.PendingActivities) != 1 {
		d.t.Fatalf("%v, pending %v", err, description.GetPendingActivities())
	}
	return description.PendingActivities[0].ActivityId
}

// Three activations cannot mail. An operator finds them, gives one up, and once
// mail is mended has the others tried at once, also the one that was paused.
func TestOperatorsFindRetryAndCancelStuckRuns(t *testing.T) {
	d := openDesk(t)
	provider := &moodyMail{}
	defer d.workWith(provider)()
	waits, paused, unwanted := d.mustStart(d.order()), d.mustStart(d.order()), d.mustStart(d.order())
	all := []collaboration.ActivationID{waits, paused, unwanted}
	for _, id := range all {
		d.awaitOps("stuck --attempts 3 --office office-1 --rate 100", "stuck   "+string(id)+"  activating  SendInvitation failed ")
	}
	d.wantOps("stuck", 1, "3 stuck.", ": mail_unavailable")
	d.wantOps("stuck --office office-2", 0, "No run is concerned.")
	if got := d.details(waits); !strings.Contains(got, "failed with `mail_unavailable`") || !strings.Contains(got, "`countersign ops retry "+string(waits)+"`") {
		t.Errorf("the run itself says %q", got)
	}

	d.wantOps("cancel "+string(unwanted), 0, "would   "+string(unwanted), "Nothing was done")
	d.wantOps("cancel "+string(unwanted)+" --yes", 0, "done    "+string(unwanted))
	a := d.await(unwanted, collaboration.Withdrawn)
	if got := actions(a); !strings.HasSuffix(got, "administrator_removed solution_deactivated closed") {
		t.Errorf("cancelled: %s", got)
	}

	_, err := d.client.WorkflowService().PauseActivity(t.Context(), &workflowservice.PauseActivityRequest{
		Namespace: engine.Namespace, Execution: &common.WorkflowExecution{WorkflowId: paused.WorkflowID()},
		Activity: &workflowservice.PauseActivityRequest_Id{Id: d.pending(paused)},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.awaitOps("stuck "+string(paused), "SendInvitation is paused")
	d.wantOps("retry --office office-1", 0, "would   "+string(paused)+"  activating  now: [SendInvitation]", "2 would.")
	d.wantOps("retry "+string(waits)+" --yes", 0, "1 done.") // too early: it fails again, from its first attempt on
	provider.mended.Store(true)
	d.awaitOps("retry --office office-1 --yes", "done    "+string(paused))
	for _, id := range []collaboration.ActivationID{waits, paused} {
		d.await(id, collaboration.AwaitingApproval)
	}
	d.awaitOps("stuck", "No run is concerned.")
	if attempt := d.attemptOf(paused); attempt != 1 {
		t.Errorf("it was attempt %d that mailed, want 1: a retry has all its time", attempt)
	}

	d.wantDescribed(paused.WorkflowID(), "Waiting for the customer to approve", "any of its administrators")

	sent := provider.sent.Load()
	for range 2 { // the second finds that it was asked before
		d.wantOps("resend "+string(waits)+" --yes --name mended", 0, "done    "+string(waits))
	}
	for end := time.Now().Add(20 * time.Second); d.activation(waits).Invitation.Generation < 2 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	d.await(waits, collaboration.AwaitingApproval)
	if g, n := d.activation(waits).Invitation.Generation, provider.sent.Load()-sent; g != 2 || n != 1 {
		t.Errorf("generation %d, %d mails", g, n)
	}
}

// attemptOf is the attempt in which the run's last activity succeeded.
func (d *desk) attemptOf(id collaboration.ActivationID) (attempt int32) {
	d.t.Helper()
	for _, e := range d.history(id, "").Events {
		if started := e.GetActivityTaskStartedEventAttributes(); started != nil {
			attempt = started.Attempt
		}
	}
	return attempt
}

// A worker with broken code comes to a run that waits. The operator sees it,
// and after the fix resets the run; the answer that came meanwhile counts.
func TestOperatorsResetARunThatItsCodeFailed(t *testing.T) {
	d := openDesk(t)
	stop := d.workWith(&slowMail{begun: make(chan struct{}, 9)})
	id, other := d.mustStart(d.order()), d.mustStart(d.order())
	for _, i := range []collaboration.ActivationID{id, other} {
		d.awaitStanding(i, collaboration.AwaitingApproval)
	}
	stop()
	broken := sdk.New(d.client, collaboration.TaskQueue, sdk.Options{})
	broken.RegisterWorkflowWithOptions(func(workflow.Context, collaboration.Run) error { panic("broken") }, workflow.RegisterOptions{Name: collaboration.WorkflowType})
	if err := broken.Start(); err != nil {
		t.Fatal(err)
	}
	d.signal(d.approval(id))
	d.awaitOps("stuck --state awaiting_approval", "its workflow task fails: ")
	broken.Stop()
	d.wantOps("reset --office office-1", 0, "would   "+string(id), "skipped "+string(other))
	d.wantOps("reset --office office-1 --yes", 0, "done    "+string(id), "1 done. 1 skipped.")
	defer d.workWith(&slowMail{begun: make(chan struct{}, 9)})()
	d.wantStarted(id)
	reset := 0
	for _, e := range d.history(id, "").Events {
		if f := e.GetWorkflowTaskFailedEventAttributes(); f != nil && f.Cause == enums.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW {
			reset++
		}
	}
	if reset != 1 {
		t.Errorf("it was reset %d times", reset)
	}
}
