package cli_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const (
	customersBody = `{"items":[
		{"id":"c-1001","name":"Åkessons Åkeri AB","organisation_number":"559900-0011","tasks":[{"id":"t-1","open":true},{"id":"t-2","open":false},{"id":"t-3","open":true}],"subscriptions":[{"solution_id":"financial-overview"}],"administrators":[]},
		{"id":"c-1002","name":"Ö AB","organisation_number":"19800101-****","tasks":[],"subscriptions":[],"administrators":[]}],"next":"c-1002"}`
	formBody = `{"customer_id":"c-1001","customer_name":"Åkessons Åkeri AB","solution":{"id":"financial-overview","name":"Financial overview"},"scenario":"on_platform",
		"explanation":"Activate turns it on.","hindrances":[{"code":"no_open_task","message":"Create a task first."}],"live_activation":"m4q8-live",
		"fields":[{"name":"invoice_recipient","label":"Invoice recipient","choices":[{"value":"office","label":"The office"},{"value":"customer","label":"The customer"}]},{"name":"contact.name","label":"Name"}]}`
	acceptedBody   = `{"id":"m4q8-p7r2","state":"activating","scenario":"on_platform","links":{}}`
	standingBody   = `{"id":"m4q8-p7r2","state":"active","generation":1,"links":{}}`
	invitationBody = `{"status":"open","office_name":"Ekströms Redovisning","customer_name":"Öbergs AB","solution":{"name":"Financial overview"},"period":{"start":"on_approval"},
		"starts_on":"2026-12-01","offer_hash":"abc123","terms":{"version":"2026-11","locale":"en","hash":"def456","text":"You share your books."}}`
	importBody = `{"preview":true,"customers":{"added":2,"changed":1,"closed":0},"administrators":{"added":0,"changed":0,"closed":0},"tasks":{"added":3,"changed":0,"closed":1},"subscriptions":4,"unchanged":1,"changes":[{"line":2,"action":"customer_edited","customer":"Ny AB","fields":["name"]}],"errors":[{"line":4,"field":"name","code":"required","message":"This is required."},{"line":7,"code":"invalid_csv","message":"The file could not be read as CSV."}]}`
	listBody   = `{"items":[
		{"id":"m4q8-p7r2","state":"active","phase":"terminated","links":{},"customer_name":"Öbergs AB","solution_id":"financial-overview","requested_at":"2026-11-23T12:00:00Z","version":7,"agreement":{"starts_on":"2026-12-01","ends_on":"2027-12-01","months":12,"term":1,"renews":true}},
		{"id":"m4q8-x1y2","state":"activating","phase":"activating","links":{},"version":0}]}`
	activationBody = `{"id":"m4q8-p7r2","state":"active","links":{},"customer_id":"c-1003","customer_name":"Öbergs AB","solution_id":"financial-overview","solution_name":"Financial overview",
		"task_id":"t-1003-1","task_name":"Bokföring","invoice_recipient":"office","requested_at":"2026-11-23T12:00:00Z",
		"invitation":{"generation":2,"name":"Åsa","email":"asa@oberg.example","expires_at":"2026-12-23T12:00:00Z","delivery":"accepted"},
		"decision":{"outcome":"approve","at":"2026-11-24T08:30:00Z"},"agreement":{"starts_on":"2026-12-01","ends_on":"2027-12-01","months":12,"term":1,"renews":false},
		"version":7,"events":[{"sequence":1,"action":"requested","by":"emp-maja","at":"2026-11-23T12:00:00Z","text":"Requested"}]}`
	failedBody = `{"id":"m4q8-p7r2","state":"failed","links":{},"version":2,"failure":{"code":"task_closed","message":"The task is closed."}}`
)

