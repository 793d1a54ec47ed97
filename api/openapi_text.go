package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"countersign/collaboration"
)

const introduction = `Countersign starts, follows and ends **collaborations** between an accounting office and its customers: both use the same solution, once the customer has approved.

**From the click to the agreement.** Read a customer's form (` + "`GET /v1/customers/{id}/solutions/{solution}`" + `): it tells which of the three scenarios applies and what to fill in. Send it (` + "`POST /v1/activations`" + `): the answer is 202 and an id. Follow that id (` + "`GET /v1/activations/{id}`, or `…/events`" + ` as a stream). The customer gets an e-mail with a link, logs in, and approves or declines there.

**Who you are.** Send ` + "`Authorization: Bearer <token>`" + `. An employee sees the own office's customers and activations, a customer's administrator the invitations and collaborations of the companies that he or she administers; anything else does not exist.

**When something is wrong** the answer is an RFC 9457 problem (` + "`application/problem+json`" + `). Branch on ` + "`code`" + `, which is stable; show ` + "`title` and `errors[].message`" + `, which follow ` + "`Accept-Language`" + ` (sv or en). All wrong fields are named at once.

**Repeating safely.** Send an ` + "`Idempotency-Key`" + ` with every POST that starts or changes something. The same key with the same body gets the same answer; with another body it is refused (` + "`idempotency_key_reused`" + `).

**Lists** are read in pages: pass ` + "`next`" + ` from one answer as ` + "`cursor`" + ` of the next request, until there is no ` + "`next`" + `.

Times are RFC 3339 in UTC. Dates are calendar days in Stockholm.`

const (
	tagCustomers   = "Customers"
	tagActivations = "Activations"
	tagInvitations = "Invitations"
	tagBatches     = "Batches"
	tagWebhooks    = "Webhooks"
)

var tags = []*huma.Tag{
	{Name: tagCustomers, Description: "Whom the office serves, and what can be shared with them."},
	{Name: tagActivations, Description: "From the click on Activate to the end of the agreement."},
	{Name: tagInvitations, Description: "The customer's side: for the administrators of a customer. The link in the e-mail names an invitation; it opens nothing to anybody else."},
	{Name: tagBatches, Description: "One solution for many customers at once, with a result for each."},
	{Name: tagWebhooks, Description: "Addresses of your own that are told what happens, each event once and signed as [Standard Webhooks](https://www.standardwebhooks.com) says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Events are `activation.requested`, `invitation.sent`, `invitation.corrected`, `invitation.forwarded`, `mail.delivered`, `mail.bounced`, `activation.changed`, `collaboration.started`, `collaboration.renewed`, `collaboration.notice_given`, `collaboration.notice_taken_back`, `collaboration.end_set`, `collaboration.ended` and `activation.closed`; they hold ids and dates, and nothing personal. One that is not answered with 2xx is tried for three days; 410 disables the webhook. Events may come in another order than they happened: `data.sequence` tells. Tell repeats apart by `webhook-id`."},
}

const idempotencyText = " With an Idempotency-Key, a repeat is answered alike and changes nothing more."

