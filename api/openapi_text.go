package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign/api/request"
	"countersign/collaboration"
)

const introduction = `Countersign manages **collaborations** between an accounting office and its customers. In a collaboration both use the same solution. It starts after the customer's approval.

**Activation.** Read a customer's form (` + "`GET /v1/customers/{id}/solutions/{solution}`" + `). It contains the scenario and the fields. Send it (` + "`POST /v1/activations`" + `); the response is 202 with an id. Follow the activation (` + "`GET /v1/activations/{id}`, or `…/events`" + ` as a stream). The customer receives an e-mail with a link, logs in, and approves or declines.

**Authentication.** Send ` + "`Authorization: Bearer <token>`" + `. An employee has access to the customers and activations of the own office. An administrator has access to the invitations and collaborations of the administered companies. Other resources return 404.

**Errors** are RFC 9457 problems (` + "`application/problem+json`" + `). Branch on ` + "`code`" + `, which is stable. Show ` + "`title` and `errors[].message`" + ` to users; their language follows ` + "`Accept-Language`" + ` (sv or en). One response lists all invalid fields.

**Retries and idempotency.** Send an ` + "`Idempotency-Key`" + ` with every POST that starts or changes something. A retry with the same key and body gets the same response. The same key with another body is rejected (` + "`idempotency_key_reused`" + `).

**Pagination.** Pass ` + "`next`" + ` from one response as ` + "`cursor`" + ` in the next request. The last page has no ` + "`next`" + `.

Times are RFC 3339 in UTC. Dates are calendar days in Stockholm.`

const (
	tagCustomers   = "Customers"
	tagActivations = "Activations"
	tagInvitations = "Invitations"
	tagBatches     = "Batches"
	tagWebhooks    = "Webhooks"
)

var tags = []*huma.Tag{
	{Name: tagCustomers, Description: "The office's customers, and the solutions to share with them."},
	{Name: tagActivations, Description: "Activations, from the request to the end of the agreement."},
	{Name: tagInvitations, Description: "For the administrators of a customer. The link in the e-mail identifies an invitation; it gives no access to other visitors."},
	{Name: tagBatches, Description: "Activation of one solution for many customers, with a result per customer."},
	{Name: tagWebhooks, Description: "HTTP callbacks for events, signed according to [Standard Webhooks](https://www.standardwebhooks.com) (`webhook-id`, `webhook-timestamp`, `webhook-signature`). The events are `activation.requested`, `invitation.sent`, `invitation.corrected`, `invitation.forwarded`, `mail.delivered`, `mail.bounced`, `activation.changed`, `collaboration.started`, `collaboration.renewed`, `collaboration.notice_given`, `collaboration.notice_revoked`, `collaboration.end_set`, `collaboration.ended` and `activation.closed`. They contain ids and dates, and no personal data. A delivery without a 2xx response is retried for three days; 410 disables the webhook. Events may arrive out of order: sort by `data.sequence`. Deduplicate by `webhook-id`."},
}

const idempotencyText = " With an Idempotency-Key, a retry gets the same response and has no further effect."

