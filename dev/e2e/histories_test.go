package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/stack"
	"countersign/starter"
	"countersign/workflows"
)

var update = flag.Bool("update", false, "record the histories of this release anew")

// release names the folder that this release's histories are recorded in.
// Change it when the workflow's code changes; the old folders stay.
const release = "v5"

// Each path of an activation is walked on the real engine, and its history
// must replay. With -update it is also kept, for later releases to replay.
func TestHistoriesOfEveryPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := start(t, func(_ *testing.T, options *stack.Options) { options.Dir = dir })
	o.importCustomers(20)
	paths := []struct {
		name string
		walk func(*office, collaboration.ActivationID)
	}{
		{"declined", func(o *office, id collaboration.ActivationID) {
			o.decide(id, collaboration.Decline)
			o.await(id, collaboration.Declined)
		}},
		{"expired", func(o *office, id collaboration.ActivationID) {
			o.forward(id, o.activation(id).Invitation.ExpiresAt.Add(time.Minute))
			o.await(id, collaboration.Expired)
		}},
		{"withdrawn", func(o *office, id collaboration.ActivationID) {
			o.post(id, "withdraw", nil)
			o.await(id, collaboration.Withdrawn)
		}},
		{"cancelled", func(o *office, id collaboration.ActivationID) {
			o.cancel(id)
			o.await(id, collaboration.Withdrawn)
		}},
		{"resent", func(o *office, id collaboration.ActivationID) {
			o.post(id, "resend", nil)
			o.post(id, "withdraw", nil)
			o.await(id, collaboration.Withdrawn)
		}},
		{"ended_now", func(o *office, id collaboration.ActivationID) {
			o.decide(id, collaboration.Approve)
			o.await(id, collaboration.Active)
			o.post(id, "end", map[string]any{"when": "now"})
			o.await(id, collaboration.Ended)
		}},
		{"cancelled_while_active", func(o *office, id collaboration.ActivationID) {
			o.decide(id, collaboration.Approve)
			o.await(id, collaboration.Active)
			o.cancel(id)
			o.await(id, collaboration.Ended)
		}},
		{"renewed_then_notice", func(o *office, id collaboration.ActivationID) {
			o.decide(id, collaboration.Approve)
			a := o.await(id, collaboration.Active)
			o.forward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
			a = awaitTerm(o, id, 2)
			o.post(id, "end", map[string]any{"when": "end_of_term"})
			o.forward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
			o.await(id, collaboration.Ended)
		}},
		{"reminded_corrected_and_changed", func(o *office, id collaboration.ActivationID) {
			a := o.activation(id)
			o.forward(id, a.RequestedAt.AddDate(0, 0, 4))
			o.awaitThat(id, "reminded", happened(collaboration.ActionReminderSent, 1))
			o.say(a.Invitation.Email, "bounce")
			o.awaitThat(id, "suspended", func(a api.ActivationView) bool { return a.Reminders.Suspended })
			o.post(id, "correct", api.CorrectRequest{Email: "right@history.example"})
			o.ask(http.MethodPatch, id, "", map[string]any{"reminders_paused": true})
			o.ask(http.MethodPatch, id, "", map[string]any{"reminders_paused": false, "invoice_recipient": "customer"})
			o.post(id, "forward", api.AdministratorRequest{AdministratorID: o.activation(id).Invitation.AdministratorID})
			o.awaitThat(id, "asked anew", func(a api.ActivationView) bool { return a.Invitation.Generation == 4 })
			o.decide(id, collaboration.Decline)
			o.await(id, collaboration.Declined)
		}},
		{"notice_taken_back_then_ended_on_a_day", func(o *office, id collaboration.ActivationID) {
			o.decide(id, collaboration.Approve)
			a := o.await(id, collaboration.Active)
			o.post(id, "end", map[string]any{"when": "end_of_term"})
			o.post(id, "take-back", nil)
			o.ask(http.MethodPatch, id, "", map[string]any{"agreement_months": 3})
			o.forward(id, a.Agreement.EndsOn.Start().Add(time.Hour))
			a = awaitTerm(o, id, 2)
			day := collaboration.DateOf(a.Agreement.EndsOn.Start().AddDate(0, 0, -10))
			o.post(id, "end", map[string]any{"when": "on_date", "on": day})
			o.forward(id, day.Start().Add(time.Hour))
			o.await(id, collaboration.Ended)
		}},
	}
	for n, p := range paths {
		t.Run(p.name, func(t *testing.T) {
			o := o.with(t, o.token)
			id := o.activate(o.requestFor(n, p.name+"@history.example"))
			o.await(id, collaboration.AwaitingApproval)
			o.checkCost(id)
			p.walk(o, id)
			o.record(id, p.name)
		})
	}
	t.Run("failed", func(t *testing.T) {
		o := o.with(t, o.token)
		id := o.startOnAClosedTask(o.requestFor(len(paths), "failed@history.example"))
		o.await(id, collaboration.Failed)
		o.record(id, "failed")
	})
	t.Run("mail_down", func(t *testing.T) {
		o := o.with(t, o.token)
		inbox := filepath.Join(dir, "inbox")
		if err := os.Rename(inbox, inbox+".away"); err != nil {
			t.Fatal(err)
		}
		id := o.activate(o.requestFor(len(paths)+1, "down@history.example"))
		time.Sleep(4 * time.Second) // the quick try and a normal one fail
		if err := os.Rename(inbox+".away", inbox); err != nil {
			t.Fatal(err)
		}
		o.await(id, collaboration.AwaitingApproval)
		o.post(id, "withdraw", nil)
		o.await(id, collaboration.Withdrawn)
		o.record(id, "mail_down")
	})
	t.Run("letter_down", func(t *testing.T) {
		o := o.with(t, o.token)
		inbox := filepath.Join(dir, "inbox")
		id := o.activate(o.requestFor(len(paths)+2, "letter@history.example"))
		o.await(id, collaboration.AwaitingApproval)
		if err := os.Rename(inbox, inbox+".away"); err != nil {
			t.Fatal(err)
		}
		o.decide(id, collaboration.Decline)
		o.await(id, collaboration.Declined)
		o.record(id, "letter_down") // closed: nothing waits for the letter
		if err := os.Rename(inbox+".away", inbox); err != nil {
			t.Fatal(err)
		}
		o.awaitThat(id, "told", happened(collaboration.ActionLetterSent, 1))
		o.recordOther("letter-"+string(id)+"-declined-0-0", "letter")
	})
	t.Run("batch", func(t *testing.T) {
		o := o.with(t, o.token)
		request := api.BatchRequest{SolutionID: "financial-overview"}
		for n := range 25 { // two chunks
			request.Rows = append(request.Rows, collaboration.Request{CustomerID: fmt.Sprintf("c-%d", n)})
		}
		var b api.BatchView
		o.call(http.MethodPost, "/v1/batches", request, &b)
		o.recordOther("batch-"+b.ID, "batch")
	})
	t.Run("webhook", func(t *testing.T) {
		o := o.with(t, o.token)
		server := httptest.NewServer(&listener{broken: 1})
		defer server.Close()
		var added api.NewWebhookView
		o.call(http.MethodPost, "/v1/webhooks", api.WebhookRequest{URL: server.URL}, &added)
		id := o.activate(o.requestFor(len(paths)+3, "webhook@history.example"))
		o.await(id, collaboration.AwaitingApproval)
		o.recordOther(fmt.Sprintf("webhook-%s-%s-1", added.ID, id), "webhook")
	})
}

