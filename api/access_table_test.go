package api_test

// visitors are all kinds of visitors, in the order of the columns below: without a
// login, without a role, an employee, a manager, an administrator of this customer, an
// administrator of another customer, a manager of another office, an operator, and
// programs of the first office with each scope. Programs have no login.
var visitors = []string{"", "otto", "nils", "maja", "asa", "ake", "sara", "olle", "read", "write", "manage"}

// access is the expected answer for each visitor at each address: ok, login (a redirect
// of a page to the login), or a status. HEAD has the same answer as GET. All addresses
// lead to the customer c-platform of Maja's office.
const access = `
GET /                                                  ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /activations/:id                                   login 403   ok    ok    403   403   404   403   login login login
GET /activations/:id/change                            login 403   ok    ok    403   403   404   403   login login login
POST /activations/:id/change                           401   403   ok    ok    403   403   404   403   401   401   401
GET /activations/:id/correct                           login 403   ok    ok    403   403   404   403   login login login
POST /activations/:id/correct                          401   403   ok    ok    403   403   404   403   401   401   401
GET /activations/:id/end                               login 403   403   ok    403   403   404   403   login login login
POST /activations/:id/end                              401   403   403   ok    403   403   404   403   401   401   401
GET /activations/:id/forward                           login 403   ok    ok    403   403   404   403   login login login
POST /activations/:id/forward                          401   403   ok    ok    403   403   404   403   401   401   401
GET /activations/:id/live                              login 403   ok    ok    403   403   404   403   login login login
GET /activations/:id/resend                            login 403   ok    ok    403   403   404   403   login login login
POST /activations/:id/resend                           401   403   ok    ok    403   403   404   403   401   401   401
GET /activations/:id/revoke-notice                     login 403   403   ok    403   403   404   403   login login login
POST /activations/:id/revoke-notice                    401   403   403   ok    403   403   404   403   401   401   401
GET /activations/:id/withdraw-change                   login 403   403   ok    403   403   404   403   login login login
POST /activations/:id/withdraw-change                  401   403   403   ok    403   403   404   403   401   401   401
GET /activations/:id/receipt.pdf                       login 403   ok    ok    403   403   404   403   login login login
GET /activations/:id/terms                             login 403   ok    ok    403   403   404   403   login login login
GET /activations/:id/withdraw                          login 403   ok    ok    403   403   404   403   login login login
POST /activations/:id/withdraw                         401   403   ok    ok    403   403   404   403   401   401   401
GET /approve/:link                                     ok    403   403   403   ok    403   403   403   ok    ok    ok
POST /approve/:link                                    401   403   403   403   ok    403   403   403   401   401   401
POST /approve/:link/ask                                ok    ok    403   403   ok    ok    ok    ok    ok    ok    ok
POST /approve/:link/resend                             ok    ok    403   403   ok    ok    ok    ok    ok    ok    ok
POST /codec/decode                                     401   403   403   403   403   403   403   ok    403   403   403
POST /codec/encode                                     401   403   403   403   403   403   403   ok    403   403   403
GET /collaborations                                    login 403   ok    ok    403   403   ok    403   login login login
GET /customers                                         login 403   ok    ok    403   403   ok    403   login login login
GET /customers/:id                                     login 403   ok    ok    403   403   404   403   login login login
GET /customers/:id/collaborations/:solution            login 403   ok    ok    403   403   404   403   login login login
POST /customers/:id/collaborations/:solution           401   403   ok    ok    403   403   404   403   401   401   401
GET /customers/:id/contacts                            login 403   ok    ok    403   403   404   403   login login login
POST /customers/:id/contacts                           401   403   403   ok    403   403   404   403   401   401   401
GET /customers/new                                     login 403   ok    ok    403   403   ok    403   login login login
POST /customers/new                                    401   403   ok    ok    403   403   ok    403   401   401   401
GET /customers/import                                  login 403   ok    ok    403   403   ok    403   login login login
POST /customers/import                                 401   403   ok    ok    403   403   ok    403   401   401   401
GET /customers/:id/edit                                login 403   ok    ok    403   403   404   403   login login login
POST /customers/:id/edit                               401   403   ok    ok    403   403   404   403   401   401   401
GET /customers/:id/archive                             login 403   403   ok    403   403   404   403   login login login
POST /customers/:id/archive                            401   403   403   ok    403   403   404   403   401   401   401
GET /customers/:id/restore                             login 403   403   ok    403   403   404   403   login login login
POST /customers/:id/restore                            401   403   403   ok    403   403   404   403   401   401   401
GET /customers/:id/tasks/new                           login 403   ok    ok    403   403   404   403   login login login
POST /customers/:id/tasks/new                          401   403   ok    ok    403   403   404   403   401   401   401
GET /customers/:id/tasks/:task                         login 403   ok    ok    403   403   404   403   login login login
POST /customers/:id/tasks/:task                        401   403   ok    ok    403   403   404   403   401   401   401
GET /customers/:id/contacts/new                        login 403   ok    ok    403   403   404   403   login login login
POST /customers/:id/contacts/new                       401   403   ok    ok    403   403   404   403   401   401   401
GET /customers/:id/contacts/:administrator             login 403   ok    ok    403   403   404   403   login login login
POST /customers/:id/contacts/:administrator            401   403   ok    ok    403   403   404   403   401   401   401
GET /customers/:id/contacts/:administrator/remove      login 403   403   ok    403   403   404   403   login login login
POST /customers/:id/contacts/:administrator/remove     401   403   403   ok    403   403   404   403   401   401   401
GET /customers/:id/tasks                               login 403   ok    ok    403   403   404   403   login login login
GET /login                                             ok    ok    ok    ok    ok    ok    ok    ok    ok    ok    ok
GET /login/callback                                    401   ok    ok    ok    ok    ok    ok    ok    401   401   401
POST /logout                                           401   ok    ok    ok    ok    ok    ok    ok    401   401   401
GET /my/collaborations                                 login 403   403   403   ok    ok    403   403   login login login
GET /my/collaborations/:id                             login 403   403   403   ok    404   403   403   login login login
POST /my/collaborations/:id                            401   403   403   403   ok    404   403   403   401   401   401
GET /my/collaborations/:id/change                      login 403   403   403   ok    404   403   403   login login login
POST /my/collaborations/:id/change                     401   403   403   403   ok    404   403   403   401   401   401
GET /my/collaborations/:id/receipt.pdf                 login 403   403   403   ok    404   403   403   login login login
GET /my/collaborations/:id/terms                       login 403   403   403   ok    404   403   403   login login login
GET /my/invitations/:id                                login 404   403   403   ok    404   404   404   login login login
POST /my/invitations/:id                               401   403   403   403   ok    404   403   403   401   401   401
POST /my/invitations/:id/ask                           401   403   403   403   ok    404   403   403   401   401   401
GET /office/api-keys                                   login 403   403   ok    403   403   ok    403   login login login
POST /office/api-keys                                  401   403   403   ok    403   403   ok    403   401   401   401
GET /office/api-keys/:id/revoke                        login 403   403   ok    403   403   404   403   login login login
POST /office/api-keys/:id/revoke                       401   403   403   ok    403   403   404   403   401   401   401
GET /office/changes                                    login 403   403   ok    403   403   ok    403   login login login
GET /office/people                                     login 403   403   ok    403   403   ok    403   login login login
GET /office/people/new                                 login 403   403   ok    403   403   ok    403   login login login
POST /office/people/new                                401   403   403   ok    403   403   ok    403   401   401   401
GET /office/people/:id                                 login 403   403   ok    403   403   404   403   login login login
POST /office/people/:id                                401   403   403   ok    403   403   404   403   401   401   401
GET /office/people/:id/deactivate                      login 403   403   ok    403   403   404   403   login login login
POST /office/people/:id/deactivate                     401   403   403   ok    403   403   404   403   401   401   401
GET /office/people/:id/activate                        login 403   403   ok    403   403   404   403   login login login
POST /office/people/:id/activate                       401   403   403   ok    403   403   404   403   401   401   401
GET /office/people/:id/hand-over                       login 403   403   ok    403   403   404   403   login login login
POST /office/people/:id/hand-over                      401   403   403   ok    403   403   404   403   401   401   401
GET /office/settings                                   login 403   403   ok    403   403   ok    403   login login login
POST /office/settings                                  401   403   403   ok    403   403   ok    403   401   401   401
GET /office/settings/logo                              login 403   403   ok    403   403   ok    403   login login login
POST /office/settings/logo                             401   403   403   422   403   403   422   403   401   401   401
GET /office/settings/logo/remove                       login 403   403   ok    403   403   ok    403   login login login
POST /office/settings/logo/remove                      401   403   403   ok    403   403   ok    403   401   401   401
GET /office/webhooks                                   login 403   403   ok    403   403   ok    403   login login login
POST /office/webhooks                                  401   403   403   ok    403   403   ok    403   401   401   401
GET /office/webhooks/:id/remove                        login 403   403   ok    403   403   404   403   login login login
POST /office/webhooks/:id/remove                       401   403   403   ok    403   403   404   403   401   401   401
GET /office/webhooks/:id/enable                        login 403   403   ok    403   403   404   403   login login login
POST /office/webhooks/:id/enable                       401   403   403   ok    403   403   404   403   401   401   401
GET /overview                                          login 403   ok    ok    403   403   ok    403   login login login
GET /requests                                          login 403   ok    ok    403   403   ok    403   login login login
GET /v1/activations                                    401   403   ok    ok    403   403   ok    403   ok    ok    ok
POST /v1/activations                                   401   403   ok    ok    403   403   404   403   403   ok    ok
GET /v1/activations/:id                                401   403   ok    ok    403   403   404   403   ok    ok    ok
PATCH /v1/activations/:id                              401   403   ok    ok    403   403   404   403   403   ok    ok
GET /v1/activations/:id/audit                          401   403   ok    ok    403   403   404   403   ok    ok    ok
POST /v1/activations/:id/correct                       401   403   ok    ok    403   403   404   403   403   ok    ok
POST /v1/activations/:id/end                           401   403   403   ok    403   403   404   403   403   403   ok
GET /v1/activations/:id/events                         401   403   ok    ok    403   403   404   403   ok    ok    ok
POST /v1/activations/:id/forward                       401   403   ok    ok    403   403   404   403   403   ok    ok
POST /v1/activations/:id/resend                        401   403   ok    ok    403   403   404   403   403   ok    ok
GET /v1/activations/:id/receipt.pdf                    401   403   ok    ok    403   403   404   403   ok    ok    ok
GET /v1/activations/:id/terms                          401   403   ok    ok    403   403   404   403   ok    ok    ok
POST /v1/activations/:id/revoke-notice                 401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/activations/:id/withdraw-change               401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/activations/:id/withdraw                      401   403   ok    ok    403   403   404   403   403   ok    ok
GET /v1/api-keys                                       401   403   403   ok    403   403   ok    403   403   403   403
POST /v1/api-keys                                      401   403   403   ok    403   403   ok    403   403   403   403
DELETE /v1/api-keys/:id                                401   403   403   ok    403   403   404   403   403   403   403
POST /v1/batches                                       401   403   ok    ok    403   403   ok    403   403   ok    ok
GET /v1/batches/:id                                    401   403   ok    ok    403   403   404   403   ok    ok    ok
POST /v1/batches/:id/cancel                            401   403   ok    ok    403   403   404   403   403   ok    ok
POST /v1/batches/:id/retry                             401   403   ok    ok    403   403   404   403   403   ok    ok
GET /v1/batches/:id/rows                               401   403   ok    ok    403   403   404   403   ok    ok    ok
POST /v1/batches/csv                                   401   403   ok    ok    403   403   ok    403   403   ok    ok
GET /v1/collaborations                                 401   403   403   403   ok    ok    403   403   403   403   403
GET /v1/collaborations/:id                             401   403   403   403   ok    404   403   403   403   403   403
GET /v1/collaborations/:id/receipt.pdf                 401   403   403   403   ok    404   403   403   403   403   403
GET /v1/collaborations/:id/terms                       401   403   403   403   ok    404   403   403   403   403   403
POST /v1/collaborations/:id/end                        401   403   403   403   ok    404   403   403   403   403   403
POST /v1/collaborations/:id/revoke-notice              401   403   403   403   ok    404   403   403   403   403   403
POST /v1/collaborations/:id/decide-change              401   403   403   403   ok    404   403   403   403   403   403
GET /v1/customers                                      401   403   ok    ok    403   403   ok    403   ok    ok    ok
GET /v1/customers/:id                                  401   403   ok    ok    403   403   404   403   ok    ok    ok
POST /v1/customers/:id/erase                           401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/customers/:id/main-contact                    401   403   403   ok    403   403   404   403   403   403   ok
GET /v1/customers/:id/solutions/:solution              401   403   ok    ok    403   403   404   403   ok    ok    ok
POST /v1/customers/import                              401   403   ok    ok    403   403   ok    403   403   ok    ok
POST /v1/customers                                     401   403   ok    ok    403   403   ok    403   403   ok    ok
PUT /v1/customers/:id                                  401   403   ok    ok    403   403   ok    403   403   ok    ok
POST /v1/customers/:id/archive                         401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/customers/:id/restore                         401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/customers/:id/tasks                           401   403   ok    ok    403   403   404   403   403   ok    ok
PUT /v1/customers/:id/tasks/:task                      401   403   ok    ok    403   403   404   403   403   ok    ok
POST /v1/customers/:id/administrators                  401   403   ok    ok    403   403   404   403   403   ok    ok
PUT /v1/customers/:id/administrators/:administrator    401   403   ok    ok    403   403   404   403   403   ok    ok
DELETE /v1/customers/:id/administrators/:administrator 401   403   403   ok    403   403   404   403   403   403   ok
GET /v1/directory-changes                              401   403   403   ok    403   403   ok    403   403   403   ok
POST /v1/erase-address                                 401   403   403   ok    403   403   ok    403   403   403   ok
GET /v1/employees                                      401   403   ok    ok    403   403   ok    403   ok    ok    ok
POST /v1/employees                                     401   403   403   ok    403   403   ok    403   403   403   ok
PUT /v1/employees/:id                                  401   403   403   ok    403   403   ok    403   403   403   ok
POST /v1/employees/:id/deactivate                      401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/employees/:id/activate                        401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/employees/:id/hand-over                       401   403   403   ok    403   403   404   403   403   403   ok
GET /v1/invitations/:link                              401   403   403   403   ok    403   403   403   403   403   403
POST /v1/invitations/:link/decision                    401   403   403   403   ok    403   403   403   403   403   403
POST /v1/invitations/:link/hand-on                     401   403   403   403   ok    403   403   403   403   403   403
GET /v1/office                                         401   403   ok    ok    403   403   ok    403   ok    ok    ok
PUT /v1/office                                         401   403   403   ok    403   403   ok    403   403   403   ok
GET /v1/office/logo                                    401   403   ok    ok    403   403   ok    403   ok    ok    ok
PUT /v1/office/logo                                    401   403   403   ok    403   403   ok    403   403   403   ok
DELETE /v1/office/logo                                 401   403   403   ok    403   403   ok    403   403   403   ok
GET /v1/solutions                                      401   403   ok    ok    403   403   ok    403   ok    ok    ok
GET /v1/webhooks                                       401   403   403   ok    403   403   ok    403   403   403   ok
POST /v1/webhooks                                      401   403   403   ok    403   403   ok    403   403   403   ok
DELETE /v1/webhooks/:id                                401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/webhooks/:id/enable                           401   403   403   ok    403   403   404   403   403   403   ok
POST /v1/webhooks/:id/replay                           401   403   403   ok    403   403   404   403   403   403   ok
`

