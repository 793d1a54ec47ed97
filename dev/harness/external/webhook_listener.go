package external

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/internal/eventually"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// WebhookListener is another system's webhook handler. Its fields are protected by Mu.
type WebhookListener struct {
	Mu sync.Mutex
	// Secret is the key of the signatures; an event with an invalid one gets 401.
	// While Secret is empty, signatures are not verified.
	Secret string
	// FailuresLeft is how many of the next events get 500.
	FailuresLeft int
	// IsGone makes every event get 410.
	IsGone bool
	// IDs has the IDs of the accepted events in order, with repeats.
	IDs   []string
	types []string
	// VerifyErrors has the errors of the events that got 401.
	VerifyErrors []error
}

// ServeHTTP accepts an event, or fails as the fields specify.
func (l *WebhookListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err == nil && l.Secret != "" {
		var hook *standardwebhooks.Webhook
		if hook, err = standardwebhooks.NewWebhook(l.Secret); err == nil {
			err = hook.Verify(body, r.Header)
		}
	}
	switch {
	case err != nil:
		l.VerifyErrors = append(l.VerifyErrors, err)
		w.WriteHeader(http.StatusUnauthorized)
	case l.IsGone:
		w.WriteHeader(http.StatusGone)
	case l.FailuresLeft > 0:
		l.FailuresLeft--
		w.WriteHeader(http.StatusInternalServerError)
	default:
		l.IDs = append(l.IDs, r.Header.Get("webhook-id"))
		_, kind, _ := strings.Cut(string(body), `"type":"`)
		kind, _, _ = strings.Cut(kind, `"`)
		l.types = append(l.types, kind)
	}
}

// Types returns the sorted types of the accepted events.
func (l *WebhookListener) Types() []string {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	return slices.Sorted(slices.Values(l.types))
}

// Await waits until the listener has accepted n events.
func (l *WebhookListener) Await(t *testing.T, n int) {
	t.Helper()
	eventually.OK(t, fmt.Sprintf("the webhook has received %d events", n), func() error {
		if got := l.Types(); len(got) < n {
			return fmt.Errorf("it has accepted %q, and rejected %v", got, l.VerifyErrors)
		}
		return nil
	})
}
