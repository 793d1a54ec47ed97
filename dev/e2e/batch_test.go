package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

// Forty customers at once; the engine is cut off from its worker in the middle.
// Every customer has one live activation and one mail.
func TestABatchSurvivesTheDeathOfItsWorker(t *testing.T) {
	t.Parallel()
	const customers = 40
	dir := t.TempDir()
	first := startChild(t, childOrder{Dir: dir})
	o := first.office()
	o.importCustomers(customers)
	request := api.BatchRequest{SolutionID: "financial-overview"}
	for n := range customers {
		r := o.requestFor(n, fmt.Sprintf("person%d@batch.example", n))
		r.SolutionID = ""
		request.Rows = append(request.Rows, r)
	}
	request.Rows = append(request.Rows, collaboration.Request{CustomerID: "c-1012"}) // has no task
	var b api.BatchView
	if r := o.call(http.MethodPost, "/v1/batches", request, &b); r.StatusCode != http.StatusAccepted {
		t.Fatalf("batch: %s", r.Status)
	}
	path := "/v1/batches/" + b.ID
	for end := time.Now().Add(20 * time.Second); b.Started < 5; time.Sleep(5 * time.Millisecond) {
		if o.call(http.MethodGet, path, nil, &b); time.Now().After(end) {
			t.Fatal("it does not move")
		}
	}
	if b.State != "running" {
		t.Fatalf("too late to kill it: %+v", b)
	}
	first.kill()
	second := startChild(t, childOrder{Dir: dir})
	o = second.office()
	for end := time.Now().Add(90 * time.Second); b.State != "done"; time.Sleep(50 * time.Millisecond) {
		if o.call(http.MethodGet, path, nil, &b); time.Now().After(end) {
			t.Fatalf("it does not end: %+v", b)
		}
	}
	if b.Started != customers || b.Refused != 1 {
		t.Errorf("started %d, refused %d", b.Started, b.Refused)
	}
	var refused api.ListView[api.BatchRowView]
	o.call(http.MethodGet, path+"/rows?result=refused", nil, &refused)
	if len(refused.Items) != 1 || refused.Items[0].Line != customers+1 || len(refused.Items[0].Errors) == 0 {
		t.Errorf("refused %+v", refused.Items)
	}
	var rows api.ListView[api.BatchRowView]
	o.call(http.MethodGet, path+"/rows?result=started&limit=500", nil, &rows)
	seen := map[string]bool{}
	for _, r := range rows.Items {
		a := o.await(r.Activation, collaboration.AwaitingApproval)
		if seen[a.CustomerID] {
			t.Errorf("%s has two activations", a.CustomerID)
		}
		seen[a.CustomerID] = true
		if n := len(o.mails(a.Invitation.Email)); n != 1 || !strings.HasSuffix(a.Invitation.Email, "@batch.example") {
			t.Errorf("%d mails to %s", n, a.Invitation.Email)
		}
	}
	if len(seen) != customers {
		t.Errorf("%d customers have an activation, want %d", len(seen), customers)
	}
}