var (
	opListCustomers = operation{id: "list-customers", tag: tagCustomers, summary: "List customers",
		text:  "Lists the office's customers by name. `q` is part of a name or the start of an organisation number.",
		codes: []collaboration.Code{collaboration.CodeInvalidRequest}}
	opGetCustomer = operation{id: "get-customer", tag: tagCustomers, summary: "Read a customer",
		text:  "Returns a customer with its tasks, subscriptions and administrators. A sole trader's organisation number is masked.",
		codes: []collaboration.Code{collaboration.CodeCustomerNotFound}}
	opGetForm = operation{id: "get-form", tag: tagCustomers, summary: "Read the form for a customer and a solution",
		text:  "Returns the scenario, the effect of Activate, the fields, and the conditions that block activation. Texts follow Accept-Language.",
		codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound}}
	opImport = operation{id: "import-customers", tag: tagCustomers, summary: "Import customers from a file",
		text:     "A CSV file in UTF-8, up to 5 MiB, with a header line and commas or semicolons. Columns, in any order: `organisation_number`, `name`; optional: `task`, `task_owner_email`, `task_status` (open or closed), `solutions` (ids, separated by spaces), `administrator_name`, `administrator_email`, `administrator_phone`. A customer with several tasks has several lines. If a line is invalid, the import is rejected and `rows` lists each invalid line. With `partial=true` the valid lines are imported and the response lists the invalid ones; the import fails only if no line is valid.",
		consumes: "text/csv", maxBody: maxImport,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeInvalidCSV}}
	opListSolutions = operation{id: "list-solutions", tag: tagCustomers, summary: "List solutions",
		text: "Lists the solutions that an office and a customer can share."}

	opActivate = operation{id: "create-activation", tag: tagActivations, summary: "Activate",
		text:   "Starts an activation. The response is sent as soon as Temporal has accepted the workflow; the steps run after that. Only one activation can be live per customer and solution: a second one is a conflict, and the problem contains the id of the first." + idempotencyText,
		status: http.StatusAccepted, consumes: "application/json", body: collaboration.Request{}, example: activationExample,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused,
			collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound, collaboration.CodeActivationExists}}
	opListActivations = operation{id: "list-activations", tag: tagActivations, summary: "List activations",
		text:  "Lists the office's activations, newest first. `state=active` selects running collaborations. `ends_before` lists running collaborations by end date, earliest first.",
		codes: []collaboration.Code{collaboration.CodeInvalidRequest}}
	opGetActivation = operation{id: "get-activation", tag: tagActivations, summary: "Read an activation",
		text:  "Returns the status and history of an activation. Right after the start only its id and state are known. Send `If-None-Match` with the last ETag to get 304 if the activation is unchanged.",
		also:  map[int]string{http.StatusNotModified: "The activation still has that ETag."},
		codes: []collaboration.Code{collaboration.CodeActivationNotFound}}
	opEvents = operation{id: "follow-activation", tag: tagActivations, summary: "Follow an activation",
		text:   "Server-sent events: one `step` per stored event, from the first event or from the one after `Last-Event-ID`. An `end` follows when the activation is no longer pending. After an `end` with `settled: false`, reconnect.",
		stream: true, example: eventsExample,
		codes: []collaboration.Code{collaboration.CodeActivationNotFound, collaboration.CodeInvalidRequest}}
	opWithdraw = operation{id: "withdraw-activation", tag: tagActivations, summary: "Withdraw a pending invitation",
		text: "Withdraws the invitation and compensates the completed steps of the activation." + idempotencyText, codes: changeCodes(collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opResend = operation{id: "resend-activation", tag: tagActivations, summary: "Send the invitation again",
		text: "Sends a new invitation. It supersedes older links and restarts the 30 days." + idempotencyText, codes: changeCodes(collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opEnd = operation{id: "end-activation", tag: tagActivations, summary: "End a running collaboration",
		text: "Ends the collaboration now, on a date, or at the end of the term without renewal. Both parties are notified. Managers only." + idempotencyText,
		who:  request.AccessManager, consumes: "application/json", body: EndRequest{}, example: EndRequest{When: collaboration.EndOfTerm},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeNotActive, collaboration.CodeMainContactMissing)}
	opRevokeNotice = operation{id: "revoke-notice", tag: tagActivations, summary: "Revoke notice",
		text: "Revokes the notice of either party, or removes the chosen end date. Managers only." + idempotencyText,
		who:  request.AccessManager, codes: changeCodes(collaboration.CodeNotActive, collaboration.CodeNoNotice)}
	opChange = operation{id: "change-activation", tag: tagActivations, summary: "Change a pending invitation or a running collaboration",
		text:     "Changes the given fields. While the invitation is pending, a change of the invoice recipient, the start or the agreement period sends a new invitation, which supersedes older links and restarts the 30 days. In a running collaboration every employee may change the task. Only managers may change the invoice recipient and the agreement period (from the next renewal)." + idempotencyText,
		consumes: "application/json", body: ChangeRequest{}, example: ChangeRequest{TaskID: "t-1003-2"},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opCorrect = operation{id: "correct-address", tag: tagActivations, summary: "Correct the recipient's address",
		text:     "Corrects the e-mail address and sends a new invitation there. It supersedes older links, restarts the 30 days, and resumes reminders that a bounce had suspended." + idempotencyText,
		consumes: "application/json", body: CorrectRequest{}, example: CorrectRequest{Email: "asa@oberg.example"},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opForward = operation{id: "forward-invitation", tag: tagActivations, summary: "Invite another administrator",
		text:     "Sends a new invitation to another administrator of the same customer. It supersedes older links." + idempotencyText,
		consumes: "application/json", body: AdministratorRequest{}, example: AdministratorRequest{AdministratorID: "a-1003-2"},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opListCollaborations = operation{id: "list-collaborations", tag: tagInvitations, summary: "List my collaborations", who: request.AccessAdministrator,
		text: "Lists the invitations and collaborations of every company that the caller administers, newest first."}
	opGetCollaboration = operation{id: "get-collaboration", tag: tagInvitations, summary: "Read a collaboration", who: request.AccessAdministrator,
		text: "Returns a collaboration as its customer sees it.", codes: []collaboration.Code{collaboration.CodeActivationNotFound}}
	opEndCollaboration = operation{id: "end-collaboration", tag: tagInvitations, summary: "End a collaboration, for the customer", who: request.AccessAdministrator,
		text:     "Ends the collaboration now, on a date, or at the end of the term without renewal. Both parties are notified." + idempotencyText,
		consumes: "application/json", body: EndRequest{}, example: EndRequest{When: collaboration.EndOfTerm},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeActivationNotFound, collaboration.CodeNotActive, collaboration.CodeMainContactMissing, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown}}
	opRevokeNoticeAsCustomer = operation{id: "revoke-notice-as-customer", tag: tagInvitations, summary: "Revoke notice, for the customer", who: request.AccessAdministrator,
		text: "Revokes the notice of either party." + idempotencyText, codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeActivationNotFound, collaboration.CodeNotActive, collaboration.CodeNoNotice, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown}}
	opAddBatch = operation{id: "add-batch", tag: tagBatches, summary: "Activate for many customers",
		text:   "Accepts or rejects the list as a whole. Errors of a single row are the result of that row. No customer gets a second live activation, even if a batch is interrupted, repeated or retried." + idempotencyText,
		status: http.StatusAccepted, consumes: "application/json", maxBody: maxBatch, body: BatchRequest{},
		example: map[string]any{"solution_id": "financial-overview", "rows": []map[string]any{{"customer_id": "c-1003", "invoice_recipient": "office"}}},
		codes:   []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused}}
	opAddBatchFile = operation{id: "add-batch-file", tag: tagBatches, summary: "Activate for many customers, from a file",
		text:   "CSV in UTF-8 with a header line, separated by commas or semicolons. Columns, in any order: customer_id or organisation_number, variant, task_id, invoice_recipient, period (on_approval, next_month, or the first of a month), agreement_months, locale, contact_name, contact_email, contact_phone. An unreadable file is rejected with a list of every invalid line." + idempotencyText,
		status: http.StatusAccepted, consumes: "text/csv", maxBody: maxBatch,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused}}
	opGetBatch      = operation{id: "get-batch", tag: tagBatches, summary: "Read a batch", text: "Returns the progress of a batch and its activations by state.", codes: []collaboration.Code{collaboration.CodeBatchNotFound}}
	opListBatchRows = operation{id: "list-batch-rows", tag: tagBatches, summary: "List a batch's rows", text: "Lists the rows with their results.", codes: []collaboration.Code{collaboration.CodeBatchNotFound, collaboration.CodeInvalidRequest}}
	opCancelBatch   = operation{id: "cancel-batch", tag: tagBatches, summary: "Cancel a batch", text: "Stops starting activations. Activations that are already started continue.", codes: []collaboration.Code{collaboration.CodeBatchNotFound}}
	opRetryBatch    = operation{id: "retry-batch", tag: tagBatches, summary: "Retry a batch", text: "Retries the refused rows, and resumes a cancelled batch.", codes: []collaboration.Code{collaboration.CodeBatchNotFound}}
	opListWebhooks  = operation{id: "list-webhooks", tag: tagWebhooks, summary: "List webhooks", who: request.AccessManager, text: "The office's webhooks. Managers only."}
	opAddWebhook    = operation{id: "add-webhook", tag: tagWebhooks, summary: "Add a webhook", who: request.AccessManager, status: http.StatusCreated,
		text:     "Registers a URL for events. The secret in the response verifies their signatures and is returned only once. Managers only.",
		consumes: "application/json", body: WebhookRequest{}, example: WebhookRequest{URL: "https://example.com/countersign"},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeTooManyWebhooks}}
	opRemoveWebhook = operation{id: "remove-webhook", tag: tagWebhooks, summary: "Remove a webhook", who: request.AccessManager, status: http.StatusNoContent,
		text: "Stops all deliveries to the webhook, including pending ones. Managers only.", codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}
	opEnableWebhook = operation{id: "enable-webhook", tag: tagWebhooks, summary: "Enable a webhook", who: request.AccessManager, status: http.StatusNoContent,
		text: "Enables a webhook that was disabled by a 410 response. Replay the events that it missed. Managers only.", codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}
	opReplayWebhook = operation{id: "replay-webhook", tag: tagWebhooks, summary: "Replay events", who: request.AccessManager,
		text:     "Sends up to 500 events from `since` on again, with the same webhook-id. Continue from `next`. Managers only." + idempotencyText,
		consumes: "application/json", body: ReplayRequest{}, example: ReplayRequest{Since: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused, collaboration.CodeWebhookNotFound}}
	opErase = operation{id: "erase-customer", tag: tagCustomers, summary: "Erase a customer's personal data",
		text: "Permanently erases the customer's administrators, the recipients' addresses, the comments of declined invitations, and a sole trader's name and number. The customer's data in Temporal becomes unreadable. Actions and times remain, and the audit chain still verifies. The request is rejected while the customer has a live activation. Managers only.",
		who:  request.AccessManager, codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeCustomerActive}}
	opAudit = operation{id: "export-audit", tag: tagActivations, summary: "Export an activation's audit",
		text:  "Exports the audit chain as one file: every event, with the hash of the previous one. `countersign verify FILE` checks the file without access to this service. Store `last_hash` elsewhere to detect missing rows later. `private` and `salt` are absent for events without personal data and after erasure.",
		codes: []collaboration.Code{collaboration.CodeActivationNotFound}}
	opMainContact = operation{id: "name-main-contact", tag: tagCustomers, summary: "Name the main contact",
		text: "Makes one of the customer's administrators its main contact. Managers only.",
		who:  request.AccessManager, consumes: "application/json", body: AdministratorRequest{}, example: AdministratorRequest{AdministratorID: "a-1003-2"},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeCustomerNotFound}}

	opGetInvitation = operation{id: "get-invitation", tag: tagInvitations, summary: "Read an invitation", who: request.AccessAuthenticated,
		text:  "Returns the office, the solution, the invoice recipient, the start, the agreement period and the terms. It changes nothing. For the customer's administrators, and for a temporary administrator after declining.",
		codes: []collaboration.Code{collaboration.CodeLinkInvalid, collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced}}
	opDecide = operation{id: "decide-invitation", tag: tagInvitations, summary: "Approve or decline", who: request.AccessAuthenticated,
		text:     "Stores the decision of the administrator in the token. Only the first decision counts; a repeat of it gets the same response. To approve, send the `terms.hash` of the invitation and `accept_terms: true`.",
		consumes: "application/json", body: DecisionRequest{}, example: decisionExample,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeLinkInvalid, collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced,
			collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeTermsChanged, collaboration.CodeOutcomeUnknown}}
)

