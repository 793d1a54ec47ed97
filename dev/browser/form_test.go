package browser_test

import (
	"strings"
	"testing"
)

// changeLanguage clicks the link to the other language, and waits for that page.
func (w *window) changeLanguage(to string) {
	w.t.Helper()
	w.clickOn(`document.querySelector('a.lang')`)
	w.look.language = to
	w.waitUntil("the page is in "+to, "document.readyState === 'complete' && document.documentElement.lang === "+quote(to))
}

// wantValue fails the test unless a field has a value.
func (w *window) wantValue(label, want string) {
	w.t.Helper()
	if got := w.value(label); got != want {
		w.failf("%s is %q, want %q", label, got, want)
	}
}

// A change of the language, before and after a form is sent, and Back from a confirmation
// keep typed data.
func TestForm_KeepsInput(t *testing.T) {
	t.Parallel()
	w := openWindowAs(t, maja, looks["sv 1280"])
	entry := func(key string) string { return w.translate("entry." + key) }
	w.visit("/customers/new")
	w.fill(entry("name"), "Skrivet AB")
	w.fill(entry("organisation_number"), "559300-4")
	w.changeLanguage("en")
	w.waitForText(w.translate("draft.answered"))
	w.wantValue(entry("name"), "Skrivet AB")
	w.wantValue(entry("organisation_number"), "559300-4")

	w.click(entry("customer.add"))
	w.waitForText(w.translate("page.errors.title"))
	w.changeLanguage("sv")
	w.wantValue(entry("organisation_number"), "559300-4")
	w.fill(entry("organisation_number"), "559300-4129")
	w.changeLanguage("en")
	w.wantValue(entry("organisation_number"), "559300-4129")
	w.click(entry("customer.add"))
	w.waitForText(w.translate("office.customer.no_open_task"))

	w.click(w.translate("office.customer.task.add"))
	w.waitForText(entry("task.name.hint"))
	w.fill(entry("name"), "Löpande bokföring")
	w.click(entry("task.add"))
	w.waitForText("Löpande bokföring")
	customer, _, _ := strings.Cut(strings.TrimPrefix(w.currentPath(), "/customers/"), "/")
	w.visit("/customers/" + customer + "/collaborations/" + invoices)
	w.fillIn(invitee{customer, "Skrivet AB", "siv@skrivet.example", invoices})
	w.changeLanguage("sv")
	w.wantValue(w.translate("field.contact.email"), "siv@skrivet.example")
	w.click(w.translate("office.activate.review"))
	w.waitForText(w.translate("office.confirm.change"))
	w.runScript("history.back()")
	w.waitForText(w.translate("office.activate.review"))
	w.wantValue(w.translate("field.contact.email"), "siv@skrivet.example")
	w.wantValue(w.translate("field.contact.name"), "Nina Ny")
}
