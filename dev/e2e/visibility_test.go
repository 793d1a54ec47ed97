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
)

// found are the workflow ids that a query finds.
func (d *desk) found(query string) (ids []string) {
	d.t.Helper()
	list, err := d.client.ListWorkflow(d.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range list.Executions {
		ids = append(ids, e.Execution.WorkflowId)
	}
	return ids
}

// awaitFound waits until a query finds one run, or none for "": what can be
// searched lags behind.
func (d *desk) awaitFound(query, want string) {
	d.t.Helper()
	var got []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = d.found(query); strings.Join(got, " ") == want {
			return
		}
	}
	d.t.Errorf("%s finds %q, want %q", query, got, want)
}

func TestRunsAreFoundByWhatTheyAreFor(t *testing.T) {
	d := openDesk(t)
	d.work()
	wanted, other := d.order(), d.order()
	for _, o := range []collaboration.Order{wanted, other} {
		d.mustStart(o)
		d.await(o.Activation, collaboration.AwaitingApproval)
	}
	id := wanted.Activation.WorkflowID()
	query := func(office, solution string, state collaboration.State) string {
		return fmt.Sprintf("%s = '%s' AND %s = '%s' AND %s = '%s' AND %s = '%s'", collaboration.SearchOffice, office,
			collaboration.SearchCustomer, wanted.CustomerID, collaboration.SearchSolution, solution, collaboration.SearchState, state)
	}
	d.awaitFound(query("office-1", wanted.SolutionID, collaboration.AwaitingApproval), id)
	d.awaitFound(query("office-2", wanted.SolutionID, collaboration.AwaitingApproval), "")
	d.awaitFound(query("office-1", "another-solution", collaboration.AwaitingApproval), "")
	d.awaitFound(query("office-1", wanted.SolutionID, collaboration.Activating), "")

	if _, err := d.Decide(t.Context(), d.approval(wanted.Activation)); err != nil {
		t.Fatal(err)
	}
	a := d.await(wanted.Activation, collaboration.Active)
	d.awaitFound(query("office-1", wanted.SolutionID, collaboration.Active), id)
	d.awaitFound(query("office-1", wanted.SolutionID, collaboration.AwaitingApproval), "")
	ends := func(day collaboration.Date) string { // a range: times are not compared to the instant
		from := day.Start().UTC()
		return fmt.Sprintf("%s BETWEEN '%s' AND '%s'", collaboration.SearchAgreementEnd, from.Add(-time.Second).Format(time.RFC3339), from.Add(time.Second).Format(time.RFC3339))
	}
	d.awaitFound(ends(a.Agreement.EndsOn), id)
	d.awaitFound(ends(a.Agreement.StartsOn), "")
}

// open is everything about a run that is readable without its payloads' key.
func (d *desk) open(id collaboration.ActivationID) (memo map[string]string, texts []string) {
	d.t.Helper()
	description, err := d.client.DescribeWorkflowExecution(d.t.Context(), id.WorkflowID(), "")
	if err != nil {
		d.t.Fatal(err)
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
	for _, e := range d.history(id, "").Events {
		add(e.UserMetadata.GetSummary())
		add(e.UserMetadata.GetDetails())
	}
	return memo, append(texts, d.details(id))
}

// details is what the run tells an operator that it is doing.
func (d *desk) details(id collaboration.ActivationID) string {
	d.t.Helper()
	return d.detailsOf(id.WorkflowID())
}

func (d *desk) detailsOf(workflowID string) string {
	d.t.Helper()
	answer, err := d.client.QueryWorkflow(d.t.Context(), workflowID, "", "__temporal_workflow_metadata")
	if err != nil {
		d.t.Fatal(err)
	}
	var metadata sdkpb.WorkflowMetadata
	if err := answer.Get(&metadata); err != nil {
		d.t.Fatal(err)
	}
	return metadata.CurrentDetails
}

func TestOperatorsSeeWhatARunDoesAndNobodysName(t *testing.T) {
	d := openDesk(t)
	d.work()
	order := d.order()
	order.Contact = &collaboration.Contact{Name: "Xerxes Quist", Email: "xerxes@quist.example", Phone: "070-999 88 77"}
	id := d.mustStart(order)
	d.await(id, collaboration.AwaitingApproval)
	if got := d.details(id); !strings.Contains(got, "awaiting_approval") || !strings.Contains(got, "Waiting for the customer") {
		t.Errorf("while it waits: %q", got)
	}
	decision := d.approval(id)
	decision.Comment = "Call Xerxes"
	if _, err := d.Decide(t.Context(), decision); err != nil {
		t.Fatal(err)
	}
	a := d.await(id, collaboration.Active)

	description, err := d.client.DescribeWorkflow(t.Context(), id.WorkflowID(), "")
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
	if got, want := d.details(id), "Term 1 runs from "+a.Agreement.StartsOn.String()+" and renews on "+a.Agreement.EndsOn.String(); !strings.Contains(got, want) {
		t.Errorf("while it runs: %q, want %q", got, want)
	}
	memo, texts := d.open(id)
	if len(memo) != 1 || memo[collaboration.ActivationMemo] != fmt.Sprintf("%q", id) {
		t.Errorf("memo %v", memo)
	}
	all := strings.Join(texts, "\n")
	for _, shown := range []string{order.OfficeID, order.CustomerID, summary, "next reminder", "both parties are told"} {
		if !strings.Contains(all, shown) {
			t.Errorf("%q was not looked at in\n%s", shown, all)
		}
	}
	for _, secret := range []string{"Xerxes", "Quist", "quist.example", "999 88", a.CustomerName, "Call"} {
		if strings.Contains(strings.ToLower(all), strings.ToLower(secret)) {
			t.Errorf("%q is readable in\n%s", secret, all)
		}
	}
}