func (o *office) post(id collaboration.ActivationID, message string, body any) {
	o.t.Helper()
	if r := o.call(http.MethodPost, "/v1/activations/"+string(id)+"/"+message, body, nil); r.StatusCode != http.StatusOK {
		o.t.Fatalf("%s: %s", message, r.Status)
	}
}

func (o *office) decide(id collaboration.ActivationID, outcome collaboration.Outcome) {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	d := collaboration.Decision{ID: "d-1", Activation: id, Generation: o.activation(id).Invitation.Generation, By: "admin", Outcome: outcome}
	if outcome == collaboration.Approve {
		d.TermsVersion, d.TermsHash, d.Locale = "1", "hash", collaboration.Swedish
	} else {
		d.Reason = collaboration.ReasonPrice
	}
	if _, err := starter.New(c, 10*time.Second).Decide(o.t.Context(), d); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) cancel(id collaboration.ActivationID) {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	if err := c.CancelWorkflow(o.t.Context(), id.WorkflowID(), ""); err != nil {
		o.t.Fatal(err)
	}
}

// startOnAClosedTask goes past the API, which would refuse it.
func (o *office) startOnAClosedTask(r collaboration.Request) collaboration.ActivationID {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	order := orderFor(r)
	order.TaskID = "t-1001-1"
	if err := starter.New(c, 10*time.Second).Start(o.t.Context(), order); err != nil {
		o.t.Fatal(err)
	}
	return order.Activation
}

