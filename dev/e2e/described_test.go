package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"

	"countersign/api"
	"countersign/collaboration"
	"countersign/starter"
)

// wantDescribed checks that an operator sees at once what a run is, what it
// waits for, until when, who must act and what there is to do; and what each of
// its timers and activities is for.
func (d *desk) wantDescribed(workflowID string, says ...string) {
	d.t.Helper()
	description, err := d.client.DescribeWorkflow(d.t.Context(), workflowID, "")
	if err != nil {
		d.t.Fatal(err)
	}
	summary, err := description.GetStaticSummary()
	if err != nil || summary == "" {
		d.t.Errorf("%s: summary %q, %v", workflowID, summary, err)
	}
	if details, err := description.GetStaticDetails(); err != nil || details == "" || details == summary {
		d.t.Errorf("%s: details %q, %v", workflowID, details, err)
	}
	current := d.detailsOf(workflowID)
	for _, want := range append(says, "\n- **Until**: ", "\n- **Who must act**: ", "\n- **Operator**: ") {
		if !strings.Contains(current, want) {
			d.t.Errorf("%s does not say %q:\n%s", workflowID, want, current)
		}
	}
	d.wantEachDescribed(workflowID)
}

// wantEachDescribed finds what each timer and activity is for.
func (d *desk) wantEachDescribed(workflowID string) {
	d.t.Helper()
	checked := 0
	for _, e := range d.historyOf(workflowID, "").Events {
		if e.EventType != enums.EVENT_TYPE_TIMER_STARTED && e.EventType != enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED {
			continue
		}
		checked++
		switch text := string(e.UserMetadata.GetSummary().GetData()); text {
		case "", `""`, `"Sleep"`:
			d.t.Errorf("%s: %s has the summary %q", workflowID, e.EventType, text)
		}
	}
	if checked == 0 {
		d.t.Errorf("%s has neither a timer nor an activity", workflowID)
	}
}

func TestEveryRunSaysWhatItIs(t *testing.T) {
	d := &desk{office: start(t, parts[0].use)}
	d.client = d.engine()
	defer d.client.Close()
	d.Starter = starter.New(d.client, answerWithin)
	server := httptest.NewServer(&listener{broken: 1000})
	defer server.Close()
	var webhook api.NewWebhookView
	if r := d.call(http.MethodPost, "/v1/webhooks", api.WebhookRequest{URL: server.URL}, &webhook); r.StatusCode != http.StatusCreated {
		t.Fatalf("webhook: %s", r.Status)
	}

	var b api.BatchView
	request := api.BatchRequest{SolutionID: "financial-overview", Rows: []collaboration.Request{requests[1].request}}
	request.Rows[0].SolutionID = ""
	if r := d.call(http.MethodPost, "/v1/batches", request, &b); r.StatusCode != http.StatusAccepted {
		t.Fatalf("batch: %s", r.Status)
	}
	for end := time.Now().Add(20 * time.Second); b.State != "done" && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		d.call(http.MethodGet, "/v1/batches/"+b.ID, nil, &b)
	}
	d.wantDescribed("batch-"+b.ID, "**batch** · "+b.ID, "`countersign ops retry batch-"+b.ID+"`")

	var list api.ListView[api.ActivationView]
	d.call(http.MethodGet, "/v1/activations", nil, &list)
	id := list.Items[0].ID
	a := d.await(id, collaboration.AwaitingApproval)
	d.wantDescribed(id.WorkflowID(), "**awaiting_approval** · financial-overview · on_platform", "Waiting for the customer to approve",
		"**Until**: "+a.Invitation.ExpiresAt.UTC().Format("2006-01-02T15:04"), "the customer, any of its administrators", "`countersign ops cancel "+string(id)+"`")
	told := d.found("WorkflowType = 'WebhookWorkflow'")
	for end := time.Now().Add(20 * time.Second); len(told) == 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		told = d.found("WorkflowType = 'WebhookWorkflow'")
	}
	if len(told) == 0 {
		t.Fatal("no webhook is told")
	}
	d.wantDescribed(told[0], "**webhook** · "+webhook.ID, "own address to answer with 2xx", "the owner of the address", "`countersign ops retry "+told[0]+"`")

	d.decide(id, collaboration.Decline)
	d.awaitClosed(id, "")
	if got := d.details(id); !strings.Contains(got, "**declined**") || !strings.Contains(got, "Over") {
		t.Errorf("once it is over: %q", got)
	}
	d.wantEachDescribed(id.WorkflowID())
	subject := collaboration.Subject{OfficeID: "office-1", CustomerID: a.CustomerID, SolutionID: a.SolutionID}
	if err := d.Send(t.Context(), subject, collaboration.Letter{Activation: id, Kind: collaboration.LetterAskedAgain, Generation: 1, By: collaboration.ActorSystem, At: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	d.wantDescribed("letter-"+string(id)+"-asked_again-1-0", "**letter** · asked_again", "whoever runs the mail service", "Activation "+string(id))
	for _, run := range []string{"batch-" + b.ID, told[0], "letter-" + string(id) + "-asked_again-1-0"} {
		query := fmt.Sprintf("WorkflowId = '%s' AND OfficeId = 'office-1'", run)
		if !strings.HasPrefix(run, "batch-") { // which is for many customers
			query += fmt.Sprintf(" AND CustomerId = '%s' AND SolutionId = '%s'", a.CustomerID, a.SolutionID)
		}
		d.awaitFound(query, run)
	}
}
