package rehearsal_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"countersign/api/rest"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

// The process is killed in the middle of a batch of forty customers. After a restart
// every customer has one live activation and one mail.
func TestBatch_SurvivesKilledWorker(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	const customers = 40
	dir := t.TempDir()
	first := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o := first.Office()
	o.ImportCustomers(customers)
	request := rest.BatchRequest{SolutionID: "financial-overview"}
	for n := range customers {
		r := o.RequestFor(n, fmt.Sprintf("person%d@batch.example", n))
		r.SolutionID = ""
		request.Rows = append(request.Rows, r)
	}
	request.Rows = append(request.Rows, collaboration.Request{CustomerID: "c-1012"}) // has no task
	var b rest.BatchView
	if r := o.Call(http.MethodPost, "/v1/batches", request, &b); r.StatusCode != http.StatusAccepted {
		t.Fatalf("batch: %s", r.Status)
	}
	path := "/v1/batches/" + b.ID
	eventually.True(t, "some rows of the batch are started", func() bool {
		o.Call(http.MethodGet, path, nil, &b)
		return b.Started >= 5
	})
	if b.State != "running" {
		t.Fatalf("the batch is over before the process is killed: %+v", b)
	}
	first.Kill()
	second := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o = second.Office()
	eventually.True(t, "the batch is done", func() bool {
		o.Call(http.MethodGet, path, nil, &b)
		return b.State == "done"
	})
	if b.Started != customers || b.Refused != 1 {
		t.Errorf("%d rows started and %d rejected, want %d and 1", b.Started, b.Refused, customers)
	}
	var rejected endpoint.ListView[rest.BatchRowView]
	o.Call(http.MethodGet, path+"/rows?result=refused", nil, &rejected)
	if len(rejected.Items) != 1 || rejected.Items[0].Line != customers+1 || len(rejected.Items[0].Errors) == 0 {
		t.Errorf("rejected rows %+v", rejected.Items)
	}
	var rows endpoint.ListView[rest.BatchRowView]
	o.Call(http.MethodGet, path+"/rows?result=started&limit=500", nil, &rows)
	seen := map[string]bool{}
	for _, r := range rows.Items {
		a := o.AwaitState(r.Activation, collaboration.AwaitingApproval)
		if seen[a.CustomerID] {
			t.Errorf("%s has two activations", a.CustomerID)
		}
		seen[a.CustomerID] = true
		if n := len(o.Mails(a.Invitation.Email)); n != 1 || !strings.HasSuffix(a.Invitation.Email, "@batch.example") {
			t.Errorf("%d mails to %s", n, a.Invitation.Email)
		}
	}
	if len(seen) != customers {
		t.Errorf("%d customers have an activation, want %d", len(seen), customers)
	}
}
