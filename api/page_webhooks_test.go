package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The secret of a webhook is in the answer to the form alone.
func TestWebhooksPage_ShowsSecretOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	got := b.submit("/office/webhooks", "url", "https://hook.example/in")
	if got.Code != http.StatusCreated || !strings.Contains(got.Body.String(), "whsec_") {
		t.Fatalf("%d without a secret", got.Code)
	}
	if page := b.get("/office/webhooks"); strings.Contains(page, "whsec_") || !strings.Contains(page, "https://hook.example/in") {
		t.Error("the list has the secret, or not the webhook")
	}
	id := w.webhooks[0].ID
	w.webhooks[0].DisabledAt = now.Add(-time.Hour)
	if page := b.get("/office/webhooks"); !strings.Contains(page, "/office/webhooks/"+id+"/enable") {
		t.Error("a disabled webhook cannot be enabled")
	}
	if got := b.submit("/office/webhooks/" + id + "/enable"); got.Code != http.StatusSeeOther || w.calls["EnableWebhook"] != 1 {
		t.Errorf("enable: %d", got.Code)
	}
	if got := b.submit("/office/webhooks/" + id + "/remove"); got.Code != http.StatusSeeOther || w.calls["RemoveWebhook"] != 1 {
		t.Errorf("remove: %d", got.Code)
	}
}

func TestWebhooksPage_RejectsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	says(t, b.submit("/office/webhooks", "url", ""), 422, `href="#field-url"`)
	if len(w.webhooks) != 0 {
		t.Error("a webhook was added")
	}
}
