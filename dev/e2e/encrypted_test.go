package e2e_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/engine"
	"countersign/dev/stack"
	"countersign/internal/store"
	"countersign/starter"
)

// kept is everything that an engine says of a run: its history, what it looks
// like now, and its answers.
func (o *office) kept(c client.Client, workflowID string) (all []proto.Message) {
	o.t.Helper()
	d, err := c.DescribeWorkflowExecution(o.t.Context(), workflowID, "")
	if err != nil {
		o.t.Fatal(err)
	}
	all = append(all, d)
	h := c.GetWorkflowHistory(o.t.Context(), workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for h.HasNext() {
		e, err := h.Next()
		if err != nil {
			o.t.Fatal(err)
		}
		all = append(all, e)
	}
	for _, name := range []string{"__temporal_workflow_metadata", collaboration.StandingQuery} {
		answer, err := c.WorkflowService().QueryWorkflow(o.t.Context(), &workflowservice.QueryWorkflowRequest{
			Namespace: engine.Namespace, Execution: &common.WorkflowExecution{WorkflowId: workflowID}, Query: &query.WorkflowQuery{QueryType: name},
		})
		if err == nil { // not every workflow has each
			all = append(all, answer)
		}
	}
	return all
}

// payloads are all that a message carries, but for search attributes.
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

func encrypted(p *common.Payload) bool { return string(p.Metadata["encoding"]) == "binary/encrypted" }

// runsOf awaits one run of each kind, and names them.
func (o *office) runsOf(c client.Client, kinds ...string) map[string]string {
	o.t.Helper()
	found := map[string]string{}
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		list, err := c.ListWorkflow(o.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
		must(o.t, err)
		for _, e := range list.Executions {
			kind, _, _ := strings.Cut(e.Execution.WorkflowId, "-")
			found[e.Execution.WorkflowId] = kind
		}
		if !slices.ContainsFunc(kinds, func(kind string) bool { return !slices.Contains(slices.Collect(maps.Values(found)), kind) }) {
			return found
		}
	}
	o.t.Fatalf("there are only %v", found)
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// away takes the mail service away, until it is brought back.
func away(t *testing.T, inbox string) (back func()) {
	t.Helper()
	must(t, os.Rename(inbox, inbox+".away"))
	return func() {
		must(t, os.RemoveAll(inbox)) // where a new one was made
		must(t, os.Rename(inbox+".away", inbox))
	}
}

// xerxes is a new customer's contact; what is about it is easy to find.
func (o *office) xerxes(n int) collaboration.Request {
	o.t.Helper()
	r := o.requestFor(n, "xerxes@quist.example")
	r.Contact.Name, r.Contact.Phone = "Xerxes Quist", "070-999 88 77"
	return r
}

func (o *office) declineWithAWord(id collaboration.ActivationID) {
	o.t.Helper()
	c := o.engine()
	defer c.Close()
	_, err := starter.New(c, 10*time.Second).Decide(o.t.Context(), collaboration.Decision{
		ID: "d-1", Activation: id, Generation: o.activation(id).Invitation.Generation, By: "admin",
		Outcome: collaboration.Decline, Reason: collaboration.ReasonOther, Comment: "Call Xerxes",
	})
	must(o.t, err)
	o.await(id, collaboration.Declined)
}

// Who has no key reads nothing, wherever in a run of whichever kind.
func TestTheEngineKeepsNothingReadable(t *testing.T) {
	dir := t.TempDir()
	o := start(t, func(_ *testing.T, options *stack.Options) { options.Dir = dir })
	o.importCustomers(3)
	server := httptest.NewServer(&listener{broken: 1000})
	defer server.Close()
	o.call(http.MethodPost, "/v1/webhooks", api.WebhookRequest{URL: server.URL}, nil)
	r := o.xerxes(0)
	id := o.activate(r)
	o.await(id, collaboration.AwaitingApproval)
	o.post(id, "correct", api.CorrectRequest{Email: "right@quist.example"})
	reading, plain := o.engine(), o.plainEngine()
	defer reading.Close()
	defer plain.Close()
	must(t, reading.SignalWorkflow(t.Context(), id.WorkflowID(), "", collaboration.ReportMessage, collaboration.DeliveryReport{Activation: id, Generation: 9}))
	o.call(http.MethodPost, "/v1/batches", api.BatchRequest{SolutionID: "financial-overview", Rows: []collaboration.Request{{CustomerID: o.requestFor(1, "").CustomerID}}}, nil)
	failed := o.startOnAClosedTask(o.xerxes(2))
	o.await(failed, collaboration.Failed)
	defer away(t, filepath.Join(dir, "inbox"))()
	o.declineWithAWord(id)

	personal := []string{"Xerxes", "quist", "999 88", o.activation(id).CustomerName}
	keys, err := store.Open(t.Context(), o.facts)
	must(t, err)
	defer keys.Close()
	looked := map[string]int{}
	for run, kind := range o.runsOf(plain, "activation", "letter", "batch", "webhook") {
		kept := o.kept(plain, run)
		looked[kind] += len(payloads(t, kept...))
		for _, m := range kept {
			raw, err := proto.Marshal(m)
			must(t, err)
			for _, p := range personal {
				if strings.Contains(string(raw), p) {
					t.Errorf("%s shows %q in %v", run, p, m)
				}
			}
			for _, p := range payloads(t, m) {
				if !encrypted(p) {
					t.Errorf("%s has something unencrypted in %v", run, m)
					continue
				}
				k, _, err := keys.DataKey(t.Context(), string(p.Metadata["encryption-key-id"]))
				must(t, err)
				_, answer := m.(*workflowservice.QueryWorkflowResponse) // nothing keeps it
				if ofCustomer := kind == "activation" || kind == "letter"; !answer && ofCustomer != (k.CustomerID != "") {
					t.Errorf("%s uses the key of %q in %v", run, k.CustomerID, m)
				}
			}
			for _, f := range failuresIn(t, m) {
				if f.Source == "GoSDK" && (f.Message != "Encoded failure" || f.StackTrace != "") {
					t.Errorf("%s has a readable failure: %v", run, f)
				}
			}
		}
	}
	for _, kind := range []string{"activation", "letter", "batch", "webhook"} {
		if looked[kind] < 5 {
			t.Errorf("of %s, only %d payloads were looked at", kind, looked[kind])
		}
	}
	for _, m := range o.kept(reading, id.WorkflowID()) { // who has the key reads it
		for _, p := range payloads(t, m) {
			if encrypted(p) {
				t.Errorf("not opened: %v", m)
			}
			personal = slices.DeleteFunc(personal, func(s string) bool { return strings.Contains(string(p.Data), s) })
		}
	}
	if !slices.Equal(personal, []string{o.activation(id).CustomerName}) { // which no payload has
		t.Errorf("nowhere was %q", personal)
	}
}

// Nobody reads what the engine keeps of an erased customer. What of it still runs
// ends by itself, and nobody else is kept from anything.
func TestAnErasedCustomersHistoriesAreUnreadable(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, childOrder{Dir: dir})
	o := c.office()
	o.importCustomers(3)
	var ids [2]collaboration.ActivationID
	for n := range ids {
		ids[n] = o.activate(o.xerxes(n))
		o.await(ids[n], collaboration.AwaitingApproval)
	}
	back := away(t, filepath.Join(dir, "inbox"))
	for _, id := range ids {
		o.declineWithAWord(id)
	}
	letter := func(n int) string { return "letter-" + string(ids[n]) + "-declined-0-0" }
	plain := o.plainEngine()
	o.runsOf(plain, "letter")
	plain.Close()
	before := map[string]int{} // events
	for n, id := range ids {
		for _, run := range []string{id.WorkflowID(), letter(n)} {
			before[run] = len(o.historyOf(run, "").Events)
		}
	}
	erased := o.activation(ids[0]).CustomerID
	if r := o.call(http.MethodPost, "/v1/customers/"+erased+"/erase", nil, nil); r.StatusCode != http.StatusOK {
		t.Fatalf("erase: %s", r.Status)
	}
	c.kill() // what it knew, it knew for a minute
	c = startChild(t, childOrder{Dir: dir})
	o = c.office()
	reading := o.engine()
	defer reading.Close()
	for n, id := range ids {
		for _, run := range []string{id.WorkflowID(), letter(n)} {
			d, err := reading.DescribeWorkflowExecution(t.Context(), run, "")
			must(t, err)
			h := o.historyOf(run, "")
			h.Events = h.Events[:before[run]] // it ends with a word on why
			all := payloads(t, d.WorkflowExecutionInfo, d.ExecutionConfig, h)
			if len(all) < 4 || slices.ContainsFunc(all, func(p *common.Payload) bool { return encrypted(p) != (n == 0) }) {
				t.Errorf("%s of customer %d reads as %v", run, n, all)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := reading.GetWorkflow(ctx, letter(0), "").Get(ctx, nil); err == nil || ctx.Err() != nil {
		t.Errorf("the erased customer's letter ended with %v", err)
	}
	back()
	must(t, reading.GetWorkflow(ctx, letter(1), "").Get(ctx, nil))
	again := o.activate(o.xerxes(0)) // a later activation has a key of its own
	o.await(again, collaboration.AwaitingApproval)
	if all := payloads(t, o.history(again, "")); slices.ContainsFunc(all, encrypted) {
		t.Error("a later activation of the erased customer is unreadable")
	}
}

// A rotation, as the runbook has it, is nothing that a waiting activation notices,
// and the old key is not needed after it.
func TestKeysAreRotatedWhileARunWaits(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	o := s.office(t, 0)
	id := o.activate(requests[1].request)
	a := o.await(id, collaboration.AwaitingApproval)
	const next = "2027-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	rotate := func() (code int, said string) { return run(t, s.apis[0].environment, "keys", "rotate") }
	for _, keys := range []string{siteKeys + "," + next, next + "," + siteKeys, next} {
		if keys == next {
			if code, said := rotate(); code != 0 || !strings.Contains(said, "all data keys are under 2027-01") {
				t.Errorf("exit code %d: %s", code, said)
			}
		}
		for _, p := range s.processes() {
			p.stop(workerStops)
			p.set("COUNTERSIGN_ENCRYPTION_KEYS", keys)
			p.start()
		}
	}
	if code, said := rotate(); code != 0 || said != "rewrapped 0\nall data keys are under 2027-01\n" {
		t.Errorf("again: exit code %d: %s", code, said)
	}
	o.customer(a.Invitation.Email).approve(s.mail.mails(a.Invitation.Email)[0].link)
	o.await(id, collaboration.Active)
}

// An operator without the keys knows the activations of runs that are named, and
// says of the others what is missing; whom workers hear, they hear unencrypted.
func TestOperatorsWithoutTheKeys(t *testing.T) {
	o := start(t, parts[0].use)
	id := o.activate(requests[1].request)
	o.await(id, collaboration.AwaitingApproval)
	without := o.with(t, o.token)
	without.facts, without.keys = "", ""
	without.awaitOps("resend --state awaiting_approval", "would   "+id.WorkflowID())
	without.wantOps("resend --state awaiting_approval --yes", 1, "failed  "+id.WorkflowID(), "COUNTERSIGN_ENCRYPTION_KEYS")
	without.wantOps("resend --yes --name once "+string(id), 0, "done    "+string(id))
	o.awaitThat(id, "asked anew", func(a api.ActivationView) bool { return a.Invitation.Generation == 2 })
}
