package browser_test

import (
	"strings"
	"testing"

	"countersign/internal/eventually"
)

func TestDecline_NeedsReasonAndNotifiesOffice(t *testing.T) {
	t.Parallel()
	to := invitee{"c-1008", "Tvätt & Färg", "nina@tvatt.example", financial}
	id := activateInForm(t, to)
	w := openWindow(t, looks["en 375"])
	w.openInvitation(id, to)
	w.click(w.translate("page.decline.summary"))
	w.click(w.translate("page.decline.button"))
	w.waitForText(w.translate("page.error.reason.required"))
	w.checkAccessibility()
	w.click(w.translate("reason.price"))
	w.clickOn(`document.getElementById('field-comment')`)
	w.typeText("Too dear <b>for us</b>")
	w.click(w.translate("page.decline.button"))
	w.waitForText(w.translate("page.declined.badge"))
	w.checkAccessibility()

	office := openWindowAs(t, maja, looks["sv 1280"])
	office.visit("/activations/" + id)
	office.waitForText(office.translate("reason.price"), "Too dear <b>for us</b>")
	office.checkAccessibility()
	office.visit("/requests?outcome=declined")
	office.waitForText(to.name, office.translate("reason.price"))
	office.checkAccessibility()
	eventually.True(t, "the office is notified of the decline", func() bool {
		return len(mails(t, maja, func(m inboxMail) bool { return strings.Contains(m.Subject, to.name) })) > 0
	})
}

// The page of a superseded link explains that. The link of the newest invitation works.
func TestResend_SupersedesLink(t *testing.T) {
	t.Parallel()
	to := invitee{"c-1006", "Sjöbloms", "nina@sjobloms.example", financial}
	id := activateInForm(t, to)
	superseded := invitationLink(t, id, to.email)
	office := openWindowAs(t, maja, looks["sv 1280"])
	office.visit("/activations/" + id + "/resend")
	office.clickOn(`document.querySelector('main form button[type=submit]')`)
	office.waitForPath("/activations/" + id)
	w := openWindow(t, looks["sv 320"])
	link := latestInvitationLink(t, id, to.email, 2)
	if link == superseded {
		t.Fatal("the same link was sent again")
	}
	w.visit(superseded)
	w.waitForText(w.translate("link.replaced.title"))
	w.checkAccessibility()
	if got := w.status(); got != 410 {
		t.Errorf("status %d of a superseded link", got)
	}
	w.visit(link)
	w.clickOn(`document.querySelector('main a[href^="/login"]')`)
	w.chooseLogin(to.email)
	w.approve()
}

// Another customer's administrator sees nothing of the customer, and can switch
// to the invited account.
func TestInvitation_HidesCustomerFromOtherAccounts(t *testing.T) {
	t.Parallel()
	to := invitee{"c-1014", "Smörgåskompaniet", "nina@smorgas.example", financial}
	id := activateInForm(t, to)
	w := openWindow(t, looks["en 375"])
	w.visit(invitationLink(t, id, to.email))
	w.rejectText(to.name)
	w.clickOn(`document.querySelector('main a[href^="/login"]')`)
	w.chooseLogin("goran@akessons.example")
	w.waitForText("goran@akessons.example", w.translate("login.switch"))
	w.rejectText(to.name)
	w.rejectText(w.translate("page.approve"))
	w.checkAccessibility()
	w.click(w.translate("login.switch"))
	w.chooseLogin(to.email)
	w.waitForText(to.name)
	w.approve()
}

// Of two simultaneous answers the first one counts, and both pages show it.
func TestAnswer_TwoWindowsAgree(t *testing.T) {
	t.Parallel()
	hjordis, ture := invitee{"c-1003", "Blåbärsbageriet", "hjordis@blabarsbageriet.example", "spiris-scanner"}, "ture@blabarsbageriet.example"
	id := activateInForm(t, hjordis)
	first, second := openWindow(t, looks["sv 1280"]), openWindow(t, looks["en 375"])
	first.openInvitation(id, hjordis)
	second.visit(invitationLink(t, id, hjordis.email))
	second.clickOn(`document.querySelector('main a[href^="/login"]')`)
	second.chooseLogin(ture)
	second.click(second.translate("page.decline.summary"))
	second.click(second.translate("reason.price"))
	for _, w := range []*window{first, second} {
		w.runScript(`document.getElementById('field-terms').checked = true`)
	}
	first.runScript(`document.querySelector('button[value=approve]').click()`)
	second.runScript(`document.querySelector('button[value=decline]').click()`)
	approved := [2]bool{}
	for n, w := range []*window{first, second} {
		w.waitUntil("the page shows the decision", "document.querySelector('main .badge')")
		approved[n] = strings.Contains(w.pageText(), w.translate("page.approved.badge"))
		w.checkAccessibility()
	}
	if approved[0] != approved[1] {
		t.Errorf("one window shows that the invitation was approved, the other that it was declined")
	}
}
