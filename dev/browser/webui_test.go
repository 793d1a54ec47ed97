package browser_test

import (
	"strings"
	"testing"

	"countersign/client"
	"countersign/dev/stack"
)

// secret is whom the office invites here, and no one else may read of.
const secret = "Linnea Lönn"

// Operators read in the Web UI what its other readers see encrypted: from the
// Web UI's own link to the login, and back, until they log out.
func TestOperatorsReadClearText(t *testing.T) {
	run := secretRun(t)
	t.Run("nobody, then an operator", func(t *testing.T) {
		w := anybody(t, wide)
		w.visit(run)
		w.seesSealed()
		w.visit(eval[string](w, `document.querySelector('a[href$="/login"]').href`))
		w.becomes(operator)
		w.sees(w.say("index.operator", "Olle Drift", operator))
		w.clickOn(`document.querySelector('main li a')`)
		w.until("the Web UI", "location.origin === new URL("+quote(run)+").origin")
		w.visit(run)
		w.sees(`"name": "` + secret + `"`)
		w.picture()
		w.visit(w.base + "/")
		w.click(w.say("nav.logout"))
		w.until("being out", "location.origin === "+quote(w.base)+" && document.querySelector('main a[href^=\"/login?to\"]')")
		w.visit(run)
		w.seesSealed()
	})
	t.Run("a manager", func(t *testing.T) {
		w := person(t, maja, wide)
		w.visit(run)
		w.seesSealed()
	})
}

var wide = look{language: "en", width: 1280}

// seesSealed waits for the input as it is stored, and for what to do about it.
func (w *window) seesSealed() {
	w.t.Helper()
	w.sees("Log in at Countersign as an operator")
	w.until("an input in no words", `/"[A-Za-z0-9+\/]{40}/.test(document.body.innerText)`)
	w.seesNot(secret)
	w.seesNot(strings.Fields(secret)[0])
	w.picture()
}

// An operator, who has nothing at the product, is told where to look.
func TestAnOperatorIsToldWhereToLook(t *testing.T) {
	for name, l := range looks {
		t.Run(name, func(t *testing.T) {
			w := person(t, operator, l)
			w.isAt("/")
			w.accessible()
		})
	}
}

// secretRun is the Web UI's page of an activation for a customer of this test.
func secretRun(t *testing.T) string {
	t.Helper()
	needBrowser(t)
	a, err := site()
	if err != nil {
		t.Fatal(err)
	}
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
