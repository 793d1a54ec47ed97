package browser_test

import (
	"strings"
	"testing"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// translate returns a text of the product in the window's language.
func (w *window) translate(key string, args ...any) string {
	w.t.Helper()
	locale := collaboration.Locale(w.look.language)
	if !i18n.Has(locale, key) {
		w.t.Fatalf("there is no text %q", key)
	}
	return i18n.Text(locale, key, args...)
}

// invitee is a person who answers for a customer, and the solution of the
// invitation. Each test has its own pair of customer and solution.
type invitee struct{ customer, name, email, solution string }

const (
	financial = "financial-overview"
	invoices  = "digital-invoices"
)

// scenarios has a customer and a look for each scenario.
var scenarios = map[collaboration.Scenario]struct {
	invitee
	look string
}{
	collaboration.HasSolution: {invitee{"c-1001", "Björks Bygg", "asa@bjorksbygg.example", financial}, "en 375"},
	collaboration.OnPlatform:  {invitee{"c-1003", "Blåbärsbageriet", "hjordis@blabarsbageriet.example", financial}, "sv 1280"},
	collaboration.NewCustomer: {invitee{"c-1004", "Östgöta", "nina@ostgota.example", financial}, "sv 320"},
}

// From the list of customers to a running agreement, by every page on the way.
func TestActivate_RunsAgreement(t *testing.T) {
	t.Parallel()
	for scenario, s := range scenarios {
		t.Run(string(scenario), func(t *testing.T) {
			t.Parallel()
			office := openWindowAs(t, maja, looks[s.look])
			office.findCustomer(s.name)
			office.checkAccessibility()
			office.clickOn(`document.querySelector('main a[href$="/collaborations/financial-overview"]')`)
			office.waitForText(office.translate("office.activate.review"))
			office.checkAccessibility()
			id := office.activate(s.invitee, true)

			second := office.openTab()
			second.visit("/activations/" + id)
			second.waitForText(second.translate("office.progress.waiting"))

			customer := openWindow(t, looks[s.look])
			customer.openInvitation(id, s.invitee)
			customer.checkAccessibility()
			customer.approve()
			customer.checkAccessibility()
			customer.clickOn(`document.querySelector('main a.button[href^="/my/"]')`)
			customer.waitForText(customer.translate("collaboration.end.summary"))
			customer.checkAccessibility()

			// The office's pages show it without being loaded again.
			for _, w := range []*window{office, second} {
				w.waitForText(w.translate("state.active"))
			}
			office.checkAccessibility()
			office.visit("/collaborations")
			office.waitForText(s.name)
			office.checkAccessibility()
		})
	}
}

// findCustomer searches for a customer and opens it.
func (w *window) findCustomer(name string) {
	w.t.Helper()
	w.visit("/customers")
	w.checkAccessibility()
	w.fill(w.translate("office.customers.query"), name)
	w.click(w.translate("office.customers.go"))
	w.waitUntil("the page has the result of the search", "location.search.includes('q=')")
	w.click(name)
	w.waitUntil("the page is the customer's", `location.pathname.startsWith('/customers/c-')`)
}

// activate fills in the open form, confirms it, and waits until the invitation is
// sent. If the caller requests it, it checks the pages on the way.
func (w *window) activate(to invitee, check bool) (id string) {
	w.t.Helper()
	checkPage := func() {
		if check {
			w.checkAccessibility()
		}
	}
	w.fillIn(to)
	w.click(w.translate("office.activate.review"))
	w.waitForText(w.translate("office.confirm.change"))
	checkPage()
	w.click(w.translate("office.confirm.activate"))
	w.waitUntil("the page is the activation's", "location.pathname.startsWith('/activations/')")
	w.waitForText(w.translate("office.progress.waiting"))
	checkPage()
	return strings.TrimPrefix(w.currentPath(), "/activations/")
}

// fillIn chooses a task, and enters a contact where the form asks for one.
func (w *window) fillIn(to invitee) {
	w.t.Helper()
	eval[bool](w, `(() => { const e = document.querySelector('main select[name=task_id]'); e.value = [...e.options].find((o) => o.value).value; return true; })()`)
	if eval[bool](w, `!!document.querySelector('input[name="contact.email"]')`) {
		w.fill(w.translate("field.contact.name"), "Nina Ny")
		w.fill(w.translate("field.contact.email"), to.email)
		w.fill(w.translate("field.contact.phone"), "070-123 45 67")
	}
}

// openInvitation follows the link in the invitation's mail, and logs in as its
// recipient.
func (w *window) openInvitation(id string, to invitee) {
	w.t.Helper()
	w.visit(invitationLink(w.t, id, to.email))
	w.waitForText(w.translate("login.button"))
	w.checkAccessibility()
	w.clickOn(`document.querySelector('main a[href^="/login"]')`)
	w.chooseLogin(to.email)
	w.waitForText(w.translate("page.terms.title"))
}

// approve accepts the terms and approves.
func (w *window) approve() {
	w.t.Helper()
	w.clickOn(`document.getElementById('field-terms')`)
	w.click(w.translate("page.approve"))
	w.waitForText(w.translate("page.approved.badge"))
}

// activateInForm activates a solution for a customer in the office's form, and returns
// the activation's ID.
func activateInForm(t *testing.T, to invitee) (id string) {
	t.Helper()
	w := openWindowAs(t, maja, looks["sv 1280"])
	w.visit("/customers/" + to.customer + "/collaborations/" + to.solution)
	return w.activate(to, false)
}
