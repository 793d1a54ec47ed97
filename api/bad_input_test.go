package api_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	goodHas      = `{"customer_id":"c-has","solution_id":"financial-overview","task_id":"t-has","invoice_recipient":"office","agreement_months":12}`
	goodPlatform = `{"customer_id":"c-platform","solution_id":"financial-overview","task_id":"t-platform","invoice_recipient":"office"}`
	goodNew      = `{"customer_id":"c-new","solution_id":"financial-overview","task_id":"t-new","invoice_recipient":"office","contact":{"name":"Linda Ö","email":"linda@har.example","phone":"070-123 45 67"}}`
)

// wrong returns a field of a problem as JSON.
func wrong(field, code string) string { return fmt.Sprintf(`{"field":%q,"code":%q`, field, code) }

func code(c string) string { return fmt.Sprintf(`"code":%q`, c) }

// activation is a POST that must be rejected without effect.
func activation(name, body string, status int, content ...string) request {
	return request{name: name, url: "/v1/activations", as: "nils", body: body, status: status, content: content}
}

func change(body, old, new string) string {
	if !strings.Contains(body, old) {
		panic("nothing to change: " + old)
	}
	return strings.Replace(body, old, new, 1)
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	run(t, []request{
		activation("no such customer", change(goodHas, "c-has", "c-none"), 404, code("customer_not_found"), wrong("customer_id", "customer_not_found")),
		activation("customer of another office", change(goodHas, "c-has", "c-other"), 404, code("customer_not_found")),
		activation("no such solution", change(goodHas, "financial-overview", "nothing"), 404, code("solution_not_found"), wrong("solution_id", "solution_not_found")),
		activation("neither customer nor solution", change(change(goodHas, "c-has", "c-none"), "financial-overview", "nothing"), 404, wrong("customer_id", "customer_not_found"), wrong("solution_id", "solution_not_found")),
		activation("no such task", change(goodHas, "t-has", "t-none"), 422, code("invalid_request"), wrong("task_id", "task_not_found")),
		activation("task of another customer", change(goodHas, "t-has", "t-platform"), 422, wrong("task_id", "task_of_another_customer")),
		activation("task of another office", change(goodHas, "t-has", "t-other"), 422, wrong("task_id", "task_not_found")),
		activation("closed task", change(goodHas, "t-has", "t-closed"), 422, wrong("task_id", "task_closed")),
		activation("no task", change(goodHas, "t-has", ""), 422, wrong("task_id", "required")),
		activation("no task at all", `{"customer_id":"c-idle","solution_id":"financial-overview","invoice_recipient":"office"}`, 422, wrong("task_id", "no_open_task")),
		activation("no contact", change(goodNew, `,"contact":{"name":"Linda Ö","email":"linda@har.example","phone":"070-123 45 67"}`, ""), 422, wrong("contact", "required")),
		activation("malformed contact", change(goodNew, `"name":"Linda Ö","email":"linda@har.example","phone":"070-123 45 67"`, `"name":"","email":"linda","phone":"abc"`), 422,
			wrong("contact.name", "required"), wrong("contact.email", "invalid_format"), wrong("contact.phone", "invalid_format")),
		activation("contact where none is asked", change(goodPlatform, `}`, `,"contact":{"name":"A","email":"a@b.example","phone":"0701234567"}}`), 422, wrong("contact", "not_applicable")),
		activation("agreement period of 6", change(goodHas, ":12", ":6"), 422, wrong("agreement_months", "invalid_choice")),
		activation("agreement period of 3.5", change(goodHas, ":12", ":3.5"), 422, wrong("agreement_months", "invalid_format")),
		activation("agreement period that no integer holds", change(goodHas, ":12", ":1e20"), 422, wrong("agreement_months", "invalid_format")),
		activation("agreement period that no number holds", change(goodHas, ":12", ":1e400"), 422, wrong("agreement_months", "invalid_format")),
		activation("a number that none holds for an object", change(goodPlatform, `}`, `,"contact":1e400}`), 422, wrong("contact", "invalid_format")),
		activation("an integer that none holds beside others", change(change(goodHas, ":12", ":1e20"), "t-has", "t-closed"), 422, wrong("agreement_months", "invalid_format"), wrong("task_id", "task_closed")),
		activation("NUL in an id", change(goodHas, "t-has", `t-has\u0000`), 422, wrong("task_id", "invalid_format")),
		activation("control character in a choice", change(goodHas, `"office"`, `"off\u001bice"`), 422, wrong("invoice_recipient", "invalid_format")),
		activation("control character in a nested field", change(goodNew, "Linda", `Lin\u0085da`), 422, wrong("contact.name", "invalid_format")),
		activation("control character in a field that nobody knows", change(goodHas, `}`, `,"colour":"r\u0000ed"}`), 422, wrong("colour", "unknown_field")),
		activation("agreement period missing", change(goodHas, `,"agreement_months":12`, ""), 422, wrong("agreement_months", "required")),
		activation("agreement period not asked", change(goodPlatform, `}`, `,"agreement_months":3}`), 422, wrong("agreement_months", "not_applicable")),
		activation("period not a first", change(goodHas, `}`, `,"period":{"start":"chosen_month","month":"2027-01-02"}}`), 422, wrong("period.month", "not_first_of_month")),
		activation("period in the past", change(goodHas, `}`, `,"period":{"start":"chosen_month","month":"2026-11-01"}}`), 422, wrong("period.month", "in_the_past")),
		activation("period no date", change(goodHas, `}`, `,"period":{"start":"chosen_month","month":"2027-13-01"}}`), 422, wrong("period.month", "invalid_format")),
		activation("period of another kind", change(goodHas, `}`, `,"period":{"start":"someday"}}`), 422, wrong("period.start", "invalid_choice")),
		activation("payer", change(goodHas, `"office"`, `"nobody"`), 422, wrong("invoice_recipient", "invalid_choice")),
		activation("no main contact", `{"customer_id":"c-orphan","solution_id":"financial-overview","task_id":"t-orphan","invoice_recipient":"office"}`, 422, wrong("customer_id", "administrator_missing")),
		activation("nothing filled in", `{}`, 422, wrong("customer_id", "required"), wrong("solution_id", "required"), wrong("task_id", "required")),
		activation("shape and domain together", `{"customer_id":"c-has","solution_id":"financial-overview","task_id":"t-closed","invoice_recipient":7,"agreement_months":"12","period":{"start":"next_month","day":1},"colour":"red"}`, 422,
			wrong("invoice_recipient", "invalid_format"), wrong("agreement_months", "invalid_format"), wrong("period.day", "unknown_field"), wrong("colour", "unknown_field"), wrong("task_id", "task_closed")),
		activation("unknown field", change(goodHas, `}`, `,"colour":"red"}`), 422, wrong("colour", "unknown_field")),
		activation("field names are exact", change(goodHas, `task_id`, `Task_ID`), 422, wrong("Task_ID", "unknown_field"), wrong("task_id", "required")),
		activation("null", change(goodHas, `"t-has"`, `null`), 422, wrong("task_id", "invalid_format")),
		activation("twice the same field", change(goodHas, `}`, `,"task_id":"t-closed"}`), 422, wrong("task_id", "duplicate")),
		activation("twice the same nested field", change(goodNew, `"name":"Linda Ö"`, `"name":"Linda Ö","name":"Eve"`), 422, wrong("contact.name", "duplicate")),
		activation("not JSON", `{"customer_id":`, 400, code("malformed_request")),
		activation("not an object", `["c-has"]`, 400, code("malformed_request")),
		activation("32 levels", `{"a":`+strings.Repeat("[", 31)+strings.Repeat("]", 31)+`}`, 422, wrong("a", "unknown_field")),
		activation("33 levels", `{"a":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`}`, 400, code("malformed_request")),
		activation("33 levels of objects", strings.Repeat(`{"a":`, 33)+`1`+strings.Repeat("}", 33), 400, code("malformed_request")),
		activation("a name that no field could have", `{"`+strings.Repeat("x", 101)+`":1}`, 400, code("malformed_request")),
		activation("very many fields twice", `{`+strings.Repeat(`"a":1,`, 1000)+`"a":1}`, 400, code("malformed_request")),
		activation("something after it", goodHas+`{}`, 400, code("malformed_request")),
		activation("too large", `{"customer_id":"`+strings.Repeat("x", 64<<10)+`"}`, 413, code("body_too_large")),
		{name: "no body", method: "POST", url: "/v1/activations", as: "nils", headers: map[string]string{"Content-Type": "application/json"}, status: 400, content: []string{code("malformed_request")}},
		{name: "wrong type", url: "/v1/activations", as: "nils", body: goodHas, headers: map[string]string{"Content-Type": "text/plain"}, status: 415, content: []string{code("unsupported_media_type")}},
		{name: "no type", url: "/v1/activations", as: "nils", body: goodHas, headers: map[string]string{"Content-Type": ""}, status: 415},
		{name: "key with a line break", url: "/v1/activations", as: "nils", body: goodHas, headers: map[string]string{"Idempotency-Key": "a\tb"}, status: 422, content: []string{wrong("Idempotency-Key", "invalid_format")}},
		{name: "key too long", url: "/v1/activations", as: "nils", body: goodHas, headers: map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}, status: 422},
		{name: "bad input does not use up its key", url: "/v1/activations", as: "nils", body: change(goodHas, "t-has", "t-none"), headers: map[string]string{"Idempotency-Key": "k"}, status: 422},
	})
}

func TestProblems(t *testing.T) {
	t.Parallel()
	swedish := map[string]string{"Accept-Language": "sv-SE,sv;q=0.9,en;q=0.1"}
	run(t, []request{
		{name: "no token", method: "GET", url: "/v1/customers", status: 401, content: []string{code("unauthenticated")}, wantHeaders: map[string]string{"WWW-Authenticate": `Bearer realm="countersign"`}},
		{name: "no token, invalid body", url: "/v1/activations", body: `{"a`, status: 401, content: []string{code("unauthenticated")}},
		{name: "wrong token", method: "GET", url: "/v1/customers", as: "eve", status: 401},
		{name: "other scheme", method: "GET", url: "/v1/customers", headers: map[string]string{"Authorization": "Basic maja-token"}, status: 401},
		{name: "no such address", method: "GET", url: "/v2", status: 404, content: []string{code("not_found")}},
		{name: "no such method", method: "DELETE", url: "/v1/customers", status: 405, content: []string{code("method_not_allowed")}},
		{name: "in Swedish", method: "GET", url: "/v1/customers/none", as: "maja", headers: swedish, status: 404, content: []string{"Kunden finns inte."}},
		{name: "in English", method: "GET", url: "/v1/customers/none", as: "maja", status: 404, content: []string{"There is no such customer.", `"type":"urn:countersign:problem:customer_not_found"`, `"status":404`, `"instance":"urn:countersign:request:r-1"`}, headers: map[string]string{"X-Request-Id": "r-1"}, wantHeaders: map[string]string{"X-Request-Id": "r-1"}},
		{name: "fields in Swedish", url: "/v1/activations", as: "nils", body: `{}`, headers: swedish, status: 422, content: []string{`"message":"Uppgiften måste fyllas i."`}},
		{name: "limit", method: "GET", url: "/v1/customers?limit=1000", as: "maja", status: 422, content: []string{wrong("limit", "invalid_format")}},
		{name: "limit no number", method: "GET", url: "/v1/customers?limit=x", as: "maja", status: 422, content: []string{wrong("limit", "invalid_format")}},
		{name: "misspelt filter", method: "GET", url: "/v1/activations?stat=active", as: "maja", status: 422, content: []string{wrong("stat", "unknown_field")}},
		{name: "no such state", method: "GET", url: "/v1/activations?state=active&state=gone", as: "maja", status: 422, content: []string{code("invalid_choice")}},
		{name: "id that cannot be", method: "GET", url: "/v1/activations/1", as: "maja", status: 404, content: []string{code("activation_not_found")}},
		{name: "broken CSV", url: "/v1/customers/import", as: "nils", body: "\"name\n", headers: map[string]string{"Content-Type": "text/csv"}, status: 422, content: []string{code("invalid_csv")}},
		{name: "import wants CSV", url: "/v1/customers/import", as: "nils", body: "{}", status: 415},
	})
}
