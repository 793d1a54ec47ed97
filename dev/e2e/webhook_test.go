package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"countersign/api"
	"countersign/collaboration"
)

// listener is another system: it refuses what it cannot verify, and is broken
// at first.
type listener struct {
	mu     sync.Mutex
	secret string
	broken int
	gone   bool
	ids    []string
	types  []string
	bad    []error
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err == nil && l.secret != "" {
		var hook *standardwebhooks.Webhook
		if hook, err = standardwebhooks.NewWebhook(l.secret); err == nil {
			err = hook.Verify(body, r.Header)
		}
	}
	switch {
	case err != nil:
		l.bad = append(l.bad, err)
		w.WriteHeader(http.StatusUnauthorized)
	case l.gone:
		w.WriteHeader(http.StatusGone)
	case l.broken > 0:
		l.broken--
		w.WriteHeader(http.StatusInternalServerError)
	default:
		l.ids = append(l.ids, r.Header.Get("webhook-id"))
		_, kind, _ := strings.Cut(string(body), `"type":"`)
		kind, _, _ = strings.Cut(kind, `"`)
		l.types = append(l.types, kind)
	}
}

func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(slices.Values(l.types))
}

func (l *listener) await(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); len(l.heard()) < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("heard %q, want %d; %v", l.heard(), n, l.bad)
		}
	}
}

// The official library verifies everything that is sent. Each event comes once
// to one who answers, and again to one who was broken.
func TestWebhooksAreTold(t *testing.T) {
	t.Parallel()
	o := start(t, parts[0].use)
	well, broken := &listener{}, &listener{broken: 1}
	for _, l := range []*listener{well, broken} {
		server := httptest.NewServer(l)
		t.Cleanup(server.Close)
		var added api.NewWebhookView
		if r := o.call(http.MethodPost, "/v1/webhooks", api.WebhookRequest{URL: server.URL}, &added); r.StatusCode != http.StatusCreated {
			t.Fatalf("add: %s", r.Status)
		}
		l.secret = added.Secret
	}
	id := o.activate(requests[1].request)
	o.await(id, collaboration.AwaitingApproval)
	o.decide(id, collaboration.Approve)
	o.await(id, collaboration.Active)
	o.post(id, "end", map[string]any{"when": "now"})
	o.await(id, collaboration.Ended)
	want := []string{"activation.requested", "collaboration.ended", "collaboration.started", "invitation.sent"}
	for _, l := range []*listener{well, broken} {
		l.await(t, len(want))
		if got := l.heard(); !slices.Equal(got, want) || len(l.bad) > 0 {
			t.Errorf("heard %q, refused %v", got, l.bad)
		}
		if unique := slices.Compact(slices.Sorted(slices.Values(l.ids))); len(unique) != len(want) {
			t.Errorf("ids %q", l.ids)
		}
	}

	// Replay sends them again, with the same ids; one that is gone is disabled.
	var list api.ListView[api.WebhookView]
	o.call(http.MethodGet, "/v1/webhooks", nil, &list)
	var replayed api.ReplayView
	o.call(http.MethodPost, "/v1/webhooks/"+list.Items[0].ID+"/replay", api.ReplayRequest{Since: time.Now().Add(-time.Hour)}, &replayed)
	if replayed.Events != len(want) {
		t.Errorf("replayed %+v", replayed)
	}
	well.await(t, 2*len(want))
	if unique := slices.Compact(slices.Sorted(slices.Values(well.ids))); len(unique) != len(want) {
		t.Errorf("ids after the replay %q", well.ids)
	}
	well.mu.Lock()
	well.gone = true
	well.mu.Unlock()
	o.activate(requests[0].request)
	for end := time.Now().Add(20 * time.Second); list.Items[0].DisabledAt.IsZero(); time.Sleep(20 * time.Millisecond) {
		if o.call(http.MethodGet, "/v1/webhooks", nil, &list); time.Now().After(end) {
			t.Fatal("the one that is gone was not disabled")
		}
	}
}
