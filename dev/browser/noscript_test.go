package browser_test

import "testing"

// Activation, approval and notice work without JavaScript. The progress page
// reloads itself.
func TestNoScript_ActivatesApprovesAndGivesNotice(t *testing.T) {
	t.Parallel()
	to := invitee{"c-1010", "Fågelsångs", tove, invoices}
	plain := looks["sv 1280"]
	plain.noScript = true
	w := openWindowAs(t, maja, plain)
	w.visit("/customers/" + to.customer + "/collaborations/" + to.solution)
	id := w.activate(to, false)
	c := openWindow(t, plain)
	c.visit(invitationLink(t, id, to.email))
	c.clickOn(`document.querySelector('main a[href^="/login"]')`)
	c.chooseLogin(to.email)
	c.approve()
	c.visit("/my/collaborations")
	c.clickOn(`document.querySelector('main th a[href="/my/collaborations/` + id + `"]')`)
	c.waitForPath("/my/collaborations/" + id)
	c.click(c.translate("collaboration.end.summary"))
	c.clickOn(`document.querySelector('input[value=end_of_term]')`)
	c.clickOn(`document.querySelector('input[name=sure]')`)
	c.clickOn(`document.querySelector('button[value=end]')`)
	c.waitForText(c.translate("note.notice"))
}
