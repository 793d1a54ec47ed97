package browser_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/stack"
)

const (
	tove   = "tove@fagelsang.example" // administers customers of both offices
	marta  = "marta@norrskensoptik.example"
	orjan  = "orjan@arligtkaffe.example"
	martas = "c-1007"
)

// activate starts an activation by the API, and follows nothing.
func activate(t *testing.T, a stack.Addresses, r collaboration.Request) (id string) {
	t.Helper()
	var accepted api.AcceptedView
	callAPI(t, a, http.MethodPost, "/v1/activations", r, &accepted)
	return string(accepted.ID)
}

func callAPI(t *testing.T, a stack.Addresses, method, path string, body, out any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, a.API+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+stack.ManagerToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}

// TestTheCustomersSide: from the mail to the end, as the customer sees it.
func TestTheCustomersSide(t *testing.T) {
	for _, tt := range []struct {
		name            string
		look            look
		customer, email string
		task            string
	}{
		{"sv 1280", look{language: "sv", width: 1280}, martas, marta, "t-1007-1"},
		{"en 375", look{language: "en", width: 375}, "c-1010", tove, "t-1010-1"},
		{"sv 320", look{language: "sv", width: 320}, "c-1005", orjan, "t-1005-1"},
	} {
		t.Run(tt.name, func(t *testing.T) { customersSide(t, tt.look, tt.customer, tt.email, tt.task) })
	}
}

func customersSide(t *testing.T, l look, customer, email, task string) {
	w := anybody(t, l)
	a, err := site()
	if err != nil {
		t.Fatal(err)
	}
	say := func(sv, en string) string {
		if l.language == "sv" {
			return sv
		}
		return en
	}
	request := collaboration.Request{CustomerID: customer, SolutionID: "financial-overview", TaskID: task, InvoiceRecipient: collaboration.PaidByOffice}
	if customer == martas {
		request.AgreementMonths = 12
	}
	before := len(mails(t, email))
	id := activate(t, a, request)
	first := mailAfter(t, email, before)

	// The link tells nobody more than who invites to what.
	w.visit(first)
	w.sees(say("bjuder in er till ett samarbete", "invites you to a collaboration"))
	w.accessible()
	w.click(say("Logga in, läs och svara", "Log in to read and answer"))
	w.becomes(nobody)
	w.sees(say("Inbjudan är till någon annan", "The invitation is for somebody else"))
	w.accessible()
	w.click(say("Byt konto", "Switch account"))
	w.becomes(email)
	w.sees(say("Jag har läst villkoren", "I have read the terms"))
	w.accessible()

	// A newer invitation replaces the link.
	callAPI(t, a, http.MethodPost, "/v1/activations/"+id+"/resend", struct{}{}, &api.StandingView{})
	mailAfter(t, email, before+1)
	w.visit(first)
	w.sees(say("ersatts av en nyare inbjudan", "replaced by a newer invitation"))
	w.accessible()

	// It is in the list, and is answered without the mail.
	w.visit("/my/collaborations")
	w.sees(say("Väntar på ert svar", "Waiting for your answer"))
	w.accessible()
	w.visit("/my/invitations/" + id)
	w.click(say("Godkänn samarbetet", "Approve the collaboration"))
	w.sees(say("Något behöver rättas", "Something needs to be corrected"))
	w.accessible()
	w.click(say("Vill ni tacka nej?", "Would you rather decline?"))
	w.picture()

	// The session runs out in mid-form: nothing is lost.
	w.click(say("Annat skäl", "Another reason"))
	w.fill(say("Meddelande till", "Message to"), "Vi hörs")
	w.forgets()
	w.clickOn(`document.querySelector('button[value=decline]')`)
	w.sees(say("Logga in för att fortsätta", "Log in to go on"))
	w.accessible()
	w.clickOn(`document.querySelector('main a.button')`)
	w.becomes(email)
	w.sees(say("Det du skrev finns kvar", "What you typed is still here"))
	if got := w.value(say("Meddelande till", "Message to")); got != "Vi hörs" {
		t.Errorf("what was typed is now %q", got)
	}
	w.accessible()

	w.clickOn(`document.getElementById('terms')`)
	w.click(say("Godkänn samarbetet", "Approve the collaboration"))
	w.sees(say("är godkänt", "is approved"))
	w.accessible()

	// The collaboration: notice, notice taken back, a day for the end.
	w.visit("/my/collaborations/" + id)
	w.isAt("/my/collaborations/" + id)
	w.accessible()
	w.click(say("Säg upp", "Give notice"))
	w.sees(say("Vi har tagit emot uppsägningen", "We have received your notice"))
	w.accessible()
	w.click(say("Ta tillbaka", "Take notice back"))
	w.sees(say("Uppsägningen är tillbakatagen", "The notice is taken back"))
	w.click(say("Avsluta samarbetet i förtid", "End the collaboration early"))
	w.clickOn(`document.querySelector('button[value=end]')`)
	w.sees(say("Något behöver rättas", "Something needs to be corrected"))
	w.accessible()
	w.click(say("Genast", "At once"))
	w.clickOn(`document.getElementById('field-sure')`)
	w.picture()
	w.clickOn(`document.querySelector('button[value=end]')`)
	w.sees(say("Samarbetet avslutas", "The collaboration is being ended"))
	w.visit("/my/collaborations")
	w.sees(say("Tidigare", "Earlier"))
	w.accessible()
	w.visit("/my/collaborations/" + id)
	w.sees(say("Avslutat", "Ended"))
	w.accessible()

	w.visit("/approve/cut-off")
	w.sees(say("Länken är inte giltig", "The link is not valid"))
	w.accessible()
}