// Each command sends one request and prints the response as text or JSON.
var commands = []struct {
	name, args string
	route, uri string
	sent       string // the request's body
	body       string // the response's body
	text       string
}{
	{"customers", "customers", "GET /v1/customers", "/v1/customers?limit=100", "", customersBody, `
ID      NAME               ORGANISATION NUMBER  OPEN TASKS  SOLUTIONS
c-1001  Åkessons Åkeri AB  559900-0011          t-1 t-3     financial-overview
c-1002  Ö AB               19800101-****                    
… and more
`},
	{"customers by name", "customers --query åk&l=1", "GET /v1/customers", "/v1/customers?limit=100&q=%C3%A5k%26l%3D1", "", `{"items":[]}`, `
ID  NAME  ORGANISATION NUMBER  OPEN TASKS  SOLUTIONS
`},
	{"form", "form c-1001 financial-overview", "GET /v1/customers/c-1001/solutions/financial-overview", "/v1/customers/c-1001/solutions/financial-overview", "", formBody, `
Financial overview for Åkessons Åkeri AB
Scenario on_platform: Activate turns it on.
Blocked: Create a task first.
Already activated: countersign status m4q8-live
invoice_recipient  Invoice recipient  office (The office), customer (The customer)
contact.name       Name               
`},
	{"IDs are escaped in the path", "form c/1?x f#1", "GET /v1/customers/c/1?x/solutions/f#1", "/v1/customers/c%2F1%3Fx/solutions/f%231", "", formBody, ""},
	{"status", "status m4q8-p7r2", "GET /v1/activations/m4q8-p7r2", "/v1/activations/m4q8-p7r2", "", activationBody, `
Activation         m4q8-p7r2
State              active
Customer           Öbergs AB (c-1003)
Solution           Financial overview
Task               Bokföring
Invoice recipient  office
Invitation         no. 2 to asa@oberg.example, accepted, open until 2026-12-23 13:00
Answer             approve 2026-11-24 09:30
Agreement          from 2026-12-01, term 1 of 12 months until 2027-12-01, then ends
2026-11-23 13:00   Requested  emp-maja
`},
	{"status of a failed activation", "status m4q8-p7r2", "GET /v1/activations/m4q8-p7r2", "/v1/activations/m4q8-p7r2", "", failedBody, `
Activation  m4q8-p7r2
State       failed
Failed      The task is closed. (task_closed)
`},
	{"list", "list", "GET /v1/activations", "/v1/activations?limit=100", "", listBody, `
ACTIVATION  CUSTOMER   SOLUTION            PHASE       REQUESTED         ENDS
m4q8-p7r2   Öbergs AB  financial-overview  terminated  2026-11-23 13:00  2027-12-01
m4q8-x1y2                                  activating  -                 -
`},
	{"list with filters", "list --state active,failed --state expired --phase starts,failed --customer c-1", "GET /v1/activations", "/v1/activations?customer_id=c-1&limit=100&phase=starts&phase=failed&state=active&state=failed&state=expired", "", `{"items":[],"next":"x"}`, `
ACTIVATION  CUSTOMER  SOLUTION  PHASE  REQUESTED  ENDS
… and more
`},
	{"start", "start c-1 --task t-1", "POST /v1/activations", "/v1/activations", `{"customer_id":"c-1","solution_id":"financial-overview","task_id":"t-1"}`, acceptedBody, `
Activating (on_platform). See:
  countersign status m4q8-p7r2
`},
	{"print terms", "decide https://countersign.example/approve/t0k-en approve", "GET /v1/invitations/t0k-en", "/v1/invitations/t0k-en", "", invitationBody, `
Ekströms Redovisning invites Öbergs AB to Financial overview.
Terms 2026-11:

You share your books.

Repeat the command with --accept-terms to approve.
`},
	{"decline", "decide t0k-en decline --reason price --comment dear", "POST /v1/invitations/t0k-en/decision", "/v1/invitations/t0k-en/decision", `{"outcome":"decline","reason":"price","comment":"dear"}`, standingBody, "\nAnswered: decline.\n"},
	{"withdraw", "withdraw m4q8-p7r2", "POST /v1/activations/m4q8-p7r2/withdraw", "/v1/activations/m4q8-p7r2/withdraw", "", standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"resend", "resend m4q8-p7r2", "POST /v1/activations/m4q8-p7r2/resend", "/v1/activations/m4q8-p7r2/resend", "", standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"end, chosen", "end m4q8-p7r2 --at-term --on-end read_only", "POST /v1/activations/m4q8-p7r2/end", "/v1/activations/m4q8-p7r2/end", `{"on_end":"read_only","when":"end_of_term"}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"end", "end m4q8-p7r2", "POST /v1/activations/m4q8-p7r2/end", "/v1/activations/m4q8-p7r2/end", `{"when":"now"}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"end on a day", "end m4q8-p7r2 --on 2027-03-15", "POST /v1/activations/m4q8-p7r2/end", "/v1/activations/m4q8-p7r2/end", `{"when":"on_date","on":"2027-03-15"}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"revoke notice", "revoke-notice m4q8-p7r2", "POST /v1/activations/m4q8-p7r2/revoke-notice", "/v1/activations/m4q8-p7r2/revoke-notice", "", standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"withdraw a change", "withdraw-change m4q8-p7r2", "POST /v1/activations/m4q8-p7r2/withdraw-change", "/v1/activations/m4q8-p7r2/withdraw-change", "", standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"another variant", "change m4q8-p7r2 --variant bi", "PATCH /v1/activations/m4q8-p7r2", "/v1/activations/m4q8-p7r2", `{"variant":"bi"}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"change", "change m4q8-p7r2 --task t-2 --payer customer --period 2027-01-01 --months 3 --pause-reminders", "PATCH /v1/activations/m4q8-p7r2", "/v1/activations/m4q8-p7r2",
		`{"task_id":"t-2","invoice_recipient":"customer","period":{"start":"chosen_month","month":"2027-01-01"},"agreement_months":3,"reminders_paused":true}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"resume reminders", "change m4q8-p7r2 --resume-reminders", "PATCH /v1/activations/m4q8-p7r2", "/v1/activations/m4q8-p7r2", `{"reminders_paused":false}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"correct", "correct m4q8-p7r2 ny@kund.example", "POST /v1/activations/m4q8-p7r2/correct", "/v1/activations/m4q8-p7r2/correct", `{"email":"ny@kund.example"}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"forward", "forward m4q8-p7r2 a-2", "POST /v1/activations/m4q8-p7r2/forward", "/v1/activations/m4q8-p7r2/forward", `{"administrator_id":"a-2"}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"main contact", "main-contact c-1003 a-1003-2", "POST /v1/customers/c-1003/main-contact", "/v1/customers/c-1003/main-contact", `{"administrator_id":"a-1003-2"}`, `{"id":"c-1003"}`, "\nMain contact set.\n"},
	{"audit", "audit m4q8-p7r2", "GET /v1/activations/m4q8-p7r2/audit", "/v1/activations/m4q8-p7r2/audit", "", `{"format":"countersign audit 1","rows":[]}`, "\n{\"format\":\"countersign audit 1\",\"rows\":[]}\n"},
	{"erase address", "erase --email anna@kund.example --yes", "POST /v1/erase-address", "/v1/erase-address", `{"email":"anna@kund.example"}`, `{"customers":1,"activations":2,"address_changes":3,"batch_rows":4}`, "\nErased in 1 customers, 2 activations, 3 address changes and 4 batch rows.\n"},
	{"erase", "erase c-1003 --yes", "POST /v1/customers/c-1003/erase", "/v1/customers/c-1003/erase", "", `{"id":"c-1003"}`, "\nErased.\n"},
	{"webhooks", "webhooks", "GET /v1/webhooks", "/v1/webhooks", "", `{"items":[{"id":"w-1","url":"https://x.example/","created_at":"2026-11-23T12:00:00Z","disabled_at":"2026-11-23T12:00:00Z"}]}`, "\nWEBHOOK  URL                 DISABLED          LAST FAILURE\nw-1      https://x.example/  2026-11-23 13:00  -\n"},
	{"add a webhook", "webhooks add https://x.example/", "POST /v1/webhooks", "/v1/webhooks", `{"url":"https://x.example/"}`, `{"id":"w-1","secret":"whsec_1"}`, "\nWebhook  w-1\nSecret   whsec_1\n"},
	{"remove a webhook", "webhooks remove w-1", "DELETE /v1/webhooks/w-1", "/v1/webhooks/w-1", "", ``, "\nRemoved.\n"},
	{"enable a webhook", "webhooks enable w-1", "POST /v1/webhooks/w-1/enable", "/v1/webhooks/w-1/enable", "", ``, "\nEnabled.\n"},
	{"replay", "webhooks replay w-1 --since 2026-11-23", "POST /v1/webhooks/w-1/replay", "/v1/webhooks/w-1/replay", `{"since":"2026-11-23T00:00:00+01:00"}`, `{"events":2}`, "\nRedelivering 2 events.\n"},
	{"end at term", "end m4q8-p7r2 --at-term", "POST /v1/activations/m4q8-p7r2/end", "/v1/activations/m4q8-p7r2/end", `{"when":"end_of_term"}`, standingBody, "\nRecorded. See: countersign status m4q8-p7r2\n"},
	{"import", "import --preview --close-missing-tasks FILE", "POST /v1/customers/import", "/v1/customers/import?close_missing_tasks=true&preview=true", file, importBody, `
Preview: nothing was changed.
Customers: 2 added, 1 changed.
Administrators: 0 added, 0 changed.
Tasks: 3 added, 0 changed, 1 closed.
4 subscriptions added, 1 lines unchanged.
line 2: customer_edited, Ny AB, name
rejected: line 4, name: This is required. (required)
rejected: line 7: The file could not be read as CSV. (invalid_csv)
`},
	{"partial import", "import --partial FILE", "POST /v1/customers/import", "/v1/customers/import?partial=true", file, `{"errors":[]}`, "\nCustomers: 0 added, 0 changed.\nAdministrators: 0 added, 0 changed.\nTasks: 0 added, 0 changed, 0 closed.\n0 subscriptions added, 0 lines unchanged.\n"},
}

