package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/stack"
	"countersign/internal/eventually"
)

// slowDeliveries is the number of deliveries that wait for the slow endpoints.
const slowDeliveries = 400

// One office has ten webhooks that do not answer, and hundreds of deliveries. An event of
// another office arrives within seconds.
func TestWebhooks_SlowEndpointsDelayTheirOfficeOnly(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	var called, open atomic.Int32
	released := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice that the client is gone
		called.Add(1)
		open.Add(1)
		defer open.Add(-1)
		select {
		case <-released:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(released) })
	var webhooks []string
	for range 10 {
		webhooks = append(webhooks, addWebhook(o, slow.URL).ID)
	}
	o.ImportCustomers(4)
	for n := range 4 {
		o.AwaitState(o.Activate(o.RequestFor(n, "slow@share.example")), collaboration.AwaitingApproval)
	}
	for deliveries := 0; deliveries < slowDeliveries; {
		for _, id := range webhooks {
			var replayed rest.ReplayView
			o.Call(http.MethodPost, "/v1/webhooks/"+id+"/replay", rest.ReplayRequest{Since: time.Now().Add(-time.Hour)}, &replayed)
			if replayed.Events == 0 {
				t.Fatal("no event to replay")
			}
			deliveries += replayed.Events
		}
	}
	eventually.True(t, "the slow endpoints are called", func() bool { return called.Load() > 0 })
	time.Sleep(3 * time.Second) // the deliveries wait in the queue
	if n := open.Load(); n > 10 {
		t.Errorf("%d calls of one office are open", n)
	}

	other := o.As(t, stack.OtherOfficeToken)
	healthy := &external.WebhookListener{}
	server := httptest.NewServer(healthy)
	t.Cleanup(server.Close)
	healthy.Secret = addWebhook(other, server.URL).Secret
	began := time.Now()
	other.Activate(collaboration.Request{CustomerID: "c-2001", SolutionID: "spiris-scanner", TaskID: "t-2001-1"})
	healthy.Await(t, 1)
	took := time.Since(began)
	t.Logf("the other office's event arrived after %s", took.Round(time.Millisecond))
	if took > 10*time.Second {
		t.Errorf("the other office's event arrived after %s", took)
	}
}

func addWebhook(o *harness.Office, url string) (added rest.NewWebhookView) {
	o.T.Helper()
	if r := o.Call(http.MethodPost, "/v1/webhooks", rest.WebhookRequest{URL: url}, &added); r.StatusCode != http.StatusCreated {
		o.T.Fatalf("add a webhook: %s", r.Status)
	}
	return added
}
