package browser_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/stack"
	"countersign/internal/rehearsal"
)

const (
	tove   = "tove@fagelsang.example" // administers customers of both offices
	marta  = "marta@norrskensoptik.example"
	orjan  = "orjan@arligtkaffe.example"
	martas = "c-1007"
)

// activateByAPI starts an activation, and does not wait for its steps.
func activateByAPI(t *testing.T, r collaboration.Request) (id string) {
	t.Helper()
	needBrowser(t)
	var accepted rest.AcceptedView
	callAPI(t, http.MethodPost, "/v1/activations", r, &accepted)
	return string(accepted.ID)
}

func callAPI(t *testing.T, method, path string, body, out any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, addresses(t).API+path, bytes.NewReader(raw))
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

// The customer's pages from the mail to the end of the collaboration.
func TestCustomer_AnswersAndEndsCollaboration(t *testing.T) {
	t.Parallel()
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
		t.Run(tt.name, func(t *testing.T) {
			if tt.look.width == 1280 {
				rehearsal.Only(t) // the office's tests cover this width
			}
			t.Parallel()
			answerAndEnd(t, tt.look, tt.customer, tt.email, tt.task)
		})
	}
}

func answerAndEnd(t *testing.T, l look, customer, email, task string) {
	w := openWindow(t, l)
	translate := func(sv, en string) string {
		if l.language == "sv" {
			return sv
		}
		return en
	}
	request := collaboration.Request{CustomerID: customer, SolutionID: "financial-overview", TaskID: task, InvoiceRecipient: collaboration.PaidByOffice}
	if customer == martas {
		request.AgreementMonths = 12
	}
	id := activateByAPI(t, request)
	first := invitationLink(t, id, email)

	// The link alone shows only the office and the solution.
	w.visit(first)
	w.waitForText(translate("bjuder in er till ett samarbete", "invites you to a collaboration"))
	w.checkAccessibility()
	w.click(translate("Logga in, läs och svara", "Log in to read and answer"))
	w.chooseLogin(stranger)
	w.waitForText(translate("Inbjudan är till någon annan", "The invitation is for another person"))
	w.checkAccessibility()
	w.click(translate("Byt konto", "Switch account"))
	w.chooseLogin(email)
	w.waitForText(translate("Jag har läst villkoren", "I have read the terms"))
	w.checkAccessibility()

	// A newer invitation supersedes the link.
	callAPI(t, http.MethodPost, "/v1/activations/"+id+"/resend", struct{}{}, &rest.StatusView{})
	latestInvitationLink(t, id, email, 2)
	w.visit(first)
	w.waitForText(translate("ersatts av en nyare inbjudan", "replaced by a newer invitation"))
	w.checkAccessibility()

	// The list has the invitation, and the customer answers it without the mail.
	w.visit("/my/collaborations")
	w.waitForText(translate("Väntar på ert svar", "Awaiting your answer"))
	w.checkAccessibility()
	w.visit("/my/invitations/" + id)
	w.click(translate("Godkänn samarbetet", "Approve the collaboration"))
	w.waitForText(translate("Något behöver rättas", "Something needs to be corrected"))
	w.checkAccessibility()
	w.click(translate("Vill ni tacka nej?", "Would you rather decline?"))
	w.savePicture()

	// The session expires while the form is open: the form retains the input.
	w.click(translate("Annat skäl", "Another reason"))
	w.fill(translate("Meddelande till", "Message to"), "Vi hörs")
	w.clearCookies()
	w.clickOn(`document.querySelector('button[value=decline]')`)
	w.waitForText(translate("Logga in för att fortsätta", "Log in to continue"))
	w.checkAccessibility()
	w.clickOn(`document.querySelector('main a.button')`)
	w.chooseLogin(email)
	w.waitForText(translate("Det du skrev finns kvar", "What you typed is still here"))
	if got := w.value(translate("Meddelande till", "Message to")); got != "Vi hörs" {
		t.Errorf("the message is %q", got)
	}
	w.checkAccessibility()

	w.clickOn(`document.getElementById('field-terms')`)
	w.click(translate("Godkänn samarbetet", "Approve the collaboration"))
	w.waitForText(translate("är godkänt", "is approved"))
	w.checkAccessibility()

	// The collaboration: give notice, revoke notice, end at once.
	w.visit("/my/collaborations/" + id)
	w.waitForPath("/my/collaborations/" + id)
	w.checkAccessibility()
	w.click(translate("Säg upp eller avsluta samarbetet", "Give notice or end the collaboration"))
	w.click(translate("När perioden slutar", "When the term ends"))
	w.clickOn(`document.querySelector('input[name=sure]')`)
	w.checkAccessibility()
	w.savePicture()
	w.clickOn(`document.querySelector('button[value=end]')`)
	w.waitForText(translate("Vi har tagit emot uppsägningen", "We have received your notice"))
	w.checkAccessibility()
	w.click(translate("Återta uppsägningen", "Revoke notice"))
	w.waitForText(translate("Uppsägningen är återtagen", "The notice is revoked"))
	w.click(translate("Säg upp eller avsluta samarbetet", "Give notice or end the collaboration"))
	w.clickOn(`document.querySelector('button[value=end]')`)
	w.waitForText(translate("Något behöver rättas", "Something needs to be corrected"))
	w.checkAccessibility()
	w.click(translate("Nu genast", "Right now"))
	w.clickOn(`document.querySelector('input[name=sure]')`)
	w.savePicture()
	w.clickOn(`document.querySelector('button[value=end]')`)
	w.waitForText(translate("Samarbetet avslutas", "The collaboration is being ended"))
	w.visit("/my/collaborations")
	w.waitForText(translate("Tidigare", "Earlier"))
	w.checkAccessibility()
	w.visit("/my/collaborations/" + id)
	w.waitForText(translate("Avslutad", "Ended"))
	w.checkAccessibility()

	w.visit("/approve/cut-off")
	w.waitForText(translate("Länken är inte giltig", "The link is not valid"))
	w.checkAccessibility()
}
