package browser_test

import (
	"strings"
	"testing"
)

func TestDecline(t *testing.T) {
	who := invited{"c-1008", "Tvätt & Färg", "nina@tvatt.example", financial}
	id := waiting(t, who)
	w := anybody(t, looks["en 375"])
	w.opensInvitation(who)
	w.click(w.say("page.decline.summary"))
	w.click(w.say("page.decline.button"))
	w.sees(w.say("page.error.reason.required"))
	w.accessible()
	w.click(w.say("reason.price"))
	w.clickOn(`document.getElementById('comment')`)
	w.typed("Too dear <b>for us</b>")
	w.click(w.say("page.decline.button"))
	w.sees(w.say("page.declined.badge"))
	w.accessible()

	office := person(t, maja, looks["sv 1280"])
	office.visit("/activations/" + id)
	office.sees(office.say("reason.price"), "Too dear <b>for us</b>")
	office.accessible()
	office.visit("/requests?outcome=declined")
	office.sees(who.name, office.say("reason.price"))
	office.accessible()
	if len(mails(t, maja)) == 0 {
		t.Error("nobody at the office was told")
	}
}

// A link that was replaced says so, and gets the newest invitation sent.
func TestResendAndTheOldLink(t *testing.T) {
	who := invited{"c-1006", "Sjöbloms", "nina@sjobloms.example", financial}
	id := waiting(t, who)
	old := mailTo(t, who.email)
	office := person(t, maja, looks["sv 1280"])
	office.visit("/activations/" + id + "/resend")
	office.clickOn(`document.querySelector('main form button[type=submit]')`)
	office.isAt("/activations/" + id)
	w := anybody(t, looks["sv 320"])
	w.until("the second mail", "true")
	link := mailAfter(t, who.email, 1)
	if link == old {
		t.Fatal("the same link was sent again")
	}
	w.visit(old)
	w.sees(w.say("link.replaced.title"))
	w.accessible()
	if got := w.status(); got != 410 {
		t.Errorf("status %d of a replaced link", got)
	}
	w.visit(link)
	w.clickOn(`document.querySelector('main a[href^="/login"]')`)
	w.becomes(who.email)
	w.approves()
}

// Who is not invited sees nothing of the customer's, and switches.
func TestTheWrongAccount(t *testing.T) {
	who := invited{"c-1014", "Smörgåskompaniet", "nina@smorgas.example", financial}
	waiting(t, who)
	w := anybody(t, looks["en 375"])
	link := mailTo(t, who.email)
	w.visit(link)
	w.seesNot(who.name)
	w.clickOn(`document.querySelector('main a[href^="/login"]')`)
	w.becomes("goran@akessons.example")
	w.sees("goran@akessons.example", w.say("login.switch"))
	w.seesNot(who.name)
	w.seesNot(w.say("page.approve"))
	w.accessible()
	w.click(w.say("login.switch"))
	w.becomes(who.email)
	w.sees(who.name)
	w.approves()
}

// Of two answers at once the first counts, and the second says so.
func TestTwoWindowsDecideAtOnce(t *testing.T) {
	hjordis, ture := invited{"c-1003", "Blåbärsbageriet", "hjordis@blabarsbageriet.example", "spiris-scanner"}, "ture@blabarsbageriet.example"
	waiting(t, hjordis)
	first, second := anybody(t, looks["sv 1280"]), anybody(t, looks["en 375"])
	first.opensInvitation(hjordis)
	second.visit(mailTo(t, hjordis.email))
	second.clickOn(`document.querySelector('main a[href^="/login"]')`)
	second.becomes(ture)
	second.click(second.say("page.decline.summary"))
	second.click(second.say("reason.price"))
	for _, w := range []*window{first, second} {
		w.press(`document.getElementById('terms').checked = true`)
	}
	first.press(`document.querySelector('button[value=approve]').click()`)
	second.press(`document.querySelector('button[value=decline]').click()`)
	badges := [2]bool{}
	for n, w := range []*window{first, second} {
		w.until("what was decided", "document.querySelector('main .badge')")
		badges[n] = strings.Contains(w.text(), w.say("page.approved.badge"))
		w.accessible()
	}
	if badges[0] != badges[1] {
		t.Errorf("one window says that it was approved, the other that it was declined")
	}
}
