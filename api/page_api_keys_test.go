package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"countersign/collaboration"
)

// The secret is in the answer to the form alone.
func TestAPIKeysPage_ShowsSecretOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	got := b.submit("/office/api-keys", "name", "Practice system", "scope", "write", "expires", "30")
	secret := regexp.MustCompile(`csk_[\w-]{43}`).FindString(got.Body.String())
	if got.Code != http.StatusCreated || secret == "" {
		t.Fatalf("%d without a secret", got.Code)
	}
	if page := b.get("/office/api-keys"); strings.Contains(page, "csk_") || !strings.Contains(page, "Practice system") || !strings.Contains(page, "Aktiv till 2026-12-23") {
		t.Error("the list has the secret, or not the key")
	}
	if strings.Contains(w.logged.String(), "csk_") {
		t.Error("the secret is in the log")
	}
	if got := b.submit("/office/api-keys/key-1/revoke"); got.Code != http.StatusSeeOther || w.apiKeys[0].RevokedAt.IsZero() {
		t.Errorf("revoke: %d", got.Code)
	}
	if page := b.get("/office/api-keys"); !strings.Contains(page, "Återkallad 2026-11-23") || strings.Contains(page, "/key-1/revoke") {
		t.Error("the list does not show the revocation")
	}
}

// A rejected form names each wrong field, and keeps the input.
func TestAPIKeysPage_NamesEveryWrongField(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	got := b.submit("/office/api-keys", "name", "", "scope", "", "expires", "90")
	says(t, got, 422, `href="#field-name"`, `href="#field-scope"`, `value="90" selected`)
	if len(w.apiKeys) != 0 {
		t.Error("a key was created")
	}
}

// Lists and the timeline say that a program acted. The customer reads the office's name.
func TestPrograms_AreNamedOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval, onTask("t-platform"), func(r *collaboration.Activation) {
		r.RequestedBy, r.RequestedByName = "key-1", "Practice system"
	})
	w.events[id][0].By = "key-1"
	s := w.server(t)
	b := openBrowser(t, s, maja.Email)
	for _, path := range []string{"/requests", "/activations/" + string(id)} {
		if !strings.Contains(b.get(path), "Practice system (API-nyckel)") {
			t.Errorf("%s does not name the program", path)
		}
	}
	invitation := openBrowser(t, s, administrators["asa-token"]).get("/my/invitations/" + string(id))
	if strings.Contains(invitation, "Practice system") || !strings.Contains(invitation, "Ekströms Redovisning har aktiverat") {
		t.Error("the customer reads the name of the program")
	}
}
