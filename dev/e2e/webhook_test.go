package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"countersign/api/rest"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
)

// The official library verifies every event. A listener that accepts events gets each
// of them once, and a listener that failed gets a retry.
func TestWebhooks_DeliverEachEvent(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	healthy, failing := &external.WebhookListener{}, &external.WebhookListener{FailuresLeft: 1}
	for _, l := range []*external.WebhookListener{healthy, failing} {
		server := httptest.NewServer(l)
		t.Cleanup(server.Close)
		var added rest.NewWebhookView
		if r := o.Call(http.MethodPost, "/v1/webhooks", rest.WebhookRequest{URL: server.URL}, &added); r.StatusCode != http.StatusCreated {
			t.Fatalf("add a webhook: %s", r.Status)
		}
		l.Secret = added.Secret
	}
	id := o.Activate(harness.Scenarios[1].Request)
	o.AwaitActions(id, harness.Scenarios[1].Events)
	o.DecideDirectly(id, collaboration.Approve)
	o.AwaitState(id, collaboration.Active)
	o.MustPost(id, "end", map[string]any{"when": "now"})
	o.AwaitState(id, collaboration.Ended)
	// The customer has two administrators, so there are two mails.
	want := []string{"activation.requested", "collaboration.ended", "collaboration.started", "invitation.approved", "invitation.sent", "invitation.sent"}
	for _, l := range []*external.WebhookListener{healthy, failing} {
		l.Await(t, len(want))
		if got := l.Types(); !slices.Equal(got, want) || len(l.VerifyErrors) > 0 {
			t.Errorf("the listener accepted %q, want %q, and rejected %v", got, want, l.VerifyErrors)
		}
		if unique := slices.Compact(slices.Sorted(slices.Values(l.IDs))); len(unique) != len(want) {
			t.Errorf("ids %q", l.IDs)
		}
	}

	// A replay sends the events again with the same IDs. The product disables a webhook
	// that answers 410.
	var list endpoint.ListView[rest.WebhookView]
	o.Call(http.MethodGet, "/v1/webhooks", nil, &list)
	var replayed rest.ReplayView
	o.Call(http.MethodPost, "/v1/webhooks/"+list.Items[0].ID+"/replay", rest.ReplayRequest{Since: time.Now().Add(-time.Hour)}, &replayed)
	if replayed.Events != len(want) {
		t.Errorf("replayed %+v, want %d events", replayed, len(want))
	}
	healthy.Await(t, 2*len(want))
	if unique := slices.Compact(slices.Sorted(slices.Values(healthy.IDs))); len(unique) != len(want) {
		t.Errorf("ids after the replay %q", healthy.IDs)
	}
	healthy.Mu.Lock()
	healthy.IsGone = true
	healthy.Mu.Unlock()
	o.Activate(harness.Scenarios[0].Request)
	eventually.True(t, "the webhook that answers 410 is disabled", func() bool {
		o.Call(http.MethodGet, "/v1/webhooks", nil, &list)
		return !list.Items[0].DisabledAt.IsZero()
	})
}
