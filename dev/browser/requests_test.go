package browser_test

import (
	"net/http"
	"testing"

	"countersign/api/present"
	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

// waitForDelivery waits until the delivery of the invitation to an address is
// recorded. A form that is opened earlier is outdated by the record.
func waitForDelivery(t *testing.T, page, address string) {
	t.Helper()
	eventually.True(t, "the delivery to "+address+" is recorded", func() bool {
		var v rest.ActivationView
		callAPI(t, http.MethodGet, "/v1"+page, nil, &v)
		return v.Invitation.Email == address && v.Invitation.Delivery.IsSettled()
	})
}

// The office's pages of a pending invitation, in every look, and two simultaneous
// changes of it.
func TestRequest_IsChangedCorrectedAndWithdrawn(t *testing.T) {
	t.Parallel()
	const hjordis, lova, corrected = "hjordis@blabarsbageriet.example", "lova@sjobloms.example", "lova.sjoblom@sjobloms.example"
	page := "/activations/" + activateByAPI(t, collaboration.Request{CustomerID: "c-1003", SolutionID: "digital-invoices", TaskID: "t-1003-1", InvoiceRecipient: collaboration.PaidByOffice})
	// Only the address of a contact that the invitation creates can be corrected. The other
	// tests have no activation of this customer, so no other contact exists.
	var added present.Customer
	callAPI(t, http.MethodPost, "/v1/customers", map[string]string{"name": "Sjöbloms Varv AB", "organisation_number": "5594112236"}, &added)
	callAPI(t, http.MethodPost, "/v1/customers/"+added.ID+"/tasks", map[string]string{"name": "Lön", "owner": "emp-nils"}, &added)
	ofContact := "/activations/" + activateByAPI(t, collaboration.Request{CustomerID: added.ID, SolutionID: "digital-invoices", TaskID: added.Tasks[0].ID, InvoiceRecipient: collaboration.PaidByOffice,
		Contact: &collaboration.Contact{Name: "Lova Sjöblom", Email: lova, Phone: "070-174 06 96"}})
	w := openWindowAs(t, nils, looks["sv 1280"])
	w.visit(page)
	w.waitForText("Inbjudan skickad")
	waitForDelivery(t, ofContact, lova)
	inLooks(t, rehearsal.Enabled, "pages", func(t *testing.T, l look) {
		w := openWindowAs(t, nils, l)
		w.visit("/requests")
		eval[bool](w, `document.querySelectorAll('details').forEach((d) => d.open = true) || true`)
		w.checkAccessibility()
		for _, do := range []string{"resend", "change", "forward", "withdraw"} {
			w.visit(page + "/" + do)
			w.checkAccessibility()
		}
		w.visit(ofContact + "/correct")
		w.checkAccessibility()
		eval[bool](w, `(document.getElementById('field-email').value = '') || true`)
		w.clickOn(`document.querySelector('main form button')`)
		w.waitUntil("the page lists the errors", "document.querySelector('.summary a')")
		w.checkAccessibility()
		w.visit(page + "/end")
		w.checkAccessibility()
	})
	// Another employee's change is stored first.
	w.visit(page + "/change")
	other := openWindowAs(t, maja, looks["sv 1280"])
	other.visit(page + "/change")
	other.choose("Uppdrag", "Lön")
	other.click("Spara ändringen")
	other.waitForText("Ändringen är mottagen.")
	w.click("Kunden")
	w.click("Spara ändringen")
	w.waitForText("Något hände medan sidan var öppen", "Lön")
	w.checkAccessibility()
	if got := w.value("Uppdrag"); got != "t-1003-2" {
		t.Errorf("the form shows the task %q, want the other employee's", got)
	}
	w.click("Spara ändringen")
	w.waitForText("Ändringen är mottagen.")
	waitForDelivery(t, page, hjordis)
	// The address is corrected, and corrected again.
	for _, address := range []string{corrected, lova} {
		w.visit(ofContact + "/correct")
		w.fill("Rätt e-postadress till Lova Sjöblom", address)
		w.click("Rätta och skicka igen")
		w.waitForText("en ny inbjudan är på väg dit")
		waitForDelivery(t, ofContact, address)
	}
	w.visit(page + "/withdraw")
	w.click("Återkalla")
	w.waitForText("Inbjudan är återkallad.")
	w.visit("/requests?outcome=withdrawn")
	w.waitForText("Blåbärsbageriet i Ängelholm AB", "Aktivera igen")
}

// The office's pages of a running collaboration, in every look; notice, revoked
// notice and the end.
func TestCollaboration_IsEndedByOffice(t *testing.T) {
	t.Parallel()
	const tove = "tove@fagelsang.example"
	id := activateByAPI(t, collaboration.Request{CustomerID: "c-1010", SolutionID: "spiris-scanner", TaskID: "t-1010-1"})
	page, link := "/activations/"+id, invitationLink(t, id, tove)
	customer := openWindow(t, looks["sv 1280"])
	customer.visit(link)
	customer.clickOn(`document.querySelector('main a[href^="/login"]')`)
	customer.chooseLogin(tove)
	customer.clickOn(`document.querySelector('input[name=accept_terms]')`)
	customer.click("Godkänn")
	customer.waitForText("är godkänt")
	w := openWindowAs(t, maja, looks["sv 1280"])
	w.visit("/collaborations?solution=spiris-scanner")
	w.waitForText("Fågelsångs Förskola", "Förlängs", "Har åtkomst")
	inLooks(t, rehearsal.Enabled, "pages", func(t *testing.T, l look) {
		w := openWindowAs(t, maja, l)
		w.visit("/collaborations")
		eval[bool](w, `document.querySelectorAll('details').forEach((d) => d.open = true) || true`)
		w.checkAccessibility()
		for _, do := range []string{"change", "end", "resend", "revoke-notice"} {
			w.visit(page + "/" + do)
			w.checkAccessibility()
		}
	})
	w.visit(page + "/end")
	if shown := eval[bool](w, "document.getElementById('field-on').offsetParent !== null"); shown {
		t.Error("the form asks for a date before that choice is made")
	}
	w.click("Efter en sista dag som du väljer")
	w.waitUntil("the form asks for a date", "document.getElementById('field-on').offsetParent !== null")
	w.click("När perioden slutar")
	w.clickOn(`document.querySelector('input[name=sure]')`)
	w.click("Avsluta samarbetet")
	w.waitForText("Avslutet är mottaget.")
	w.visit("/collaborations?solution=spiris-scanner")
	w.waitForText("Uppsagd, upphör")
	w.visit(page + "/revoke-notice")
	w.checkAccessibility()
	w.click("Återta")
	w.waitForText("Uppsägningen är återtagen.")
	w.visit(page + "/end")
	w.click("Nu genast")
	w.clickOn(`document.querySelector('input[name=sure]')`)
	w.click("Avsluta samarbetet")
	w.waitForText("Avslutet är mottaget.")
	w.visit("/collaborations?phase=ended&solution=spiris-scanner")
	w.waitForText("Fågelsångs Förskola", "Avslutad")
}
