package browser_test

import "testing"

// A form that is sent after the session has expired retains its input.
func TestLogin_KeepsFormInput(t *testing.T) {
	t.Parallel()
	w := openWindowAs(t, nils, looks["sv 1280"])
	w.visit("/customers/c-1009/collaborations/financial-overview")
	to := invitee{"c-1009", "Elin Höglunds", "elin@hoglund.example", financial}
	w.fillIn(to)
	w.clearCookies()
	w.click(w.translate("office.activate.review"))
	w.waitForText(w.translate("error.login.title"))
	w.checkAccessibility()
	w.click(w.translate("login.button"))
	w.chooseLogin(nils)
	w.waitForText(w.translate("draft.kept"))
	w.checkAccessibility()
	if got := w.value(w.translate("field.contact.email")); got != to.email {
		t.Errorf("the address is %q", got)
	}
	id := w.activate(to, false)

	c := openWindow(t, looks["en 375"])
	c.openInvitation(id, to)
	c.click(c.translate("page.decline.summary"))
	c.click(c.translate("reason.other"))
	c.clickOn(`document.getElementById('field-comment')`)
	c.typeText("A long explanation")
	c.clearCookies()
	c.click(c.translate("page.decline.button"))
	c.click(c.translate("login.button"))
	c.chooseLogin(to.email)
	c.waitForText(c.translate("draft.kept"))
	if got := eval[string](c, "document.getElementById('field-comment').value"); got != "A long explanation" {
		t.Errorf("the comment is %q", got)
	}
	c.click(c.translate("page.decline.button"))
	c.waitForText(c.translate("page.declined.badge"))
	w.visit("/activations/" + id)
	w.waitForText("A long explanation")
}

// After the logout every page of the office asks for a login.
func TestLogout_EndsSession(t *testing.T) {
	t.Parallel()
	w := openWindowAs(t, maja, looks["en 375"])
	w.visit("/customers")
	w.click(w.translate("nav.logout"))
	w.waitUntil("the front page offers the login", "location.origin === "+quote(w.base)+" && location.pathname === '/' && document.querySelector('main a[href^=\"/login\"]')")
	w.checkAccessibility()
	w.visit("/customers")
	w.waitUntil("the provider asks for a person", `document.getElementById('email')`)
}
