package browser_test

import "testing"

// Everything works without JavaScript; the progress asks anew by itself.
func TestWithoutJavaScript(t *testing.T) {
	who := invited{"c-1010", "Fågelsångs", tove, invoices}
	plain := looks["sv 1280"]
	plain.noScript = true
	w := person(t, maja, plain)
	w.visit("/customers/" + who.customer + "/collaborations/" + who.solution)
	w.activates(who, false)
	c := anybody(t, plain)
	c.visit(mailTo(t, who.email))
	c.clickOn(`document.querySelector('main a[href^="/login"]')`)
	c.becomes(who.email)
	c.approves()
	c.visit("/my/collaborations")
	c.clickOn(`document.querySelector("main th a")`)
	c.until("the collaboration", "location.pathname.startsWith('/my/collaborations/')")
	c.click(c.say("collaboration.notice.button"))
	c.sees(c.say("note.notice"))
}
