package rehearsal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/api/present"
	"countersign/api/rest/apikeys"
	"countersign/api/rest/directory"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

// From an empty PostgreSQL to an approved activation: the operator adds an office, its
// manager adds a colleague and a customer with a task, and activates; the customer
// approves. Then the colleague leaves, and has no right any more.
func TestFirstDay_OnRealParts(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.NewSite(t)
	s.Empty = true
	s.StartBalanced()
	began := time.Now()
	step := func(what string) { t.Logf("%5.1f s  %s", time.Since(began).Seconds(), what) }
	operator := func(args ...string) string {
		t.Helper()
		code, output := harness.RunCommand(t, s.APIs[0].Environment, args...)
		if code != 0 {
			t.Fatalf("countersign %s: exit code %d: %s", strings.Join(args, " "), code, output)
		}
		return output
	}
	if _, out := harness.RunCommand(t, s.APIs[0].Environment, "check", "api"); !strings.Contains(out, "no office yet") {
		t.Errorf("check does not say how to begin: %s", out)
	}
	operator("office", "add", "Nya Byrån", "--manager", harness.ManagerEmail, "--manager-name", "Maja Ekström")
	step("the operator added the office")

	o := s.Office(t, 0)
	call := func(want int, method, path string, body, out any) {
		t.Helper()
		if r := o.Call(method, path, body, out); r.StatusCode != want {
			t.Fatalf("%s %s: %s", method, path, r.Status)
		}
	}
	call(http.StatusCreated, http.MethodPost, "/v1/employees", directory.EmployeeEntry{Name: "Kim Kollega", Email: "hjordis@blabarsbageriet.example", Role: collaboration.RoleEmployee, Reference: "E1"}, nil)
	step("the manager added a colleague")
	colleague := o.Customer("hjordis@blabarsbageriet.example").Office
	if r := colleague.Call(http.MethodGet, "/v1/customers", nil, nil); r.StatusCode != http.StatusOK {
		t.Fatalf("the colleague: %s", r.Status)
	}
	record := directory.CustomerRecord{CustomerEntry: directory.CustomerEntry{Name: "Öbergs Snickeri AB", OrganisationNumber: "556677-8899"},
		Tasks: []directory.TaskEntry{{Name: "Löpande bokföring", Owner: "E1", Reference: "U1"}}}
	var key apikeys.NewAPIKeyView
	call(http.StatusCreated, http.MethodPost, "/v1/api-keys", apikeys.APIKeyRequest{Name: "Practice system", Scope: "write"}, &key)
	var customer present.Customer
	if r := o.As(t, key.Secret).Call(http.MethodPut, "/v1/customers/K1", record, &customer); r.StatusCode != http.StatusCreated {
		t.Fatalf("the program's customer: %s", r.Status)
	}
	step("a program with a key of the manager added a customer with a task")

	id := colleague.Activate(collaboration.Request{CustomerID: customer.ID, SolutionID: "financial-overview", TaskID: customer.Tasks[0].ID,
		InvoiceRecipient: collaboration.PaidByOffice, Contact: &collaboration.Contact{Name: "Asa Öberg", Email: "asa" + harness.ClientDomain, Phone: "070-123 45 67"}})
	s.WantInvited(id)
	step("the colleague activated, and the invitation was sent")
	var link string
	eventually.True(t, "the invitation arrived", func() bool {
		for _, m := range s.Mail.To("asa" + harness.ClientDomain) {
			link = m.Link
		}
		return link != ""
	})
	o.Customer("asa" + harness.ClientDomain).Approve(link)
	o.AwaitState(id, collaboration.Active)
	step("the customer approved, and the collaboration runs")

	call(http.StatusOK, http.MethodPost, "/v1/employees/E1/deactivate", directory.SuccessorRequest{}, nil)
	if r := colleague.Call(http.MethodGet, "/v1/customers", nil, nil); r.StatusCode != http.StatusForbidden {
		t.Errorf("the deactivated colleague gets %s", r.Status)
	}
	call(http.StatusConflict, http.MethodPost, "/v1/customers/K1/archive", nil, nil)
	step("the colleague left")
}
