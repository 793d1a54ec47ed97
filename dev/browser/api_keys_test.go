package browser_test

import (
	"net/http"
	"testing"
)

// A manager creates an API key in the pages. The secret works until the key is revoked.
func TestAPIKey_IsCreatedAndRevokedInPages(t *testing.T) {
	t.Parallel()
	w := openWindowAs(t, maja, looks["sv 1280"])
	w.visit("/office/api-keys")
	w.fill(w.translate("entry.name"), "Byråsystemet")
	w.click(w.translate("api-keys.scope.read.label"))
	w.click(w.translate("api-keys.add"))
	w.waitForText(w.translate("api-keys.secret.title", "Byråsystemet"))
	w.checkAccessibility()
	secret := eval[string](w, `document.getElementById('secret').textContent`)
	if got := statusWith(t, secret); got != http.StatusOK {
		t.Errorf("the new key: %d", got)
	}
	w.visit("/office/api-keys")
	w.clickOn(`document.querySelector('a[href$="/revoke"]')`)
	w.waitForText(w.translate("api-keys.revoke.text"))
	w.checkAccessibility()
	w.click(w.translate("api-keys.revoke.button"))
	w.waitForText(w.translate("note.api_key_revoked"))
	w.checkAccessibility()
	if got := statusWith(t, secret); got != http.StatusUnauthorized {
		t.Errorf("the revoked key: %d", got)
	}
}

// statusWith returns the status of a request with a bearer token.
func statusWith(t *testing.T, token string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, addresses(t).API+"/v1/customers", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
