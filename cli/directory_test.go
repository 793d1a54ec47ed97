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
		{[]string{"api-keys"}, "GET /v1/api-keys", `{"items":[{"id":"key-1","name":"Practice","scope":"read","status":"active"}]}`, "", "key-1"},
		{[]string{"api-keys", "add", "Practice", "--scope", "write"}, "POST /v1/api-keys", `{"id":"key-1","secret":"csk_secret"}`, `"scope":"write"`, "csk_secret"},
		{[]string{"api-keys", "revoke", "key-1"}, "DELETE /v1/api-keys/key-1", ``, "", "Revoked."},
		{[]string{"customer", "administrators", "K-1"}, "GET /v1/customers/K-1", `{"id":"c-1","administrators":[{"id":"a-1","name":"Eva Ek","main_contact":true}]}`, "", "Eva Ek"},
		{[]string{"customer", "administrators", "add", "K-1", "Eva Ek", "eva@ek.example", "0701234567", "--main-contact"}, "POST /v1/customers/K-1/administrators", `{"id":"c-1","administrators":[{"id":"a-1"}]}`, `"main_contact":true`, "a-1"},
		{[]string{"customer", "administrators", "edit", "K-1", "a-1", "Eva Ek", "eva@ek.example", "0701234567"}, "PUT /v1/customers/K-1/administrators/a-1", `{"id":"c-1","administrators":[{"id":"a-1"}]}`, `"email":"eva@ek.example"`, "a-1"},
		{[]string{"customer", "administrators", "remove", "K-1", "a-1"}, "DELETE /v1/customers/K-1/administrators/a-1", `{"id":"c-1"}`, "", "ADMINISTRATOR"},
		{[]string{"logo"}, "GET /v1/office/logo", `{"path":"/logos/d1","width":120,"height":40,"bytes":90}`, "", "120 × 40 pixels"},
		{[]string{"logo", "set", "directory_test.go"}, "PUT /v1/office/logo", `{"path":"/logos/d1"}`, "package cli_test", "/logos/d1"},
		{[]string{"logo", "remove"}, "DELETE /v1/office/logo", ``, "", "Removed."},
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
