package browser_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"countersign/dev/stack"
)

// activated asks for a collaboration as programs do, and is its page.
func activated(t *testing.T, customer, solution, task, payer string) string {
	t.Helper()
	a, err := site()
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]string{"customer_id": customer, "solution_id": solution, "task_id": task, "invoice_recipient": payer})
	r, _ := http.NewRequest(http.MethodPost, a.API+"/v1/activations", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+stack.ManagerToken)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var taken struct{ ID string }
	if err := json.NewDecoder(answer.Body).Decode(&taken); err != nil || taken.ID == "" {
		t.Fatalf("status %d, %v", answer.StatusCode, err)
	}
	return "/activations/" + taken.ID
}

// What waits is followed and changed: in every look, and by two at once.
func TestWhatWaits(t *testing.T) {
	needBrowser(t)
	page := activated(t, "c-1003", "digital-invoices", "t-1003-1", "office")
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
	// The address was wrong.
	w.visit(page + "/correct")
	w.fill("Rätt e-postadress till Hjördis Blåbär", "hjordis.blabar@blabarsbageriet.example")
	w.click("Rätta och skicka igen")
	w.sees("en ny inbjudan är på väg dit")
	a, _ := site()
	if link := mailTo(t, a, "hjordis.blabar@blabarsbageriet.example", 0); link == "" {
		t.Error("no link in the mail")
	}
	w.visit(page + "/withdraw")
	w.click("Återkalla")
	w.sees("Inbjudan är återkallad.")
	w.visit("/requests?outcome=withdrawn")
	w.sees("Blåbärsbageriet i Ängelholm AB", "Aktivera igen")
}

// What runs is followed by customer, ended by managers, and taken back.
func TestWhatRuns(t *testing.T) {
	needBrowser(t)
	page := activated(t, "c-1010", "spiris-scanner", "t-1010-1", "")
	a, _ := site()
	customer := anybody(t, looks["sv 1280"])
	customer.visit(mailTo(t, a, "tove@fagelsang.example", 0))
	customer.clickOn(`document.querySelector('main a[href^="/login"]')`)
	customer.becomes("tove@fagelsang.example")
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
