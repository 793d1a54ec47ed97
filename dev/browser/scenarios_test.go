package browser_test

import (
	"strings"
	"testing"

	"countersign/api/web"
	"countersign/collaboration"
)

// say is what the product says in the window's language.
func (w *window) say(key string, args ...any) string {
	return web.Text(collaboration.Locale(w.look.language), key, args...)
}

// invited is somebody who answers for a customer, and to what they are
// invited. Each test has a pair of customer and solution of its own.
type invited struct{ customer, name, email, solution string }

const (
	financial = "financial-overview"
	invoices  = "digital-invoices"
)

// scenarios has a customer for each, and how it is looked at.
var scenarios = map[collaboration.Scenario]struct {
	invited
	look string
}{
	collaboration.HasSolution: {invited{"c-1001", "Björks Bygg", "asa@bjorksbygg.example", financial}, "en 375"},
	collaboration.OnPlatform:  {invited{"c-1003", "Blåbärsbageriet", "hjordis@blabarsbageriet.example", financial}, "sv 1280"},
	collaboration.NewCustomer: {invited{"c-1004", "Östgöta", "nina@ostgota.example", financial}, "sv 320"},
}

// From the list of customers to a running agreement, with every page on the
// way looked at.
func TestFromCustomersToARunningAgreement(t *testing.T) {
	for scenario, s := range scenarios {
		t.Run(string(scenario), func(t *testing.T) {
			office := person(t, maja, looks[s.look])
			office.findCustomer(s.name)
			office.accessible()
			office.clickOn(`document.querySelector('main a[href$="/collaborations/financial-overview"]')`)
			office.sees(office.say("office.activate.review"))
			office.accessible()
			id := office.activates(s.invited, true)

			second := office.also()
			second.visit("/activations/" + id)
			second.sees(second.say("office.progress.waiting"))

			customer := anybody(t, looks[s.look])
			customer.opensInvitation(s.invited)
			customer.accessible()
			customer.approves()
			customer.accessible()
			customer.clickOn(`document.querySelector('main a.button[href^="/my/"]')`)
			customer.sees(customer.say("collaboration.notice.title"))
			customer.accessible()

			// Nobody has loaded the office's pages again.
			for _, w := range []*window{office, second} {
				w.sees(w.say("stands.active"))
			}
			office.accessible()
			office.visit("/collaborations")
			office.sees(s.name)
			office.accessible()
		})
	}
}

// findCustomer searches for a customer and opens it.
func (w *window) findCustomer(name string) {
	w.t.Helper()
	w.visit("/customers")
	w.accessible()
	w.fill(w.say("office.customers.query"), name)
	w.click(w.say("office.customers.go"))
	w.until("the search", "location.search.includes('q=')")
	w.click(name)
	w.until("the customer", `location.pathname.startsWith('/customers/c-')`)
}

// activates fills in the form that is open, confirms it, and waits for the
// invitation to be sent.
func (w *window) activates(who invited, lookAt bool) (id string) {
	w.t.Helper()
	look := func() {
		if lookAt {
			w.accessible()
		}
	}
	w.fillIn(who)
	w.click(w.say("office.activate.review"))
	w.sees(w.say("office.confirm.details"))
	look()
	w.click(w.say("office.confirm.activate"))
	w.until("the activation", "location.pathname.startsWith('/activations/')")
	w.sees(w.say("office.progress.waiting"))
	look()
	return strings.TrimPrefix(w.path(), "/activations/")
}

// fillIn chooses a task, and names a contact where the form asks for one.
func (w *window) fillIn(who invited) {
	w.t.Helper()
	eval[bool](w, `(() => { const e = document.querySelector('main select[name=task_id]'); e.value = [...e.options].find((o) => o.value).value; return true; })()`)
	if eval[bool](w, `!!document.querySelector('input[name="contact.email"]')`) {
		w.fill(w.say("field.contact.name"), "Nina Ny")
		w.fill(w.say("field.contact.email"), who.email)
		w.fill(w.say("field.contact.phone"), "070-123 45 67")
	}
}

// opensInvitation follows the link in the newest mail, and logs in as who was
// invited.
func (w *window) opensInvitation(who invited) {
	w.t.Helper()
	w.visit(mailTo(w.t, who.email))
	w.sees(w.say("login.button"))
	w.accessible()
	w.clickOn(`document.querySelector('main a[href^="/login"]')`)
	w.becomes(who.email)
	w.sees(w.say("page.terms.title"))
}

// approves ticks the terms and approves.
func (w *window) approves() {
	w.t.Helper()
	w.clickOn(`document.getElementById('terms')`)
	w.click(w.say("page.approve"))
	w.sees(w.say("page.approved.badge"))
}

// waiting activates for a customer and is the activation's id.
func waiting(t *testing.T, who invited) string {
	t.Helper()
	w := person(t, maja, looks["sv 1280"])
	w.visit("/customers/" + who.customer + "/collaborations/" + who.solution)
	return w.activates(who, false)
}
