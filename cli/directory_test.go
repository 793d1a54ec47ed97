package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The directory's commands send what the API documents.
func TestDirectory_Commands(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record.json")
	if err := os.WriteFile(record, []byte(`{"name":"Nya AB","tasks":[{"name":"Lön","owner":"E1"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const customer, employee = `{"id":"c-9","tasks":[{"id":"t-9","open":true}]}`, `{"id":"emp-9"}`
	for _, c := range []struct {
		args                []string
		route, answer, body string
		prints              string
	}{
		{[]string{"customer", "add", "Nya AB", "5566778899", "--reference", "K1"}, "POST /v1/customers", customer, `"reference":"K1"`, "c-9"},
		{[]string{"customer", "put", "K1", record}, "PUT /v1/customers/K1", customer, `"owner":"E1"`, "t-9"},
		{[]string{"customer", "add-task", "K1", "Lön", "--owner", "E1"}, "POST /v1/customers/K1/tasks", customer, `"name":"Lön"`, "t-9"},
		{[]string{"customer", "archive", "K1"}, "POST /v1/customers/K1/archive", customer, "", "Archived."},
		{[]string{"customer", "restore", "K1"}, "POST /v1/customers/K1/restore", customer, "", "Restored."},
		{[]string{"employees"}, "GET /v1/employees", `{"items":[{"id":"emp-9","name":"Kim","active":true}]}`, "", "Kim"},
		{[]string{"employees", "add", "Kim", "kim@byran.example", "--role", "manager"}, "POST /v1/employees", employee, `"role":"manager"`, "emp-9"},
		{[]string{"employees", "deactivate", "E1", "--successor", "emp-2"}, "POST /v1/employees/E1/deactivate", employee, `"successor_id":"emp-2"`, "Deactivated."},
		{[]string{"employees", "activate", "E1"}, "POST /v1/employees/E1/activate", employee, "", "Activated."},
		{[]string{"employees", "hand-over", "E1", "emp-2"}, "POST /v1/employees/E1/hand-over", employee, `"successor_id":"emp-2"`, "Handed over."},
	} {
		api := serve(t, map[string][]answer{c.route: {{body: c.answer}}})
		code, out, _ := run(t, c.args...)
		if code != 0 || len(api.requests) != 1 || !strings.Contains(api.requests[0].body, c.body) || !strings.Contains(out, c.prints) {
			t.Errorf("%v: exit code %d, %+v\n%s", c.args, code, api.requests, out)
		}
	}
}