// changeCodes adds the error codes of every change of an activation.
func changeCodes(more ...collaboration.Code) []collaboration.Code {
	return append(more, collaboration.CodeActivationNotFound, collaboration.CodePreconditionFailed, collaboration.CodeIdempotencyKeyReused, collaboration.CodeOutcomeUnknown)
}

var activationExample = collaboration.Request{
	CustomerID: "c-1008", SolutionID: "financial-overview", TaskID: "t-1008-1", InvoiceRecipient: collaboration.PaidByOffice,
	Period:  collaboration.Period{Start: collaboration.NextMonth},
	Contact: &collaboration.Contact{Name: "Ture Tvätt", Email: "ture@tvatt.example", Phone: "070-123 45 67"},
	Locale:  collaboration.Swedish,
}

var decisionExample = DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, TermsHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}

const eventsExample = `event: step
id: 1
data: {"sequence":1,"action":"requested","by":"emp-maja","at":"2026-11-23T09:30:00Z","text":"Requested"}

event: end
data: {"state":"active","settled":true}

`

var requestDocs = map[string]schemaDoc{
	"customer_id":       {text: "The customer.", example: "c-1003"},
	"solution_id":       {text: "The solution to share.", example: "financial-overview"},
	"variant":           {text: "A variant of the solution. Required if the form has the field.", example: "bookkeeping"},
	"task_id":           {text: "An open task of that customer.", example: "t-1003-1"},
	"invoice_recipient": {text: "The invoice recipient. Required if the form has the field.", example: "office", choices: []any{"office", "customer"}},
	"agreement_months":  {text: "The agreement period, 3 or 12. Allowed only if the form has the field.", example: 12},
	"locale":            {text: "The language of the invitation; default sv.", example: "sv", choices: []any{"sv", "en"}},
}

var periodDocs = map[string]schemaDoc{
	"start": {text: "The start of the agreement: on the day of approval, on the first day of the next month, or on the first day of a chosen month.", example: "on_approval", choices: []any{"on_approval", "next_month", "chosen_month"}},
	"month": {text: "The first day of the chosen month, for chosen_month only: not in the past, at most two years ahead.", example: "2027-01-01", format: "date"},
}

var contactDocs = map[string]schemaDoc{
	"name":  {text: "Up to 100 characters.", example: "Åsa Öberg"},
	"email": {text: "The address that receives the invitation.", example: "asa@oberg.example"},
	"phone": {text: "7 to 15 digits; the usual separators are allowed.", example: "070-123 45 67"},
}
