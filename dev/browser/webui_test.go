package browser_test

import (
	"strings"
	"testing"

	"countersign/client"
	"countersign/dev/stack"
	"countersign/internal/rehearsal"
)

// secret is the name of the invited contact. Only operators may read it in the Web UI.
const secret = "Linnea Lönn"

// The Web UI decrypts payloads for operators and shows them encrypted to others. The
// operator follows the Web UI's link to the login and logs out afterwards.
func TestOperatorsReadClearText(t *testing.T) {
	t.Parallel()
	run := executionOfSecretContact(t)
	t.Run("logged out, then an operator", func(t *testing.T) {
		t.Parallel()
		w := openWindow(t, wide)
		w.visit(run)
		w.waitForEncrypted()
		w.visit(eval[string](w, `document.querySelector('a[href$="/login"]').href`))
		w.chooseLogin(operator)
		w.waitForText(w.translate("index.operator", "Olle Drift", operator))
		w.clickOn(`document.querySelector('main li a')`)
		w.waitUntil("the page is the Web UI's", "location.origin === new URL("+quote(run)+").origin")
		w.visit(run)
		w.waitForText(`"name": "` + secret + `"`)
		w.savePicture()
		w.visit(w.base + "/")
		w.click(w.translate("nav.logout"))
		w.waitUntil("the front page offers the login", "location.origin === "+quote(w.base)+" && document.querySelector('main a[href^=\"/login?to\"]')")
		w.visit(run)
		w.waitForEncrypted()
	})
	t.Run("a manager", func(t *testing.T) {
		t.Parallel()
		w := openWindowAs(t, maja, wide)
		w.visit(run)
		w.waitForEncrypted()
	})
}

var wide = look{language: "en", width: 1280}

// waitForEncrypted waits for the encrypted input and the hint to log in.
func (w *window) waitForEncrypted() {
	w.t.Helper()
	w.waitForText("Log in at Countersign as an operator")
	w.waitUntil("the input is encrypted", `/"[A-Za-z0-9+\/]{40}/.test(document.body.innerText)`)
	w.rejectText(secret)
	w.rejectText(strings.Fields(secret)[0])
	w.savePicture()
}

// The front page shows an operator the link to the Web UI. Operators have no office.
func TestOperator_FrontPageIsAccessible(t *testing.T) {
	t.Parallel()
	inLooks(t, rehearsal.Enabled, "pages", func(t *testing.T, l look) {
		w := openWindowAs(t, operator, l)
		w.waitForPath("/")
		w.checkAccessibility()
	})
}

// executionOfSecretContact returns the Web UI's page of an activation for a customer
// of this test.
func executionOfSecretContact(t *testing.T) string {
	t.Helper()
	needBrowser(t)
	a := addresses(t)
	office := &client.Client{URL: a.API, Token: stack.ManagerToken}
	file := "organisation_number,name,task,task_owner_email,task_status\n556016-0680,Lönnlövet AB,Bokslut,maja@ekstroms.example,open\n"
	if _, err := office.ImportCustomers(t.Context(), client.ImportCustomersQuery{}, strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	found, err := office.ListCustomers(t.Context(), client.ListCustomersQuery{Q: "556016"})
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	customer := found.Items[0]
	started, err := office.CreateActivation(t.Context(), client.ActivationRequest{
		CustomerID: customer.ID, SolutionID: financial, TaskID: customer.Tasks[0].ID, InvoiceRecipient: client.InvoiceRecipientOffice,
		Contact: &client.Contact{Name: secret, Email: "linnea@lonnlovet.example", Phone: "070-123 45 67"},
	})
	if err != nil {
		t.Fatal(err)
	}
	subject, _, _ := strings.Cut(started.ID, "-")
	return a.WebUI + "/namespaces/default/workflows/activation-" + subject
}