const file = "organisation_number;name\n559900-0011;Åkeri\n"

// arguments splits a line and replaces FILE by the path of a customer file.
func arguments(t *testing.T, line string) []string {
	t.Helper()
	args := strings.Fields(line)
	for n, arg := range args {
		if arg != "FILE" {
			continue
		}
		args[n] = filepath.Join(t.TempDir(), "customers.csv")
		if err := os.WriteFile(args[n], []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return args
}

func TestCommands_PrintText(t *testing.T) {
	for _, c := range commands {
		t.Run(c.name, func(t *testing.T) {
			fake := serve(t, map[string][]answer{c.route: {{body: c.body + "\n"}}})
			code, stdout, stderr := run(t, arguments(t, c.args)...)
			if code != 0 || stderr != "" {
				t.Fatalf("exit code %d, %s", code, stderr)
			}
			if want := strings.TrimPrefix(c.text, "\n"); want != "" && stdout != want {
				t.Errorf("got\n%s\nwant\n%s", stdout, want)
			}
			checkRequest(t, fake.onlyRequest(t), c.route, c.uri, c.sent)
		})
	}
}

func checkRequest(t *testing.T, got received, route, uri, body string) {
	t.Helper()
	method, _, _ := strings.Cut(route, " ")
	if got.method != method || got.uri != uri || !sameBody(got.body, body) {
		t.Errorf("sent %s %s\n%s\nwant %s %s\n%s", got.method, got.uri, got.body, method, uri, body)
	}
	if got.header.Get("Authorization") != "Bearer token-of-maja" {
		t.Errorf("Authorization: %q", got.header.Get("Authorization"))
	}
	if key := got.header.Get("Idempotency-Key"); (method != http.MethodGet) != (len(key) >= 16) {
		t.Errorf("%s with Idempotency-Key %q", method, key)
	}
	kind := map[bool]string{true: "application/json", false: "text/csv"}[strings.HasPrefix(body, "{")]
	if body == "" {
		kind = ""
	}
	if got.header.Get("Content-Type") != kind {
		t.Errorf("Content-Type %q, want %q", got.header.Get("Content-Type"), kind)
	}
}

// sameBody compares bodies, and JSON independent of the order of members.
func sameBody(a, b string) bool {
	var left, right any
	if json.Unmarshal([]byte(a), &left) == nil && json.Unmarshal([]byte(b), &right) == nil {
		return reflect.DeepEqual(left, right)
	}
	return a == b
}

func TestCommands_PrintJSON(t *testing.T) {
	for _, c := range commands {
		t.Run(c.name, func(t *testing.T) {
			serve(t, map[string][]answer{c.route: {{body: c.body + "\n"}}})
			code, stdout, stderr := run(t, append(arguments(t, c.args), "--json")...)
			if code != 0 || stdout != c.body+"\n" || stderr != "" {
				t.Errorf("exit code %d, %s\ngot\n%s\nwant\n%s", code, stderr, stdout, c.body)
			}
		})
	}
}

// The user repeats a command on purpose, so each call has a new idempotency key.
func TestResend_HasNewIdempotencyKey(t *testing.T) {
	fake := serve(t, map[string][]answer{"POST /v1/activations/a/resend": {{body: standingBody}}})
	run(t, "resend", "a")
	run(t, "resend", "a")
	if a, b := fake.requests[0].header.Get("Idempotency-Key"), fake.requests[1].header.Get("Idempotency-Key"); a == b {
		t.Errorf("%q twice", a)
	}
}

// The offer's hash and its language come from the invitation.
func TestDecide_AcceptsPrintedTerms(t *testing.T) {
	fake := serve(t, map[string][]answer{"GET /v1/invitations/t0k-en": {{body: invitationBody}}, "POST /v1/invitations/t0k-en/decision": {{body: standingBody}}})
	code, stdout, stderr := run(t, "decide", "https://countersign.example/approve/t0k-en", "approve", "--accept-terms")
	if code != 0 || stdout != "Answered: approve.\n" || len(fake.requests) != 2 {
		t.Fatalf("exit code %d, %s %s, %d requests", code, stdout, stderr, len(fake.requests))
	}
	checkRequest(t, fake.requests[1], "POST", "/v1/invitations/t0k-en/decision", `{"outcome":"approve","accept_terms":true,"offer_hash":"abc123","locale":"en"}`)
}

// Mail programs end a link with a slash.
func TestHandOn_NamesColleague(t *testing.T) {
	fake := serve(t, map[string][]answer{"POST /v1/invitations/t0k-en/hand-on": {{body: standingBody}}})
	code, stdout, stderr := run(t, "hand-on", "https://countersign.example/approve/t0k-en/", "Per Öberg", "per@oberg.example", "--phone", "070-123 45 67")
	if code != 0 || stdout != "Handed on.\n" || len(fake.requests) != 1 {
		t.Fatalf("exit code %d, %s %s, %d requests", code, stdout, stderr, len(fake.requests))
	}
	checkRequest(t, fake.requests[0], "POST", "/v1/invitations/t0k-en/hand-on", `{"name":"Per Öberg","email":"per@oberg.example","phone":"070-123 45 67"}`)
}
