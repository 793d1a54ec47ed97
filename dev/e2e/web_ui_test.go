package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"

	"countersign/api/rest"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
	"countersign/starter"
)

// wantDescribed checks that Temporal's web UI describes an execution to operators: its
// purpose, the event that it waits for, the deadline, the responsible party and the
// operator's commands. Each timer and activity must have a summary.
func wantDescribed(d *harness.DirectClient, workflowID string, says ...string) {
	d.T.Helper()
	description, err := d.Client.DescribeWorkflow(d.T.Context(), workflowID, "")
	if err != nil {
		d.T.Fatal(err)
	}
	summary, err := description.GetStaticSummary()
	if err != nil || summary == "" {
		d.T.Errorf("%s: summary %q, %v", workflowID, summary, err)
	}
	if details, err := description.GetStaticDetails(); err != nil || details == "" || details == summary {
		d.T.Errorf("%s: details %q, %v", workflowID, details, err)
	}
	// The execution sets its details after the step that stores the state.
	eventually.OK(d.T, "the details of "+workflowID, func() error {
		current := detailsOf(d, workflowID)
		for _, want := range append(says, "\n- **Until**: ", "\n- **Who must act**: ", "\n- **Operator**: ") {
			if !strings.Contains(current, want) {
				return fmt.Errorf("they do not have %q:\n%s", want, current)
			}
		}
		return nil
	})
	wantSummaries(d, workflowID)
}

// wantSummaries checks that each timer and activity has a summary of its purpose.
func wantSummaries(d *harness.DirectClient, workflowID string) {
	d.T.Helper()
	checked := 0
	for _, e := range d.HistoryOf(workflowID, "").Events {
		if e.EventType != enums.EVENT_TYPE_TIMER_STARTED && e.EventType != enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED {
			continue
		}
		checked++
		switch text := string(e.UserMetadata.GetSummary().GetData()); text {
		case "", `""`, `"Sleep"`:
			d.T.Errorf("%s: %s has the summary %q", workflowID, e.EventType, text)
		}
	}
	if checked == 0 {
		d.T.Errorf("%s has neither a timer nor an activity", workflowID)
	}
}

func TestWebUI_DescribesEveryExecution(t *testing.T) {
	t.Parallel()
	d := &harness.DirectClient{Office: harness.StartStack(t, harness.Backends[0].Use)}
	d.Client = d.Temporal()
	d.Starter = starter.New(d.Client, eventually.Deadline)
	server := httptest.NewServer(&external.WebhookListener{FailuresLeft: 1000})
	defer server.Close()
	var webhook rest.NewWebhookView
	if r := d.Call(http.MethodPost, "/v1/webhooks", rest.WebhookRequest{URL: server.URL}, &webhook); r.StatusCode != http.StatusCreated {
		t.Fatalf("webhook: %s", r.Status)
	}

	var b rest.BatchView
	request := rest.BatchRequest{SolutionID: "financial-overview", Rows: []collaboration.Request{harness.Scenarios[1].Request}}
	request.Rows[0].SolutionID = ""
	if r := d.Call(http.MethodPost, "/v1/batches", request, &b); r.StatusCode != http.StatusAccepted {
		t.Fatalf("batch: %s", r.Status)
	}
	eventually.True(t, "the batch is done", func() bool {
		d.Call(http.MethodGet, "/v1/batches/"+b.ID, nil, &b)
		return b.State == "done"
	})
	wantDescribed(d, "batch-"+b.ID, "**batch** · "+b.ID, "`countersign ops retry batch-"+b.ID+"`")

	var list endpoint.ListView[rest.ActivationView]
	d.Call(http.MethodGet, "/v1/activations", nil, &list)
	id := list.Items[0].ID
	a := d.AwaitState(id, collaboration.AwaitingApproval)
	wantDescribed(d, id.WorkflowID(), "**awaiting_approval** · financial-overview · on_platform", "Waiting for the customer to approve",
		"**Until**: "+a.Invitation.ExpiresAt.UTC().Format("2006-01-02T15:04"), "the customer, any of its administrators", "`countersign ops cancel "+string(id)+"`")
	var deliveries []string
	eventually.True(t, "a webhook is being delivered", func() bool {
		deliveries = listWorkflows(d, "WorkflowType = 'WebhookWorkflow'")
		return len(deliveries) > 0
	})
	wantDescribed(d, deliveries[0], "**webhook** · "+webhook.ID, "endpoint to answer with 2xx", "the owner of the endpoint", "`countersign ops retry "+deliveries[0]+"`")

	d.DecideDirectly(id, collaboration.Decline)
	d.AwaitClosed(id, "")
	if got := details(d, id); !strings.Contains(got, "**declined**") || !strings.Contains(got, "Closed") {
		t.Errorf("details of a closed execution: %q", got)
	}
	wantSummaries(d, id.WorkflowID())
	subject := collaboration.Subject{OfficeID: "office-1", CustomerID: a.CustomerID, SolutionID: a.SolutionID}
	if err := d.SendNotification(t.Context(), subject, collaboration.Notification{Activation: id, Kind: collaboration.NotificationAskedAgain, Generation: 1, By: collaboration.ActorSystem, At: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	wantDescribed(d, "notification-"+string(id)+"-asked_again-1-0", "**notification** · asked_again", "the operator of the mail service", "Activation "+string(id))
	for _, run := range []string{"batch-" + b.ID, deliveries[0], "notification-" + string(id) + "-asked_again-1-0"} {
		query := fmt.Sprintf("WorkflowId = '%s' AND OfficeId = 'office-1'", run)
		if !strings.HasPrefix(run, "batch-") { // a batch has several customers
			query += fmt.Sprintf(" AND CustomerId = '%s' AND SolutionId = '%s'", a.CustomerID, a.SolutionID)
		}
		awaitFound(d, query, run)
	}
}
