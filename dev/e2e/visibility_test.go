package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/workflowservice/v1"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/internal/temporalx"
)

// listWorkflows returns the workflow IDs that a query finds.
func listWorkflows(d *harness.DirectClient, query string) (ids []string) {
	d.T.Helper()
	list, err := d.Client.ListWorkflow(d.T.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
	if err != nil {
		d.T.Fatal(err)
	}
	for _, e := range list.Executions {
		ids = append(ids, e.Execution.WorkflowId)
	}
	return ids
}

// awaitFound waits until a query finds the execution with a workflow ID, or none for
// "". Temporal updates its visibility store after a delay.
func awaitFound(d *harness.DirectClient, query, want string) {
	d.T.Helper()
	eventually.OK(d.T, fmt.Sprintf("%s finds %q", query, want), func() error {
		if got := strings.Join(listWorkflows(d, query), " "); got != want {
			return fmt.Errorf("it finds %q", got)
		}
		return nil
	})
}

func TestVisibility_SearchAttributes(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	d.StartWorker()
	wanted, other := d.Order(), d.Order()
	for _, o := range []collaboration.Order{wanted, other} {
		d.MustStart(o)
		d.AwaitState(o.Activation, collaboration.AwaitingApproval)
	}
	id := wanted.Activation.WorkflowID()
	query := func(office, solution string, state collaboration.State) string {
		return fmt.Sprintf("%s = '%s' AND %s = '%s' AND %s = '%s' AND %s = '%s'", temporalx.SearchOffice, office,
			temporalx.SearchCustomer, wanted.CustomerID, temporalx.SearchSolution, solution, temporalx.SearchState, state)
	}
	awaitFound(d, query("office-1", wanted.SolutionID, collaboration.AwaitingApproval), id)
	awaitFound(d, query("office-2", wanted.SolutionID, collaboration.AwaitingApproval), "")
	awaitFound(d, query("office-1", "another-solution", collaboration.AwaitingApproval), "")
	awaitFound(d, query("office-1", wanted.SolutionID, collaboration.Activating), "")

	if _, err := d.Decide(t.Context(), d.Approval(wanted.Activation)); err != nil {
		t.Fatal(err)
	}
	a := d.AwaitState(wanted.Activation, collaboration.Active)
	awaitFound(d, query("office-1", wanted.SolutionID, collaboration.Active), id)
	awaitFound(d, query("office-1", wanted.SolutionID, collaboration.AwaitingApproval), "")
	ends := func(day collaboration.Date) string { // a range: Temporal does not find times by equality
		from := day.Start().UTC()
		return fmt.Sprintf("%s BETWEEN '%s' AND '%s'", temporalx.SearchAgreementEnd, from.Add(-time.Second).Format(time.RFC3339), from.Add(time.Second).Format(time.RFC3339))
	}
	awaitFound(d, ends(a.Agreement.EndsOn), id)
	awaitFound(d, ends(a.Agreement.StartsOn), "")
}

// readableTexts returns the memo of an execution and every text of it that is readable
// without the encryption keys.
func readableTexts(d *harness.DirectClient, id collaboration.ActivationID) (memo map[string]string, texts []string) {
	d.T.Helper()
	description, err := d.Client.DescribeWorkflowExecution(d.T.Context(), id.WorkflowID(), "")
	if err != nil {
		d.T.Fatal(err)
	}
	memo = map[string]string{}
	add := func(p *common.Payload) {
		if len(p.GetData()) > 0 {
			texts = append(texts, string(p.Data))
		}
	}
	info := description.WorkflowExecutionInfo
	texts = append(texts, info.Execution.WorkflowId, info.TaskQueue)
	for name, p := range info.Memo.GetFields() {
		memo[name] = string(p.Data)
		add(p)
	}
	for _, p := range info.SearchAttributes.GetIndexedFields() {
		add(p)
	}
	add(description.ExecutionConfig.UserMetadata.GetSummary())
	add(description.ExecutionConfig.UserMetadata.GetDetails())
	for _, run := range d.Runs(id) {
		for _, e := range d.History(id, run).Events {
			add(e.UserMetadata.GetSummary())
			add(e.UserMetadata.GetDetails())
		}
	}
	return memo, append(texts, details(d, id))
}

// details returns the current details with which an execution informs operators.
func details(d *harness.DirectClient, id collaboration.ActivationID) string {
	d.T.Helper()
	return detailsOf(d, id.WorkflowID())
}

func detailsOf(d *harness.DirectClient, workflowID string) string {
	d.T.Helper()
	answer, err := d.Client.QueryWorkflow(d.T.Context(), workflowID, "", "__temporal_workflow_metadata")
	if err != nil {
		d.T.Fatal(err)
	}
	var metadata sdkpb.WorkflowMetadata
	if err := answer.Get(&metadata); err != nil {
		d.T.Fatal(err)
	}
	return metadata.CurrentDetails
}

func TestVisibility_ShowsNoPersonalData(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	d.StartWorker()
	order := d.Order()
	order.Contact = &collaboration.Contact{Name: "Xerxes Quist", Email: "xerxes@quist.example", Phone: "070-999 88 77"}
	id := d.MustStart(order)
	d.AwaitState(id, collaboration.AwaitingApproval)
	if got := details(d, id); !strings.Contains(got, "awaiting_approval") || !strings.Contains(got, "Waiting for the customer") {
		t.Errorf("details while the execution waits: %q", got)
	}
	decision := d.Approval(id)
	decision.Comment = "Call Xerxes"
	if _, err := d.Decide(t.Context(), decision); err != nil {
		t.Fatal(err)
	}
	a := d.AwaitState(id, collaboration.Active)

	description, err := d.Client.DescribeWorkflow(t.Context(), id.WorkflowID(), "")
	if err != nil {
		t.Fatal(err)
	}
	summary, err := description.GetStaticSummary()
	if want := "financial-overview · new_customer · customer " + order.CustomerID; err != nil || summary != want {
		t.Errorf("summary %q, %v, want %q", summary, err, want)
	}
	if details, err := description.GetStaticDetails(); err != nil || !strings.Contains(details, order.TaskID) {
		t.Errorf("details %q, %v", details, err)
	}
	want := "Term 1 runs from " + a.Agreement.StartsOn.String() + " until " + a.Agreement.EndsOn.AddDays(-1).String() + ", and then renews"
	eventually.True(t, "the details of the next execution say: "+want, func() bool { return strings.Contains(details(d, id), want) })
	memo, texts := readableTexts(d, id)
	if len(memo) != 1 || memo[temporalx.ActivationMemo] != fmt.Sprintf("%q", id) {
		t.Errorf("memo %v", memo)
	}
	all := strings.Join(texts, "\n")
	for _, shown := range []string{order.OfficeID, order.CustomerID, summary, "next reminder", "price and terms of the next term are checked"} {
		if !strings.Contains(all, shown) {
			t.Errorf("%q is not among the readable texts\n%s", shown, all)
		}
	}
	for _, secret := range []string{"Xerxes", "Quist", "quist.example", "999 88", a.CustomerName, "Call"} {
		if strings.Contains(strings.ToLower(all), strings.ToLower(secret)) {
			t.Errorf("%q is readable in\n%s", secret, all)
		}
	}
}