func (o *office) history(id collaboration.ActivationID, run string) *history.History {
	o.t.Helper()
	return o.historyOf(id.WorkflowID(), run)
}

func (o *office) historyOf(workflowID, run string) *history.History {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	h := &history.History{}
	for events := c.GetWorkflowHistory(o.t.Context(), workflowID, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			o.t.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	return h
}

// record replays every run of an activation, and keeps them with -update.
func (o *office) record(id collaboration.ActivationID, name string) {
	o.t.Helper()
	for n, run := range o.runs(id) {
		h := o.awaitClosed(id, run)
		file := name
		if n > 0 {
			file += "_term" + string(rune('1'+n))
		}
		o.replay(h, file)
	}
}

// recordOther does the same with the run of another workflow, once it closed.
func (o *office) recordOther(workflowID, name string) {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	ctx, cancel := context.WithTimeout(o.t.Context(), 60*time.Second)
	defer cancel()
	if err := c.GetWorkflow(ctx, workflowID, "").Get(ctx, nil); err != nil {
		o.t.Fatalf("%s: %v", workflowID, err)
	}
	o.replay(o.historyOf(workflowID, ""), name)
}

func (o *office) replay(h *history.History, file string) {
	o.t.Helper()
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
	if err != nil {
		o.t.Fatal(err)
	}
	replayer.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: collaboration.WorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.LetterWorkflow, workflow.RegisterOptions{Name: collaboration.LetterWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.BatchWorkflow, workflow.RegisterOptions{Name: collaboration.BatchWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.WebhookWorkflow, workflow.RegisterOptions{Name: collaboration.WebhookWorkflowType})
	if err := replayer.ReplayWorkflowHistory(nil, h); err != nil {
		o.t.Errorf("%s does not replay: %v", file, err)
	}
	if *update {
		o.keep(h, file)
	}
}

func (o *office) keep(h *history.History, file string) {
	o.t.Helper()
	encoded, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
	if err != nil {
		o.t.Fatal(err)
	}
	encoded = identity.ReplaceAll(encoded, []byte(`"identity": "recorder"`))
	folder := filepath.Join("..", "..", "workflows", "testdata", "histories", release)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		o.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, file+".json"), append(encoded, '\n'), 0o644); err != nil {
		o.t.Fatal(err)
	}
}

// identity is the process and host that recorded: noise in a diff.
var identity = regexp.MustCompile(`"identity": "[^"]*"`)

// awaitClosed waits until a run has closed: the facts are written a moment
// before.
func (o *office) awaitClosed(id collaboration.ActivationID, run string) *history.History {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	ctx, cancel := context.WithTimeout(o.t.Context(), 30*time.Second)
	defer cancel()
	_ = c.GetWorkflow(ctx, id.WorkflowID(), run).GetWithOptions(ctx, nil, client.WorkflowRunGetOptions{DisableFollowingRuns: true}) // how it ended is not the point here
	return o.history(id, run)
}

// runs are an activation's executions, oldest first.
func (o *office) runs(id collaboration.ActivationID) []string {
	o.t.Helper()
	var runs []string
	for run := ""; ; {
		started := o.history(id, run).Events[0].GetWorkflowExecutionStartedEventAttributes()
		runs = append([]string{started.GetOriginalExecutionRunId()}, runs...)
		if run = started.GetContinuedExecutionRunId(); run == "" {
			return runs
		}
	}
}