var (
	opListCustomers = operation{id: "list-customers", tag: tagCustomers, summary: "List customers",
		text:  "The office's customers by name. `q` is part of a name, or the start of an organisation number.",
		codes: []collaboration.Code{collaboration.CodeInvalidRequest}}
	opGetCustomer = operation{id: "get-customer", tag: tagCustomers, summary: "Read a customer",
		text:  "A customer with its tasks, subscriptions and administrators. A sole trader's organisation number is masked.",
		codes: []collaboration.Code{collaboration.CodeCustomerNotFound}}
	opGetForm = operation{id: "get-form", tag: tagCustomers, summary: "Read the form for a customer and a solution",
		text:  "Which scenario applies, what Activate will do, which fields to fill in, and what hinders activation. Texts follow Accept-Language.",
		codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound}}
	opImport = operation{id: "import-customers", tag: tagCustomers, summary: "Import customers from a file",
		text:     "A CSV file in UTF-8, up to 5 MiB, with a header line and commas or semicolons. Columns, in any order: `organisation_number`, `name`; and where wanted `task`, `task_owner_email`, `task_status` (open or closed), `solutions` (ids, with a space between), `administrator_name`, `administrator_email`, `administrator_phone`. A customer with several tasks has several lines. Where lines are wrong nothing is written and each one is listed in `rows`; with `partial=true` the good lines are written and the wrong ones listed in the result, unless none is good.",
		consumes: "text/csv", maxBody: maxImport,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeInvalidCSV}}
	opListSolutions = operation{id: "list-solutions", tag: tagCustomers, summary: "List solutions",
		text: "What an office and a customer can share."}

	opActivate = operation{id: "create-activation", tag: tagActivations, summary: "Activate",
		text:   "Starts an activation. The answer comes as soon as the engine has it; the steps follow. One activation can be live per customer and solution: a second one is a conflict that points at the first." + idempotencyText,
		status: http.StatusAccepted, consumes: "application/json", body: collaboration.Request{}, example: activationExample,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused,
			collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound, collaboration.CodeActivationExists}}
	opListActivations = operation{id: "list-activations", tag: tagActivations, summary: "List activations",
		text:  "The office's activations, newest first: sent requests, and running collaborations with `state=active`. With `ends_before` those that run, what ends first first.",
		codes: []collaboration.Code{collaboration.CodeInvalidRequest}}
	opGetActivation = operation{id: "get-activation", tag: tagActivations, summary: "Read an activation",
		text:  "Where an activation stands, and its history. Right after it was started only its id and state are known. Send `If-None-Match` with the ETag you have to get 304 while nothing has changed.",
		also:  map[int]string{http.StatusNotModified: "Nothing has changed since that ETag."},
		codes: []collaboration.Code{collaboration.CodeActivationNotFound}}
	opEvents = operation{id: "follow-activation", tag: tagActivations, summary: "Follow an activation",
		text:   "Server-sent events: one `step` per recorded step, from the first one on, or from the one after `Last-Event-ID`; then `end` when the customer's answer, or anything else, has settled the activation. An `end` with `settled: false` means: connect again.",
		stream: true, example: eventsExample,
		codes: []collaboration.Code{collaboration.CodeActivationNotFound, collaboration.CodeInvalidRequest}}
	opWithdraw = operation{id: "withdraw-activation", tag: tagActivations, summary: "Withdraw a pending invitation",
		text: "Takes the invitation back and undoes what the activation had made ready." + idempotencyText, codes: changeCodes(collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opResend = operation{id: "resend-activation", tag: tagActivations, summary: "Send the invitation again",
		text: "Sends a new invitation. Links in older ones stop working, and the 30 days begin again." + idempotencyText, codes: changeCodes(collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opEnd = operation{id: "end-activation", tag: tagActivations, summary: "End a running collaboration",
		text: "Ends it now or on a day, or lets it run until its term ends without renewing. Both parties are told. Managers only." + idempotencyText,
		who:  managers, consumes: "application/json", body: EndRequest{}, example: EndRequest{When: collaboration.EndOfTerm},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeNotActive, collaboration.CodeMainContactMissing)}
	opTakeBack = operation{id: "take-back-notice", tag: tagActivations, summary: "Take notice back",
		text: "Takes back the notice that either party gave, or the day that was set for the end. Managers only." + idempotencyText,
		who:  managers, codes: changeCodes(collaboration.CodeNotActive, collaboration.CodeNoNotice)}
	opChange = operation{id: "change-activation", tag: tagActivations, summary: "Change a pending invitation or a running collaboration",
		text:     "Changes what is sent along. A change of what the customer is asked for (who pays, the start, the agreement period) sends a new invitation: links in older ones stop working, and the 30 days begin again. Of a running collaboration the task may be changed by anyone; who pays and the agreement period (from the next renewal) by managers only." + idempotencyText,
		consumes: "application/json", body: ChangeRequest{}, example: ChangeRequest{TaskID: "t-1003-2"},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opCorrect = operation{id: "correct-address", tag: tagActivations, summary: "Correct the address of who was invited",
		text:     "Puts the address right and sends a new invitation there: links in older ones stop working, the 30 days begin again, and reminders that a bounce had stopped go on." + idempotencyText,
		consumes: "application/json", body: CorrectRequest{}, example: CorrectRequest{Email: "asa@oberg.example"},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opForward = operation{id: "forward-invitation", tag: tagActivations, summary: "Invite another administrator",
		text:     "Sends a new invitation to another administrator of the same customer; links in older ones stop working." + idempotencyText,
		consumes: "application/json", body: AdministratorRequest{}, example: AdministratorRequest{AdministratorID: "a-1003-2"},
		codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
	opListCollaborations = operation{id: "list-collaborations", tag: tagInvitations, summary: "List my collaborations", who: administrators,
		text: "Invitations, running and ended collaborations of every company that you administer, newest first."}
	opGetCollaboration = operation{id: "get-collaboration", tag: tagInvitations, summary: "Read a collaboration", who: administrators,
		text: "As its customer sees it.", codes: []collaboration.Code{collaboration.CodeActivationNotFound}}
	opEndCollaboration = operation{id: "end-collaboration", tag: tagInvitations, summary: "End a collaboration, for the customer", who: administrators,
		text:     "As the office does it: now, on a day, or with its term." + idempotencyText,
		consumes: "application/json", body: EndRequest{}, example: EndRequest{When: collaboration.EndOfTerm},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeActivationNotFound, collaboration.CodeNotActive, collaboration.CodeMainContactMissing, collaboration.CodeOutcomeUnknown}}
	opTakeBackCollaboration = operation{id: "take-back-collaboration", tag: tagInvitations, summary: "Take notice back, for the customer", who: administrators,
		text: "Also notice that the office gave." + idempotencyText, codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeActivationNotFound, collaboration.CodeNotActive, collaboration.CodeNoNotice, collaboration.CodeOutcomeUnknown}}
	opAddBatch = operation{id: "add-batch", tag: tagBatches, summary: "Activate for many customers",
		text:   "Takes the whole list or nothing; what is wrong with a single row is that row's result. No customer gets a second live activation, however often a batch is interrupted, repeated or retried." + idempotencyText,
		status: http.StatusAccepted, consumes: "application/json", maxBody: maxBatch, body: BatchRequest{},
		example: map[string]any{"solution_id": "financial-overview", "rows": []map[string]any{{"customer_id": "c-1003", "invoice_recipient": "office"}}},
		codes:   []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused}}
	opAddBatchFile = operation{id: "add-batch-file", tag: tagBatches, summary: "Activate for many customers, from a file",
		text:   "CSV in UTF-8 with a header line, separated by commas or semicolons. Columns, in any order: customer_id or organisation_number, variant, task_id, invoice_recipient, period (on_approval, next_month, or the first of a month), agreement_months, locale, contact_name, contact_email, contact_phone. A file that cannot be read is refused with every wrong line." + idempotencyText,
		status: http.StatusAccepted, consumes: "text/csv", maxBody: maxBatch,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused}}
	opGetBatch      = operation{id: "get-batch", tag: tagBatches, summary: "Read a batch", text: "How far it has come, and where its activations stand.", codes: []collaboration.Code{collaboration.CodeBatchNotFound}}
	opListBatchRows = operation{id: "list-batch-rows", tag: tagBatches, summary: "List a batch's rows", text: "What came of each.", codes: []collaboration.Code{collaboration.CodeBatchNotFound, collaboration.CodeInvalidRequest}}
	opCancelBatch   = operation{id: "cancel-batch", tag: tagBatches, summary: "Cancel a batch", text: "Starts no more of it. What was started stays.", codes: []collaboration.Code{collaboration.CodeBatchNotFound}}
	opRetryBatch    = operation{id: "retry-batch", tag: tagBatches, summary: "Retry a batch", text: "Tries the refused rows again, and goes on with one that was cancelled.", codes: []collaboration.Code{collaboration.CodeBatchNotFound}}
	opListWebhooks  = operation{id: "list-webhooks", tag: tagWebhooks, summary: "List webhooks", who: managers, text: "The office's webhooks. Managers only."}
	opAddWebhook    = operation{id: "add-webhook", tag: tagWebhooks, summary: "Add a webhook", who: managers, status: http.StatusCreated,
		text:     "From now on the address is told what happens. The secret in the answer verifies it, and is shown this once. Managers only.",
		consumes: "application/json", body: WebhookRequest{}, example: WebhookRequest{URL: "https://example.com/countersign"},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeTooManyWebhooks}}
	opRemoveWebhook = operation{id: "remove-webhook", tag: tagWebhooks, summary: "Remove a webhook", who: managers, status: http.StatusNoContent,
		text: "It is not told any more, not even what is on its way. Managers only.", codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}
	opEnableWebhook = operation{id: "enable-webhook", tag: tagWebhooks, summary: "Enable a webhook", who: managers, status: http.StatusNoContent,
		text: "Tells a webhook again that was disabled because it answered 410. Replay what it missed. Managers only.", codes: []collaboration.Code{collaboration.CodeWebhookNotFound}}
	opReplayWebhook = operation{id: "replay-webhook", tag: tagWebhooks, summary: "Replay events", who: managers,
		text:     "Sends the first 500 events from an instant on again, with the same webhook-id; go on from `next`. Managers only." + idempotencyText,
		consumes: "application/json", body: ReplayRequest{}, example: ReplayRequest{Since: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeWebhookNotFound}}
	opErase = operation{id: "erase-customer", tag: tagCustomers, summary: "Erase a customer's personal data",
		text: "Erases the customer's people, the addresses that mails went to, what was said in declining, and a sole trader's name and number, for good; what the engine keeps of the customer becomes unreadable. What was done and when stays, and the audit still verifies. Refused while the customer has a live activation. Managers only.",
		who:  managers, codes: []collaboration.Code{collaboration.CodeCustomerNotFound, collaboration.CodeCustomerActive}}
	opAudit = operation{id: "export-audit", tag: tagActivations, summary: "Export an activation's audit",
		text:  "Everything that happened, each row chained to the one before by its hash, as one file. `countersign verify FILE` checks it anywhere, without this service. Note `head` elsewhere to see later that nothing was cut off. `private` and `salt` are absent where nothing is personal, and once it was erased.",
		codes: []collaboration.Code{collaboration.CodeActivationNotFound}}
	opMainContact = operation{id: "name-main-contact", tag: tagCustomers, summary: "Name the main contact",
		text: "Makes one of the customer's administrators its main contact. Managers only.",
		who:  managers, consumes: "application/json", body: AdministratorRequest{}, example: AdministratorRequest{AdministratorID: "a-1003-2"},
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeCustomerNotFound}}

	opGetInvitation = operation{id: "get-invitation", tag: tagInvitations, summary: "Read an invitation", who: anyone,
		text:  "Who invites to what, who pays, from when, for how long, and the terms. Reading changes nothing. For the customer's administrators, and for who declined and was one only for this.",
		codes: []collaboration.Code{collaboration.CodeLinkInvalid, collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced}}
	opDecide = operation{id: "decide-invitation", tag: tagInvitations, summary: "Approve or decline", who: anyone,
		text:     "Answers as the administrator whose token it is. The first decision counts; a repeat of the same one is answered alike. To approve, send back the `terms.hash` that was read, and `accept_terms: true`.",
		consumes: "application/json", body: DecisionRequest{}, example: decisionExample,
		codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeLinkInvalid, collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced,
			collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeTermsChanged, collaboration.CodeOutcomeUnknown}}
)

