package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/collaboration"
)

// TestConfirmation_BackKeepsInput: the browser's Back loads the form again, which has the
// values of the confirmation page, until the activation starts.
func TestConfirmation_BackKeepsInput(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	const path, typed = "/customers/c-new/collaborations/financial-overview", `value="Linda Ö"`
	fill := []string{"task_id", "t-new", "invoice_recipient", "office", "period.start", "on_approval", "contact.name", "Linda Ö", "contact.email", "linda@har.example", "contact.phone", "070-123 45 67"}
	confirmation := b.submit(path, fill...)
	says(t, confirmation, 200, `name="nonce"`)
	says(t, b.send(http.MethodGet, path, nil), 200, typed, "Det du skrev finns kvar.")
	says(t, b.send(http.MethodPost, path, b.form(b.get(path), fill...)), 200, `name="nonce"`)
	if got := b.send(http.MethodPost, path, b.form(confirmation.Body.String(), "confirm", "yes")); got.Code != 303 {
		t.Fatalf("%d\n%s", got.Code, got.Body)
	}
	if page := b.get(path); strings.Contains(page, typed) {
		t.Error("the form keeps the values of an activation that has started")
	}
}

// TestRejectedForm_KeepsInputInOtherLanguage: a change of the language loads the address of
// a rejected form, also of one that met an error page.
func TestRejectedForm_KeepsInputInOtherLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	const path, typed = "/customers/new", `value="K 17"`
	form := b.form(b.get(path), "name", "Nya AB", "organisation_number", "123", "reference", "K 17")
	says(t, b.send(http.MethodPost, path, form), 422, typed)
	says(t, b.send(http.MethodGet, path+"?lang=en", nil), 200, typed, "What you typed is still here.")
	says(t, b.send(http.MethodGet, path+"?lang=sv", nil), 200, typed)
	form.Set("organisation_number", "5566778899")
	form.Set("reference", "K-17")
	w.fail["AddCustomer"] = &collaboration.Error{Code: collaboration.CodeInternal}
	says(t, b.send(http.MethodPost, path, form), 500)
	says(t, b.send(http.MethodGet, path+"?lang=en", nil), 200, `value="K-17"`)
	w.fail["AddCustomer"] = nil
	if got := b.send(http.MethodPost, path, form); got.Code != 303 {
		t.Fatalf("%d\n%s", got.Code, got.Body)
	}
	if page := b.get(path); strings.Contains(page, "K-17") {
		t.Error("the form keeps the values of a stored customer")
	}
}

// TestUnsentForm_KeepsInputInOtherLanguage: the script posts a form with a language. The page
// is shown in that language with the values, and nothing else is done.
func TestUnsentForm_KeepsInputInOtherLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), maja.Email)
	const path = "/customers/new?from=list"
	form := b.form(b.get(path), "name", "Nya AB", "organisation_number", "5566778899", "reference", "K 17", "lang", "en")
	got := b.send(http.MethodPost, path, form)
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/customers/new?from=list&lang=en" {
		t.Fatalf("%d to %s", got.Code, got.Header().Get("Location"))
	}
	says(t, b.send(http.MethodGet, got.Header().Get("Location"), nil), 200, `value="K 17"`, `lang="en"`, "What you typed is still here.")
	form.Set("lang", "sv")
	form.Set("reference", "K 18")
	says(t, b.follow(t, b.send(http.MethodPost, path, form)), 200, `value="K 18"`, "Det du skrev finns kvar.")
	form.Set("token", "of another login")
	if got := b.send(http.MethodPost, path, form); got.Header().Get("Location") == "/customers/new?from=list&lang=sv" {
		t.Error("a form of another login changed the language")
	}
	if w.changes() != 0 {
		t.Errorf("the unsent form did %v", w.calls)
	}
}

// TestForgedForm_IsNotKept: another site cannot fill in a form.
func TestForgedForm_IsNotKept(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	b := openBrowser(t, s, maja.Email)
	forged := request{method: "POST", url: "/customers/new", body: "name=Evil+AB", headers: map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site", "Cookie": "countersign=" + b.cookies["countersign"]}}
	if got := forged.send(s); got.Code != 403 {
		t.Fatalf("%d", got.Code)
	}
	if page := b.get("/customers/new"); strings.Contains(page, "Evil") {
		t.Error("the form has the values of another site")
	}
}
