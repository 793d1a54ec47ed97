package e2e_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/stack"
	"countersign/internal/eventually"
	"countersign/internal/store"
	"countersign/internal/temporalx"
	"countersign/starter"
)

// storedMessages returns the messages with which Temporal describes a workflow
// execution: its description, its history events and its query results.
func storedMessages(o *harness.Office, c client.Client, workflowID string) (all []proto.Message) {
	o.T.Helper()
	d, err := c.DescribeWorkflowExecution(o.T.Context(), workflowID, "")
	if err != nil {
		o.T.Fatal(err)
	}
	all = append(all, d)
	h := c.GetWorkflowHistory(o.T.Context(), workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for h.HasNext() {
		e, err := h.Next()
		if err != nil {
			o.T.Fatal(err)
		}
		all = append(all, e)
	}
	for _, name := range []string{"__temporal_workflow_metadata", temporalx.StatusQuery} {
		answer, err := c.WorkflowService().QueryWorkflow(o.T.Context(), &workflowservice.QueryWorkflowRequest{
			Namespace: o.At.Namespace, Execution: &common.WorkflowExecution{WorkflowId: workflowID}, Query: &query.WorkflowQuery{QueryType: name},
		})
		if err == nil { // some workflows have no such query
			all = append(all, answer)
		}
	}
	return all
}

// payloads returns the payloads of messages, except search attributes, which Temporal
// must be able to read.
func payloads(t *testing.T, all ...proto.Message) (found []*common.Payload) {
	t.Helper()
	for _, m := range all {
		if err := proxy.VisitPayloads(t.Context(), proto.Clone(m), proxy.VisitPayloadsOptions{
			SkipSearchAttributes: true,
			Visitor: func(_ *proxy.VisitPayloadsContext, p []*common.Payload) ([]*common.Payload, error) {
				found = append(found, p...)
				return p, nil
			},
		}); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func failuresIn(t *testing.T, all ...proto.Message) (found []*failure.Failure) {
	t.Helper()
	for _, m := range all {
		if err := proxy.VisitFailures(t.Context(), m, proxy.VisitFailuresOptions{Visitor: func(_ *proxy.VisitFailuresContext, f *failure.Failure) error {
			found = append(found, f)
			return nil
		}}); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func isEncrypted(p *common.Payload) bool { return string(p.Metadata["encoding"]) == "binary/encrypted" }

// awaitExecutions waits for an execution of each kind and returns the kinds of all
// executions by workflow ID.
func awaitExecutions(o *harness.Office, c client.Client, kinds ...string) map[string]string {
	o.T.Helper()
	found := map[string]string{}
	eventually.OK(o.T, fmt.Sprintf("Temporal lists executions of %v", kinds), func() error {
		list, err := c.ListWorkflow(o.T.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
		harness.NoError(o.T, err)
		for _, e := range list.Executions {
			kind, _, _ := strings.Cut(e.Execution.WorkflowId, "-")
			found[e.Execution.WorkflowId] = kind
		}
		if slices.ContainsFunc(kinds, func(kind string) bool { return !slices.Contains(slices.Collect(maps.Values(found)), kind) }) {
			return fmt.Errorf("it lists %v", found)
		}
		return nil
	})
	return found
}

// disableMail makes sending to an inbox fail until the test calls enable.
func disableMail(t *testing.T, inbox string) (enable func()) {
	t.Helper()
	harness.NoError(t, os.Rename(inbox, inbox+".away"))
	return func() {
		harness.NoError(t, os.RemoveAll(inbox)) // the product may have created a new one
		harness.NoError(t, os.Rename(inbox+".away", inbox))
	}
}

// requestForXerxes returns a request for a contact with a name, an address and a number
// that occur in no other data.
func requestForXerxes(o *harness.Office, n int) collaboration.Request {
	o.T.Helper()
	r := o.RequestFor(n, "xerxes@quist.example")
	r.Contact.Name, r.Contact.Phone = "Xerxes Quist", "070-999 88 77"
	return r
}

// declineWithComment declines with a comment that has the contact's name.
func declineWithComment(o *harness.Office, id collaboration.ActivationID) {
	o.T.Helper()
	c := o.Temporal()
	_, err := starter.New(c, eventually.Deadline).SendCommand(o.T.Context(), message.Decide(collaboration.Decision{
		ID: "d-1", Activation: id, Generation: o.Activation(id).Invitation.Generation, By: "admin",
		Outcome: collaboration.Decline, Reason: collaboration.ReasonOther, Comment: "Call Xerxes",
	}))
	harness.NoError(o.T, err)
	o.AwaitState(id, collaboration.Declined)
}

// Without the keys, no message of any kind of workflow execution is readable.
func TestEncryption_HistoriesAreUnreadable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := harness.StartStack(t, func(_ *testing.T, options *stack.Options) { options.Dir = dir })
	o.ImportCustomers(3)
	server := httptest.NewServer(&external.WebhookListener{FailuresLeft: 1000})
	defer server.Close()
	o.Call(http.MethodPost, "/v1/webhooks", rest.WebhookRequest{URL: server.URL}, nil)
	r := requestForXerxes(o, 0)
	id := o.Activate(r)
	o.AwaitState(id, collaboration.AwaitingApproval)
	o.MustPost(id, "correct", rest.CorrectRequest{Email: "right@quist.example"})
	reading, plain := o.Temporal(), o.TemporalWithoutKeys()
	defer plain.Close()
	harness.NoError(t, reading.SignalWorkflow(t.Context(), id.WorkflowID(), "", message.Signal, message.Command{ID: "r", Activation: id, Kind: collaboration.CommandReport, Report: &message.Report{Generation: 9}}))
	o.Call(http.MethodPost, "/v1/batches", rest.BatchRequest{SolutionID: "financial-overview", Rows: []collaboration.Request{{CustomerID: o.RequestFor(1, "").CustomerID}}}, nil)
	failed := o.StartOnClosedTask(requestForXerxes(o, 2))
	o.AwaitState(failed, collaboration.Failed)
	defer disableMail(t, filepath.Join(dir, "inbox"))()
	declineWithComment(o, id)

	personal := []string{"Xerxes", "quist", "999 88", o.Activation(id).CustomerName}
	keys, err := store.Open(t.Context(), o.DatabaseURL)
	harness.NoError(t, err)
	defer keys.Close()
	checked := map[string]int{}
	for run, kind := range awaitExecutions(o, plain, "activation", "notification", "batch", "webhook") {
		messages := storedMessages(o, plain, run)
		checked[kind] += len(payloads(t, messages...))
		for _, m := range messages {
			raw, err := proto.Marshal(m)
			harness.NoError(t, err)
			for _, p := range personal {
				if strings.Contains(string(raw), p) {
					t.Errorf("%s has %q in clear text in %v", run, p, m)
				}
			}
			for _, p := range payloads(t, m) {
				if !isEncrypted(p) {
					t.Errorf("%s has an unencrypted payload in %v", run, m)
					continue
				}
				k, _, err := keys.DataKey(t.Context(), string(p.Metadata["encryption-key-id"]))
				harness.NoError(t, err)
				_, isAnswer := m.(*workflowservice.QueryWorkflowResponse) // Temporal does not store it
				// A mail about an address starts with the key of its activation, and continues
				// with the one of the installation.
				hasCustomer, ofOneKey := map[string]bool{"activation": true, "notification": true, "batch": false, "webhook": false}[kind]
				if ofOneKey && !isAnswer && hasCustomer != (k.CustomerID != "") {
					t.Errorf("%s uses the key of customer %q in %v", run, k.CustomerID, m)
				}
			}
			for _, f := range failuresIn(t, m) {
				if f.Source == "GoSDK" && (f.Message != "Encoded failure" || f.StackTrace != "") {
					t.Errorf("%s has a readable failure: %v", run, f)
				}
			}
		}
	}
	for _, kind := range []string{"activation", "notification", "batch", "webhook"} {
		if checked[kind] < 5 {
			t.Errorf("the test has checked %d payloads of kind %s, want at least 5", checked[kind], kind)
		}
	}
	for _, m := range storedMessages(o, reading, id.WorkflowID()) { // a client with the keys decrypts them
		for _, p := range payloads(t, m) {
			if isEncrypted(p) {
				t.Errorf("a client with the keys does not decrypt %v", m)
			}
			personal = slices.DeleteFunc(personal, func(s string) bool { return strings.Contains(string(p.Data), s) })
		}
	}
	if !slices.Equal(personal, []string{o.Activation(id).CustomerName}) { // no payload has the customer's name
		t.Errorf("no decrypted payload has %q", personal)
	}
}

// signalsIn returns the inputs of a history's Signals.
func signalsIn(h *history.History) (found []*common.Payload) {
	for _, e := range h.Events {
		found = append(found, e.GetWorkflowExecutionSignaledEventAttributes().GetInput().GetPayloads()...)
	}
	return found
}

// A copy of a payload is refused in every other workflow, and in its own it is accepted.
// The workflows of one subject have the same data key.
func TestEncryption_RefusesCopyInAnotherWorkflow(t *testing.T) {
	t.Parallel()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	harness.NoError(t, err)
	defer log.Close()
	o := harness.StartStack(t, func(_ *testing.T, options *stack.Options) { options.Log = harness.LoggerTo(log) })
	o.ImportCustomers(2)
	id, other := o.Activate(requestForXerxes(o, 0)), o.Activate(requestForXerxes(o, 1))
	o.AwaitState(id, collaboration.AwaitingApproval)
	o.AwaitState(other, collaboration.AwaitingApproval)
	c, plain := o.Temporal(), o.TemporalWithoutKeys()
	defer plain.Close()
	copied := func(p []*common.Payload) converter.RawValue { return converter.NewRawValue(p[0]) }
	wantRefused := func(name string, err error, reader string) {
		t.Helper()
		if want := "workflow " + reader + " received a payload of workflow " + id.WorkflowID(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}

	notification := "notification-" + string(id) + "-copy"
	run, err := plain.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: notification, TaskQueue: temporalx.TaskQueue}, temporalx.NotificationWorkflowType, copied(input(o, id)))
	harness.NoError(t, err)
	wantRefused("an input", c.GetWorkflow(t.Context(), notification, run.GetRunID()).Get(eventually.Context(t), nil), notification)

	resend := message.Command{ID: "copied", Activation: id, Kind: collaboration.CommandResend, By: collaboration.ActorOperator}
	harness.NoError(t, c.SignalWorkflow(t.Context(), id.WorkflowID(), "", message.Signal, resend))
	isSent := func(a rest.ActivationView) bool { return a.Invitation.Generation == 2 }
	o.AwaitActivation(id, "sent again", isSent)
	stored := &history.History{}
	events := plain.GetWorkflowHistory(t.Context(), id.WorkflowID(), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		harness.NoError(t, err)
		stored.Events = append(stored.Events, e)
	}
	signal := copied(signalsIn(stored))
	for _, workflowID := range []string{id.WorkflowID(), other.WorkflowID()} {
		handle, err := c.UpdateWorkflow(eventually.Context(t), client.UpdateWorkflowOptions{
			WorkflowID: workflowID, UpdateName: string(collaboration.CommandResend), Args: []any{signal}, WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err == nil {
			err = handle.Get(eventually.Context(t), nil)
		}
		if workflowID == id.WorkflowID() {
			harness.NoError(t, err) // the command was applied before
		} else {
			wantRefused("an Update", err, workflowID)
		}
	}
	harness.NoError(t, plain.SignalWorkflow(t.Context(), other.WorkflowID(), "", message.Signal, signal))
	eventually.OK(t, "the worker logs the refused Signal", func() error {
		text, err := os.ReadFile(log.Name())
		if want := "workflow " + other.WorkflowID() + " received a payload of workflow " + id.WorkflowID(); !strings.Contains(string(text), want) {
			return fmt.Errorf("the log is %q, %v", text, err)
		}
		return nil
	})
	o.MustPost(other, "resend", nil) // the other activation continues
	o.AwaitActivation(other, "sent again", isSent)
}

// A relayStep selects what an execution of relay does.
type relayStep int

const (
	relayParent relayStep = iota
	relayReceive
	relayFail
	relayContinued
)

// relay passes a text through each kind of message between executions: inputs and
// results of children, a Signal to another workflow, a child's failure, a continued
// execution and a recorded side effect.
func relay(ctx workflow.Context, step relayStep) (text string, err error) {
	child := func(step relayStep) workflow.ChildWorkflowFuture {
		id := fmt.Sprintf("%s-%d", workflow.GetInfo(ctx).WorkflowExecution.ID, step)
		return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id}), relay, step)
	}
	switch step {
	case relayReceive:
		workflow.GetSignalChannel(ctx, "text").Receive(ctx, &text)
		return text, nil
	case relayFail:
		return "", temporal.NewNonRetryableApplicationError("failed for Xerxes", "type", nil, "detail for Xerxes")
	case relayContinued:
		err = workflow.SideEffect(ctx, func(workflow.Context) any { return "continued for Xerxes" }).Get(&text)
		return text, err
	}
	receiver, receiverExecution := child(relayReceive), workflow.Execution{}
	if err := receiver.GetChildWorkflowExecution().Get(ctx, &receiverExecution); err != nil {
		return "", err
	}
	if err := workflow.SignalExternalWorkflow(ctx, receiverExecution.ID, "", "text", "sent to Xerxes").Get(ctx, nil); err != nil {
		return "", err
	}
	if err := receiver.Get(ctx, &text); err != nil || text != "sent to Xerxes" {
		return "", fmt.Errorf("the child received %q: %w", text, err)
	}
	var failed *temporal.ApplicationError
	if err := child(relayFail).Get(ctx, nil); !errors.As(err, &failed) || failed.Message() != "failed for Xerxes" || failed.Details(&text) != nil || text != "detail for Xerxes" {
		return "", fmt.Errorf("the child failed with %q: %w", text, err)
	}
	return "", workflow.NewContinueAsNewError(ctx, relay, relayContinued)
}

// Payloads that one workflow sends to another belong to the receiver.
func TestEncryption_WorkflowsReadEachOthersMessages(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	c := o.Temporal()
	w := worker.New(c, "relay", worker.Options{})
	w.RegisterWorkflowWithOptions(relay, workflow.RegisterOptions{Name: "relay"})
	harness.NoError(t, w.Start())
	defer w.Stop()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "relay", TaskQueue: "relay"}, "relay", relayParent)
	harness.NoError(t, err)
	var text string
	if err := run.Get(eventually.Context(t), &text); err != nil || text != "continued for Xerxes" {
		t.Errorf("%q, %v", text, err)
	}
}

// Temporal's data of an erased customer is unreadable. The customer's open executions
// end with an error, and other customers' executions continue.
func TestErase_MakesHistoriesUnreadable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o := c.Office()
	o.ImportCustomers(3)
	var ids [2]collaboration.ActivationID
	for n := range ids {
		ids[n] = o.Activate(requestForXerxes(o, n))
		o.AwaitState(ids[n], collaboration.AwaitingApproval)
	}
	enableMail := disableMail(t, filepath.Join(dir, "inbox"))
	for _, id := range ids {
		declineWithComment(o, id)
	}
	notification := func(n int) string { return "notification-" + string(ids[n]) + "-declined-0-0" }
	for n := range ids {
		eventually.OK(t, "the notification is left to an execution of its own", func() error {
			_, err := o.Temporal().DescribeWorkflowExecution(t.Context(), notification(n), "")
			return err
		})
	}
	before := map[string]int{} // number of events, by workflow ID
	for n, id := range ids {
		for _, run := range []string{id.WorkflowID(), notification(n)} {
			before[run] = len(o.HistoryOf(run, "").Events)
		}
	}
	erased := o.Activation(ids[0]).CustomerID
	if r := o.Call(http.MethodPost, "/v1/customers/"+erased+"/erase", nil, nil); r.StatusCode != http.StatusOK {
		t.Fatalf("erase: %s", r.Status)
	}
	c.Kill() // the process caches data keys for a minute
	c = harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o = c.Office()
	reading := o.Temporal()
	for n, id := range ids {
		for _, run := range []string{id.WorkflowID(), notification(n)} {
			d, err := reading.DescribeWorkflowExecution(t.Context(), run, "")
			harness.NoError(t, err)
			h := o.HistoryOf(run, "")
			h.Events = h.Events[:before[run]] // the failure after the erasure is not encrypted
			all := payloads(t, d.WorkflowExecutionInfo, d.ExecutionConfig, h)
			if len(all) < 4 || slices.ContainsFunc(all, func(p *common.Payload) bool { return isEncrypted(p) != (n == 0) }) {
				t.Errorf("%s of customer %d has the payloads %v", run, n, all)
			}
		}
	}
	ctx := eventually.Context(t)
	if err := reading.GetWorkflow(ctx, notification(0), "").Get(ctx, nil); err == nil || ctx.Err() != nil {
		t.Errorf("the notification of the erased customer ended with %v", err)
	}
	enableMail()
	harness.NoError(t, reading.GetWorkflow(ctx, notification(1), "").Get(ctx, nil))
	again := o.Activate(requestForXerxes(o, 0)) // a later activation has a new key
	o.AwaitState(again, collaboration.AwaitingApproval)
	if all := payloads(t, o.History(again, "")); slices.ContainsFunc(all, isEncrypted) {
		t.Error("a later activation of the erased customer is unreadable")
	}
}

// An operator without the keys can select executions by activation. Commands that
// have to read a memo name the missing setting. Workers accept unencrypted Signals.
func TestOps_WithoutEncryptionKeys(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	id := o.Activate(harness.Scenarios[1].Request)
	o.AwaitState(id, collaboration.AwaitingApproval)
	without := o.As(t, o.Token)
	without.DatabaseURL, without.EncryptionKeys = "", ""
	without.AwaitOps("resend --state awaiting_approval", "planned "+id.WorkflowID())
	without.WantOps("resend --state awaiting_approval --yes", 1, "failed  "+id.WorkflowID(), "COUNTERSIGN_ENCRYPTION_KEYS")
	without.WantOps("resend --yes --name once "+string(id), 0, "done    "+string(id))
	o.AwaitActivation(id, "sent again", func(a rest.ActivationView) bool { return a.Invitation.Generation == 2 })
}
