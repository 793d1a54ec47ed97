package rest

import (
	"github.com/danielgtaylor/huma/v2"

	"countersign/api/rest/apikeys"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
)

const introduction = `Countersign manages **collaborations** between an accounting office and its customers. In a collaboration both use the same solution. It starts after the customer's approval.

**Activation.** Read a customer's form (` + "`GET /v1/customers/{id}/solutions/{solution}`" + `). It contains the scenario and the fields. Send it (` + "`POST /v1/activations`" + `); the response is 202 with an id. Follow the activation (` + "`GET /v1/activations/{id}`, or `…/events`" + ` as a stream). The customer receives an e-mail with a link, logs in, and approves or declines.

**Authentication.** Send ` + "`Authorization: Bearer <token>`" + `. An employee has access to the customers and activations of the own office. An administrator has access to the invitations and collaborations of the administered companies. Other resources return 404.

**Errors** are RFC 9457 problems (` + "`application/problem+json`" + `). Branch on ` + "`code`" + `, which is stable. Show ` + "`title` and `errors[].message`" + ` to users; their language follows ` + "`Accept-Language`" + ` (sv or en). One response lists all invalid fields.

**Retries and idempotency.** Send an ` + "`Idempotency-Key`" + ` with every POST that starts or changes something. A retry with the same key and body within 24 hours gets the same response. An invalid request does not use its key. The same key with another body is rejected (` + "`idempotency_key_reused`" + `).

**Pagination.** Pass ` + "`next`" + ` from one response as ` + "`cursor`" + ` in the next request. The last page has no ` + "`next`" + `.

Times are RFC 3339 in UTC. Dates are calendar days in Stockholm.`

const (
	tagCustomers   = endpoint.TagCustomers
	tagActivations = "Activations"
	tagInvitations = "Invitations"
	tagBatches     = "Batches"
	tagWebhooks    = "Webhooks"
)

var tags = []*huma.Tag{
	{Name: tagCustomers, Description: "The office's customers with their tasks and administrators, and the solutions to share with them. A path accepts a customer's id, its organisation number, or the office's own id (`reference`). `PUT` is idempotent, so another system can keep a customer current with one call."},
	{Name: endpoint.TagEmployees, Description: "The employees of the office, their rights and their work."},
	{Name: tagActivations, Description: "Activations, from the request to the end of the agreement."},
	{Name: tagInvitations, Description: "For the administrators of a customer. The link in the e-mail identifies an invitation; it gives no access to other visitors."},
	{Name: tagBatches, Description: "Activation of one solution for many customers, with a result per customer."},
	{Name: tagWebhooks, Description: "HTTP callbacks for events, signed according to [Standard Webhooks](https://www.standardwebhooks.com) (`webhook-id`, `webhook-timestamp`, `webhook-signature`). The events are `activation.requested`, `invitation.sent`, `invitation.corrected`, `invitation.forwarded`, `invitation.handed_on`, `mail.delivered`, `mail.bounced`, `activation.changed`, `collaboration.started`, `collaboration.taken_over`, `collaboration.renewed`, `collaboration.notice_given`, `collaboration.notice_revoked`, `collaboration.end_set`, `collaboration.ended` and `activation.closed`. They contain ids and dates, and no personal data. A delivery without a 2xx response is retried for three days; 410 disables the webhook. Events may arrive out of order: sort by `data.sequence`. Deduplicate by `webhook-id`."},
	{Name: apikeys.Tag, Description: "Keys with which programs call this API in their own name. Managers manage them, with a token of their own: a key cannot create or revoke keys."},
}

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

var decisionExample = DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}

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
	"invoice_recipient": {text: "The invoice recipient. Required if the form has the field.", example: "office"},
	"agreement_months":  {text: "The agreement period, 3 or 12. Allowed only if the form has the field.", example: 12},
	"running_since":     {text: "The first day of a collaboration that runs already. It is taken over without an invitation: its current term renews, and notice and end work. Managers only.", example: "2025-05-01", format: "date"},
	"locale":            {text: "The language of the invitation; default sv.", example: "sv"},
}

var periodDocs = map[string]schemaDoc{
	"start": {text: "The start of the agreement: on the day of approval, on the first day of the next month, or on the first day of a chosen month.", example: "on_approval", choices: []any{"on_approval", "next_month", "chosen_month"}},
	"month": {text: "The first day of the chosen month, for chosen_month only: not in the past, at most two years ahead.", example: "2027-01-01", format: "date"},
}

var contactDocs = map[string]schemaDoc{
	"name":  {text: "Up to 100 characters; no sentence, web address or phone number.", example: "Åsa Öberg"},
	"email": {text: "The address for invitations.", example: "asa@oberg.example"},
	"phone": {text: "7 to 15 digits; the usual separators are allowed.", example: "070-123 45 67"},
}
