package api_test

import (
	"net/http"
	"net/http/httptest"
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
