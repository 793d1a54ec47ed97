package e2e_test

import (
	"net/http"
	"testing"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/stack"
)

// An employee corrects the administrator's address, answers in the administrator's name, and
// ends the collaboration as the customer: each step is refused.
func TestDuties_EmployeeCannotGiveTheCustomersAnswer(t *testing.T) {
	t.Parallel()
	const employee = "nils@ekstroms.example"
	o := harness.StartStack(t, harness.Backends[0].Use)
	nils, person := o.As(t, stack.EmployeeToken), o.Customer(employee)
	id := o.Activate(harness.Scenarios[1].Request) // the customer has an administrator
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	invited := a.Invitation.Email
	link := o.Mails(invited)[0].Links[0]
	activation, customer := "/v1/activations/"+string(id), "/v1/customers/"+a.CustomerID
	approval := rest.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: "0", Locale: collaboration.Swedish}
	now := map[string]any{"when": "now"}
	contact := map[string]any{"name": "Nils Berg", "email": employee, "phone": "070-123 45 67"}
	newCustomer := harness.Scenarios[2].Request
	newCustomer.Contact = &collaboration.Contact{Name: "Nils Berg", Email: "NILS@ekstroms.example", Phone: "070-123 45 67"}
	for _, step := range []struct {
		name         string
		by           *harness.Office
		method, path string
		body         any
		status       int
	}{
		{"corrects the address of an existing administrator", nils, http.MethodPost, activation + "/correct", rest.CorrectRequest{Email: "nils.private@mail.example"}, http.StatusConflict},
		{"becomes the administrator", nils, http.MethodPost, customer + "/administrators", contact, http.StatusUnprocessableEntity},
		{"takes the administrator's place", nils, http.MethodPut, customer + "/administrators/" + a.Invitation.AdministratorID, contact, http.StatusUnprocessableEntity},
		{"is the contact of a new customer", nils, http.MethodPost, "/v1/activations", newCustomer, http.StatusUnprocessableEntity},
		{"reads the invitation", person.Office, http.MethodGet, harness.InvitationPath(link), nil, http.StatusForbidden},
		{"approves", person.Office, http.MethodPost, harness.InvitationPath(link) + "/decision", approval, http.StatusForbidden},
		{"ends as the employee", nils, http.MethodPost, activation + "/end", now, http.StatusForbidden},
		{"ends as the customer", person.Office, http.MethodPost, "/v1/collaborations/" + string(id) + "/end", now, http.StatusForbidden},
	} {
		if r := step.by.Call(step.method, step.path, step.body, nil); r.StatusCode != step.status {
			t.Errorf("an employee %s: %s, want %d", step.name, r.Status, step.status)
		}
	}
	if a := o.Activation(id); a.State != collaboration.AwaitingApproval || a.Invitation.Email != invited || a.Invitation.Generation != 1 {
		t.Errorf("the activation is %s, invited %s in generation %d", a.State, a.Invitation.Email, a.Invitation.Generation)
	}

	o.Customer(invited).Approve(link)
	d := o.AwaitState(id, collaboration.Active).Decision
	if d == nil || d.Login == nil || d.Login.Email != invited || d.Login.Issuer == "" || d.Login.ACR != "0" || len(d.Login.AMR) != 1 {
		t.Errorf("the decision has the login %+v", d)
	}
	if r := person.Call(http.MethodPost, "/v1/collaborations/"+string(id)+"/end", now, nil); r.StatusCode != http.StatusForbidden {
		t.Errorf("an employee ends the running collaboration as the customer: %s", r.Status)
	}
}
