package api_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"countersign/collaboration"
)

// isCustomerRoute reports whether a route acts for a customer.
func isCustomerRoute(route string) bool {
	path := strings.Fields(route)[1]
	for _, prefix := range []string{"/approve/", "/my/", "/v1/collaborations", "/v1/invitations/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// An employee of the inviting office cannot use any route of its customers, although the
// person is their administrator.
func TestDuties_EmployeeCannotActForCustomer(t *testing.T) {
	t.Parallel()
	states := map[string]func(*collaboration.Activation){
		"open":    func(*collaboration.Activation) {},
		"expired": state(collaboration.Expired),
		"newer":   func(a *collaboration.Activation) { a.Generation = 2 },
	}
	for name, change := range states {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			routes := 0
			for _, r := range p.s.Routes() {
				route := r.Method + " " + r.Path
				if !isCustomerRoute(route) || r.Method == http.MethodHead {
					continue
				}
				routes++
				p.renew()
				p.administers("c-platform", nils.Email)
				a := p.records[p.pending]
				change(&a)
				p.records[p.pending] = a
				// The employee may act for a customer of another office, so the roles allow the routes.
				p.administers("c-other", nils.Email)
				var got *httptest.ResponseRecorder
				want := `"code":"separation_of_duties"`
				if isJSON(route) {
					got = p.json(route, "nils")
				} else {
					got, want = p.page(t, route, "nils"), "Byrån och kunden måste företrädas av olika personer"
				}
				switch {
				case route == "GET /my/collaborations", route == "GET /v1/collaborations":
					if got.Code != 200 || strings.Contains(got.Body.String(), string(p.running)) || strings.Contains(got.Body.String(), string(p.pending)) {
						t.Errorf("%s: %d, %s", route, got.Code, got.Body)
					}
				case got.Code != 403 || !strings.Contains(got.Body.String(), want):
					t.Errorf("%s: %d, want 403 with %s", route, got.Code, want)
				}
				if p.changes() != 0 {
					t.Errorf("%s changed something: %v", route, p.calls)
				}
			}
			if routes < 12 {
				t.Errorf("only %d routes of customers", routes)
			}
		})
	}
}

// Without another customer, an employee who administers a customer of the office has none.
func TestDuties_ListOfOwnOfficesCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.administers("c-platform", nils.Email)
	s := w.server(t)
	run := []request{
		{url: "/v1/collaborations", as: "nils", status: 403, content: []string{code("separation_of_duties")}},
		{url: "/v1/collaborations", as: "maja", status: 403, content: []string{code("forbidden")}},
	}
	for _, r := range run {
		r.check(t, r.send(s))
	}
}

// An employee of another office answers for the employee's own company.
func TestDuties_EmployeeOfAnotherOfficeAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.administers("c-platform", sara.Email)
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.status.State = collaboration.AwaitingApproval
	r := post("/v1/invitations/"+string(id)+".1/decision", "sara", `{"outcome":"decline","reason":"price"}`)
	r.status = 200
	r.check(t, r.send(w.server(t)))
	if len(w.decisions) != 1 {
		t.Errorf("decisions %+v", w.decisions)
	}
}

// The contact of a new customer, and its corrected address, belong to no employee of the office.
func TestDuties_ContactIsNoEmployee(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval, createsContact)
	s := w.server(t)
	for _, email := range []string{nils.Email, "Nils@Byran.example", maja.Email} {
		for _, r := range []request{
			{url: "/v1/activations", as: "nils", body: change(goodNew, "linda@har.example", email), status: 422, content: []string{wrong("contact.email", "address_of_employee")}},
			{url: "/v1/activations", as: "nils", body: change(change(goodNew, "linda@har.example", email), "070-123 45 67", "1"), status: 422,
				content: []string{wrong("contact.email", "address_of_employee"), wrong("contact.phone", "invalid_format")}},
			{url: "/v1/activations/" + string(id) + "/correct", as: "nils", body: `{"email":"` + email + `"}`, status: 422, content: []string{wrong("email", "address_of_employee")}},
		} {
			r.check(t, r.send(s))
		}
	}
	if w.changes() != 0 {
		t.Errorf("changed: %v", w.calls)
	}
	other := request{url: "/v1/activations", as: "nils", body: change(goodNew, "linda@har.example", sara.Email), status: 202}
	other.check(t, other.send(s))
}

// The address of an existing administrator is no part of an invitation.
func TestCorrect_OnlyOfContactThatTheActivationCreates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change    func(*collaboration.Activation)
		createdBy bool
		status    int
	}{
		"created by this activation":    {func(a *collaboration.Activation) { createsContact(a); a.InvitedID = "a-2" }, true, 200},
		"created by another activation": {func(a *collaboration.Activation) { createsContact(a); a.InvitedID = "a-2" }, false, 409},
		"not created yet":               {createsContact, false, 200},
		"an existing administrator":     {func(a *collaboration.Activation) { a.InvitedID = "a-2" }, false, 409},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.with("c-platform", collaboration.AwaitingApproval, tt.change)
			if tt.createdBy {
				c := w.customers["c-platform"]
				c.Administrators[0].CreatedBy = id
				w.customers["c-platform"] = c
			}
			r := request{url: "/v1/activations/" + string(id) + "/correct", as: "nils", body: `{"email":"ny@oberg.example"}`, status: tt.status}
			if tt.status == 409 {
				r.content = []string{code("address_not_correctable")}
			}
			s := w.server(t)
			r.check(t, r.send(s))
			b := openBrowser(t, s, nils.Email)
			path := "/activations/" + string(id)
			if got := strings.Contains(b.get(path), path+"/correct"); got != (tt.status == 200) {
				t.Errorf("the page offers to correct: %v", got)
			}
		})
	}
}

// A decision records the identity that logged in, and the strength of the login.
func TestDecide_RecordsLogin(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.status.State = collaboration.AwaitingApproval
	s := w.server(t)
	b := openBrowser(t, s, asa)
	path := "/approve/" + string(id) + ".1"
	if got := b.send(http.MethodPost, path, b.form(b.get(path), "outcome", "decline", "reason", "price")); got.Code != 303 || len(w.decisions) != 1 {
		t.Fatalf("%d, decisions %+v", got.Code, w.decisions)
	}
	login := w.decisions[0].Login
	want := collaboration.Login{Issuer: "https://login.example", Subject: "sub-1", Email: asa, ACR: "2", AMR: []string{"pwd", "otp"}}
	if login == nil || !reflect.DeepEqual(*login, want) {
		t.Fatalf("login %+v", login)
	}
	decided := w.with("c-platform", collaboration.Declined, decision(collaboration.Decline), func(r *collaboration.Activation) { r.Decision.Login = login })
	for _, r := range []request{
		{url: "/v1/activations/" + string(decided), as: "nils", status: 200, content: []string{`"login":{"issuer":"https://login.example","email":"asa@oberg.example","acr":"2","amr":["pwd","otp"]}`}, notContent: []string{"sub-1"}},
		{url: "/v1/invitations/" + string(decided) + ".1", as: "asa", status: 200, notContent: []string{`"login"`, "sub-1"}},
	} {
		r.check(t, r.send(s))
	}
	says(t, openBrowser(t, s, nils.Email).send(http.MethodGet, "/activations/"+string(decided), nil), 200, "Inloggad som", "https://login.example · 2 · pwd · otp")
}