// opened are the addresses that are not pages and need no role.
var opened = []string{"GET /assets/*file", "HEAD /assets/*file", "GET /logos/:digest", "HEAD /logos/:digest", "GET /healthz", "GET /readyz", "GET /.well-known/countersign-audit-keys.json", "POST /webhooks/sendgrid", "OPTIONS /codec/decode", "OPTIONS /codec/encode"}

// bodies are the request bodies of the addresses that need one: JSON, or a form.
var bodies = map[string]string{
	"POST /activations/:id/change":                 "task_id=t-2",
	"POST /activations/:id/end":                    "when=now&sure=yes",
	"POST /activations/:id/forward":                "administrator_id=a-9",
	"POST /approve/:link":                          "outcome=approve&accept_terms=yes",
	"POST /my/invitations/:id":                     "outcome=decline&reason=price",
	"POST /my/collaborations/:id":                  "act=revoke_notice",
	"POST /my/collaborations/:id/change":           "outcome=decline&reason=price",
	"POST /office/settings":                        "name=B&locale=sv&invitation_days=30&notify=sender",
	"PUT /v1/office/logo":                          string(pngLogo),
	"PUT /v1/office":                               `{"name":"B","locale":"sv","invitation_days":30,"reminder_days":[3],"notify":"owner"}`,
	"POST /office/api-keys":                        "name=Practice+system+2&scope=write&expires=30",
	"POST /office/webhooks":                        "url=https://hook.example/in",
	"POST /office/people/new":                      "name=Kim&email=kim@byran.example&role=employee",
	"POST /office/people/:id":                      "name=Kim&email=kim@byran.example&role=employee",
	"POST /office/people/:id/hand-over":            "successor_id=emp-maja",
	"POST /customers/import":                       "content=b3JnYW5pc2F0aW9uX251bWJlcixuYW1lCjU1NjY3Ny04ODk5LMOFa2VzIEJhZ2VyaSBBQgo%3D",
	"POST /customers/new":                          "name=Nya+AB&organisation_number=5566778899",
	"POST /customers/:id/edit":                     "name=Nya+AB&organisation_number=5566778899",
	"POST /customers/:id/tasks/new":                "name=Lön&owner=emp-nils",
	"POST /customers/:id/tasks/:task":              "name=Lön&owner=emp-nils",
	"POST /customers/:id/contacts/new":             "name=Eva&email=eva@ek.example&phone=0701234567",
	"POST /customers/:id/contacts/:administrator":  "name=Eva&email=eva@ek.example&phone=0701234567",
	"POST /customers/:id/contacts":                 "administrator_id=a-9",
	"POST /customers/:id/collaborations/:solution": "task_id=t-2&invoice_recipient=office",

	"POST /codec/decode": `{"payloads":[]}`, "POST /codec/encode": `{"payloads":[]}`,

	"POST /v1/customers":                                  `{"name":"Nya AB","organisation_number":"5566778899"}`,
	"PUT /v1/customers/:id":                               `{"name":"Nya AB","organisation_number":"5566778899"}`,
	"POST /v1/customers/:id/tasks":                        `{"name":"Lön","owner":"emp-nils"}`,
	"PUT /v1/customers/:id/tasks/:task":                   `{"name":"Lön","owner":"emp-nils"}`,
	"POST /v1/customers/:id/administrators":               `{"name":"Eva","email":"eva@ek.example","phone":"0701234567"}`,
	"PUT /v1/customers/:id/administrators/:administrator": `{"name":"Eva","email":"eva@ek.example","phone":"0701234567"}`,
	"POST /v1/employees":                                  `{"name":"Kim","email":"kim@byran.example","role":"employee"}`,
	"PUT /v1/employees/:id":                               `{"name":"Kim","email":"kim@byran.example","role":"employee"}`,
	"POST /v1/employees/:id/deactivate":                   `{"successor_id":"emp-maja"}`,
	"POST /v1/employees/:id/hand-over":                    `{"successor_id":"emp-maja"}`,

	"POST /v1/activations":                      `{"customer_id":"c-platform","solution_id":"digital-invoices","task_id":"t-2","invoice_recipient":"office"}`,
	"POST /v1/activations/:id/correct":          `{"email":"ny@oberg.example"}`,
	"POST /v1/activations/:id/end":              `{"when":"now"}`,
	"POST /v1/activations/:id/forward":          `{"administrator_id":"a-9"}`,
	"PATCH /v1/activations/:id":                 `{"task_id":"t-2"}`,
	"POST /v1/batches":                          `{"solution_id":"digital-invoices","rows":[{"customer_id":"c-platform"}]}`,
	"POST /v1/batches/csv":                      "customer_id\nc-platform\n",
	"POST /v1/collaborations/:id/end":           `{"when":"end_of_term"}`,
	"POST /v1/collaborations/:id/decide-change": `{"number":1,"outcome":"decline","reason":"price"}`,
	"POST /v1/customers/:id/main-contact":       `{"administrator_id":"a-9"}`,
	"POST /v1/customers/import":                 goodCSV,
	"POST /v1/erase-address":                    `{"email":"anna@kund.example"}`,
	"POST /v1/invitations/:link/decision":       `{"outcome":"decline","reason":"price"}`,
	"POST /v1/invitations/:link/hand-on":        `{"name":"Eva","email":"eva@ek.example","phone":"0701234567"}`,
	"POST /v1/api-keys":                         `{"name":"Practice system","scope":"write"}`,
	"POST /v1/webhooks":                         `{"url":"https://example.com/countersign"}`,
	"POST /v1/webhooks/:id/replay":              `{"since":"2026-11-23T00:00:00Z"}`,
}
