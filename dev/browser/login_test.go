package browser_test

import "testing"

// Nothing that was typed is lost where the login has run out.
func TestTheSessionEndsInMidForm(t *testing.T) {
	w := person(t, nils, looks["sv 1280"])
	w.visit("/customers/c-1009/collaborations/financial-overview")
	who := invited{"c-1009", "Elin Höglunds", "elin@hoglund.example", financial}
	w.fillIn(who)
	w.forgets()
	w.click(w.say("office.activate.review"))
	w.sees(w.say("trouble.login.title"))
	w.accessible()
	w.click(w.say("login.button"))
	w.becomes(nils)
	w.sees(w.say("draft.kept"))
	w.accessible()
	if got := w.value(w.say("field.contact.email")); got != who.email {
		t.Errorf("the address is %q", got)
	}
	id := w.activates(who, false)

	c := anybody(t, looks["en 375"])
	c.opensInvitation(who)
	c.click(c.say("page.decline.summary"))
	c.click(c.say("reason.other"))
	c.clickOn(`document.getElementById('comment')`)
	c.typed("A long explanation")
	c.forgets()
	c.click(c.say("page.decline.button"))
	c.click(c.say("login.button"))
	c.becomes(who.email)
	c.sees(c.say("draft.kept"))
	if got := eval[string](c, "document.getElementById('comment').value"); got != "A long explanation" {
		t.Errorf("the comment is %q", got)
	}
	c.click(c.say("page.decline.button"))
	c.sees(c.say("page.declined.badge"))
	w.visit("/activations/" + id)
	w.sees("A long explanation")
}

// Logging out is for good: neither going back nor the old cookie helps.
func TestLogout(t *testing.T) {
	w := person(t, maja, looks["en 375"])
	w.visit("/customers")
	w.click(w.say("nav.logout"))
	w.until("being out", "location.origin === "+quote(w.base)+" && location.pathname === '/' && document.querySelector('main a[href^=\"/login\"]')")
	w.accessible()
	w.visit("/customers")
	w.until("the provider", `document.getElementById('email')`)
}
