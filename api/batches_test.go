package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/collaboration"
)

const batchBody = `{"solution_id":"financial-overview","rows":[{"customer_id":"c-platform","invoice_recipient":"office"},{"customer_id":"c-new","contact":{"name":"Linda","email":"linda@har.example","phone":"070-1234567"}}]}`

func TestBatch_StartsAndShowsRows(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	add := post("/v1/batches", "nils", batchBody, "Idempotency-Key", "k")
	add.status, add.content = 202, []string{`"state":"running"`, `"pending":2`, `"solution_id":"financial-overview"`}
	first := add.send(s)
	add.check(t, first)
	again := add.send(s)
	add.check(t, again)
	at := first.Header().Get("Location")
	if at == "" || again.Header().Get("Location") != at || w.calls["StartBatch"] != 2 || w.messages[0] != w.messages[1] {
		t.Errorf("at %q, then %q; started %v", at, again.Header().Get("Location"), w.messages)
	}
	if r := w.batchRows; len(r) != 2 || r[1].Line != 2 || r[1].Request.SolutionID != "financial-overview" || r[1].Request.Contact.Name != "Linda" {
		t.Errorf("rows %+v", r)
	}
	w.batchRows[0].Result, w.batchRows[0].Code = collaboration.RowRefused, collaboration.CodeInvalidRequest
	w.batchRows[0].Fields = []collaboration.FieldError{{Field: "task_id", Code: collaboration.CodeTaskClosed}}
	for _, r := range []request{
		{url: at, as: "nils", status: 200, content: []string{`"pending":2`}},
		{url: at, as: "sara", status: 404, content: []string{code("batch_not_found")}},
		{url: at + "/rows?limit=1", as: "nils", status: 200, content: []string{`"line":1,"customer_id":"c-platform","result":"refused","code":"invalid_request"`, `"field":"task_id","code":"task_closed"`, `"next":"1"`}},
		{url: at + "/rows?cursor=1", as: "nils", status: 200, content: []string{`"line":2`}, notContent: []string{`"line":1,`, "linda@har.example"}},
		{url: at + "/rows", as: "sara", status: 404},
		{url: at + "/rows?result=odd", as: "nils", status: 422, content: []string{`"field":"result","code":"invalid_choice"`}},
		{url: at + "/cancel", method: http.MethodPost, as: "sara", status: 404},
		{url: at + "/cancel", method: http.MethodPost, as: "nils", status: 200, content: []string{`"state":"cancelled"`}},
		{url: at + "/retry", method: http.MethodPost, as: "nils", status: 200, content: []string{`"state":"running"`}},
	} {
		r.check(t, r.send(s))
	}
	other := post("/v1/batches", "nils", strings.Replace(batchBody, "Linda", "Lina", 1), "Idempotency-Key", "k")
	other.status, other.content = 422, []string{code("idempotency_key_reused")}
	other.check(t, other.send(s))
}

// The batch was stored but not started: the retry starts it.
func TestBatch_RetryStartsStoredBatch(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fail["StartBatch"] = &collaboration.Error{Code: collaboration.CodeUnavailable}
	s := w.server(t)
	r := post("/v1/batches", "nils", batchBody, "Idempotency-Key", "k")
	r.status = 503
	r.check(t, r.send(s))
	delete(w.fail, "StartBatch")
	r.status = 202
	r.check(t, r.send(s))
	if len(w.batches) != 1 {
		t.Errorf("%d batches", len(w.batches))
	}
}

func TestBatch_RejectsInvalidFiles(t *testing.T) {
	t.Parallel()
	csv := map[string]string{"Content-Type": "text/csv"}
	run(t, []request{
		{name: "nothing", url: "/v1/batches", as: "nils", body: `{}`, status: 422, content: []string{`"field":"solution_id","code":"required"`, `"field":"rows","code":"required"`}},
		{name: "no such solution", url: "/v1/batches", as: "nils", body: `{"solution_id":"x","rows":[{}]}`, status: 422, content: []string{`"field":"solution_id","code":"solution_not_found"`, `"field":"rows[0].customer_id","code":"required"`}},
		{name: "shape", url: "/v1/batches", as: "nils", body: `{"solution_id":"financial-overview","rows":[{"customer_id":7,"colour":"red"}]}`, status: 422, content: []string{`"field":"rows[0].customer_id","code":"invalid_format"`, `"field":"rows[0].colour","code":"unknown_field"`}},
		{name: "no token", url: "/v1/batches", body: batchBody, status: 401, content: []string{code("unauthenticated")}},
		{name: "a bad file", url: "/v1/batches/csv?solution_id=financial-overview", as: "nils", headers: csv, body: "customer_id;organisation_number;agreement_months\n;;\n;\"556\nc-1;;x\n;123;3\n", status: 422,
			content: []string{`{"line":3,"code":"invalid_csv"`, `{"line":4,"field":"agreement_months","code":"invalid_format"`, `{"line":5,"field":"organisation_number","code":"invalid_format"`}},
		{name: "a file without customers", url: "/v1/batches/csv?solution_id=financial-overview", as: "nils", headers: csv, body: "customer_id\n", status: 422, content: []string{`"code":"required"`}},
		{name: "a good file", url: "/v1/batches/csv?solution_id=financial-overview", as: "nils", headers: csv, body: "\ufeffCustomer_ID,period,contact_name\nc-1,2027-01-01,\nc-2,next_month,Åsa\n", status: 202, changes: 2, content: []string{`"pending":2`}},
	})
}
