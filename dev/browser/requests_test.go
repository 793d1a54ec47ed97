package browser_test

import (
	"net/http"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
)

// activated asks for a collaboration as programs do, and is its page and the
// link in the mail that came of it.
func activated(t *testing.T, email string, r collaboration.Request) (page, link string) {
	t.Helper()
	needBrowser(t)
	a, err := site()
	if err != nil {
		t.Fatal(err)
	}
	before := len(mails(t, email))
	return "/activations/" + activate(t, a, r), mailAfter(t, email, before)
}

// isSentTo waits until it is recorded that the invitation went to an address:
// a form that is opened before that is overtaken by it.
func isSentTo(t *testing.T, page, address string) {
	t.Helper()
	a, _ := site()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var v api.ActivationView
		callAPI(t, a, http.MethodGet, "/v1"+page, nil, &v)
		if v.Invitation.Email == address && v.Invitation.Delivery.Settled() {
			return
		}
	}
	t.Fatalf("nothing was sent to %s", address)
}

// What waits is followed and changed: in every look, and by two at once.
func TestWhatWaits(t *testing.T) {
	const hjordis, corrected = "hjordis@blabarsbageriet.example", "hjordis.blabar@blabarsbageriet.example"
	page, _ := activated(t, hjordis, collaboration.Request{CustomerID: "c-1003", SolutionID: "digital-invoices", TaskID: "t-1003-1", InvoiceRecipient: collaboration.PaidByOffice})
	w := person(t, nils, looks["sv 1280"])
	w.visit(page)
	w.sees("Inbjudan skickad")
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			w := person(t, nils, l)
			w.visit("/requests")
			eval[bool](w, `document.querySelectorAll('details').forEach((d) => d.open = true) || true`)
			w.accessible()
			for _, do := range []string{"resend", "correct", "change", "forward", "withdraw"} {
				w.visit(page + "/" + do)
				w.accessible()
			}
			w.visit(page + "/correct")
			eval[bool](w, `(document.getElementById('field-email').value = '') || true`)
			w.clickOn(`document.querySelector('main form button')`)
			w.until("what is wrong", "document.querySelector('.summary a')")
			w.accessible()
			w.visit(page + "/end")
			w.accessible()
		})
	}
	// Somebody else was faster.
	w.visit(page + "/change")
	other := person(t, maja, looks["sv 1280"])
	other.visit(page + "/change")
	other.choose("Uppdrag", "Lön")
	other.click("Spara ändringen")
	other.sees("Ändringen är mottagen.")
	w.click("Kunden")
	w.click("Spara ändringen")
	w.sees("Något hände medan sidan var öppen", "Lön")
	w.accessible()
	if got := w.value("Uppdrag"); got != "t-1003-2" {
		t.Errorf("the other's task is not shown, but %q", got)
	}
	w.click("Spara ändringen")
	w.sees("Ändringen är mottagen.")
	isSentTo(t, page, hjordis)
	// The address was wrong.
	for _, address := range []string{corrected, hjordis} {
		w.visit(page + "/correct")
		w.fill("Rätt e-postadress till Hjördis Blåbär", address)
		w.click("Rätta och skicka igen")
		w.sees("en ny inbjudan är på väg dit")
		isSentTo(t, page, address)
	}
	w.visit(page + "/withdraw")
	w.click("Återkalla")
	w.sees("Inbjudan är återkallad.")
	w.visit("/requests?outcome=withdrawn")
	w.sees("Blåbärsbageriet i Ängelholm AB", "Aktivera igen")
}

// What runs is followed by customer, ended by managers, and taken back.
func TestWhatRuns(t *testing.T) {
	const tove = "tove@fagelsang.example"
	page, link := activated(t, tove, collaboration.Request{CustomerID: "c-1010", SolutionID: "spiris-scanner", TaskID: "t-1010-1"})
	customer := anybody(t, looks["sv 1280"])
	customer.visit(link)
	customer.clickOn(`document.querySelector('main a[href^="/login"]')`)
	customer.becomes(tove)
	customer.clickOn(`document.querySelector('input[name=accept_terms]')`)
	customer.click("Godkänn")
	customer.sees("är godkänt")
	w := person(t, maja, looks["sv 1280"])
	w.visit("/collaborations?solution=spiris-scanner")
	w.sees("Fågelsångs Förskola", "Förlängs", "Har åtkomst")
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			w := person(t, maja, l)
			w.visit("/collaborations")
			eval[bool](w, `document.querySelectorAll('details').forEach((d) => d.open = true) || true`)
			w.accessible()
			for _, do := range []string{"change", "end", "resend", "take-back"} {
				w.visit(page + "/" + do)
				w.accessible()
			}
		})
	}
	w.visit(page + "/end")
	if shown := eval[bool](w, "document.getElementById('field-on').offsetParent !== null"); shown {
		t.Error("a date is asked for before it is wanted")
	}
	w.click("Ett datum som du väljer")
	w.until("a date", "document.getElementById('field-on').offsetParent !== null")
	w.click("När perioden slutar")
	w.click("Avsluta samarbetet")
	w.sees("Avslutet är mottaget.")
	w.visit("/collaborations?solution=spiris-scanner")
	w.sees("Upphör")
	w.visit(page + "/take-back")
	w.accessible()
	w.click("Ta tillbaka")
	w.sees("Uppsägningen är tillbakatagen.")
	w.visit(page + "/end")
	w.click("Nu genast")
	w.click("Avsluta samarbetet")
	w.sees("Avslutet är mottaget.")
	w.visit("/collaborations?state=ended&solution=spiris-scanner")
	w.sees("Fågelsångs Förskola", "Avslutat")
}