// changeCodes is what can go wrong with any change of an activation.
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
	"variant":           {text: "One of the solution's variants, where the form asks.", example: "bookkeeping"},
	"task_id":           {text: "An open task of that customer.", example: "t-1003-1"},
	"invoice_recipient": {text: "Who pays. Required where the form asks.", example: "office", choices: []any{"office", "customer"}},
	"agreement_months":  {text: "3 or 12, where the form asks; otherwise leave it out.", example: 12},
	"locale":            {text: "The language of the invitation; sv where left out.", example: "sv", choices: []any{"sv", "en"}},
}

var periodDocs = map[string]schemaDoc{
	"start": {text: "When the agreement starts: on the day of approval, on the first of the month after it, or on a chosen first of a month.", example: "on_approval", choices: []any{"on_approval", "next_month", "chosen_month"}},
	"month": {text: "The chosen first of a month, for chosen_month only: not past, at most two years ahead.", example: "2027-01-01", format: "date"},
}

var contactDocs = map[string]schemaDoc{
	"name":  {text: "Up to 100 characters.", example: "Åsa Öberg"},
	"email": {text: "The invitation goes here.", example: "asa@oberg.example"},
	"phone": {text: "7 to 15 digits, with the usual signs between them.", example: "070-123 45 67"},
}
