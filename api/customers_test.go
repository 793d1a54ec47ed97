package api_test

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"countersign/collaboration"
	"countersign/internal/table"
)

func TestCustomers(t *testing.T) {
	t.Parallel()
	sv := map[string]string{"Accept-Language": "sv"}
	run(t, []request{
		{name: "list", method: "GET", url: "/v1/customers?limit=2", as: "nils", status: 200, content: []string{`"id":"c-has"`, `"next":"more"`}, notContent: []string{"c-other", `"id":"c-new"`}},
		{name: "one", method: "GET", url: "/v1/customers/c-has", as: "nils", status: 200, content: []string{`"organisation_number":"556677-8899"`, `"name":"Åkes Bageri AB"`, `"open":false`}},
		{name: "sole trader is masked", method: "GET", url: "/v1/customers/c-new", as: "nils", status: 200, content: []string{`"800101-****"`, `"administrators":[]`}, notContent: []string{"9876"}},
		{name: "another office's", method: "GET", url: "/v1/customers/c-other", as: "maja", status: 404},
		{name: "another office's form", method: "GET", url: "/v1/customers/c-other/solutions/financial-overview", as: "maja", status: 404},
		{name: "solutions", method: "GET", url: "/v1/solutions", as: "nils", status: 200, content: []string{`"id":"financial-overview"`, "Financial overview"}},
		{name: "no such solution", method: "GET", url: "/v1/customers/c-has/solutions/none", as: "nils", status: 404, content: []string{code("solution_not_found")}},
		{name: "form of A", method: "GET", url: "/v1/customers/c-has/solutions/financial-overview", as: "nils", status: 200,
			content:    []string{`"scenario":"has_solution"`, `"name":"task_id"`, `"value":"t-has"`, `"name":"agreement_months"`, `"value":"3","label":"3 months"`, `"value":"2026-12-01","label":"1 December 2026"`, `"value":"2027-11-01"`, `"hindrances":[]`, "already has"},
			notContent: []string{"t-closed", "contact.email", "2027-12-01"}},
		{name: "form of B", method: "GET", url: "/v1/customers/c-platform/solutions/financial-overview", as: "nils", headers: sv, status: 200,
			content: []string{`"scenario":"on_platform"`, "Fakturamottagare", "1 december 2026", `"default":"office"`}, notContent: []string{"agreement_months"}},
		{name: "form of C", method: "GET", url: "/v1/customers/c-new/solutions/financial-overview", as: "nils", status: 200,
			content: []string{`"scenario":"new_customer"`, `"name":"contact.email","label":"Contact's e-mail address","type":"email","required":true`}},
		{name: "hindered by tasks", method: "GET", url: "/v1/customers/c-idle/solutions/financial-overview", as: "nils", status: 200, content: []string{code("no_open_task")}, notContent: []string{"administrator_missing"}},
		{name: "hindered by contacts", method: "GET", url: "/v1/customers/c-orphan/solutions/financial-overview", as: "nils", status: 200, content: []string{code("administrator_missing")}},
	})
}

func TestForm_NamesLiveActivation(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.live = w.with("c-has", collaboration.Active)
	r := get("/v1/customers/c-has/solutions/financial-overview", "nils")
	r.status, r.content = 200, []string{`"live_activation":"` + string(w.live) + `"`}
	r.check(t, r.send(w.server(t)))
}

const goodCSV = "organisation_number,name\n556677-8899,Åkes Bageri AB\n"

func TestImport(t *testing.T) {
	t.Parallel()
	bad := goodCSV + "123,Ingen AB\n"
	impossible := "organisation_number,name,administrator_name,administrator_email,administrator_phone\n" +
		"5566778899,Åkes Bageri AB,Anna Ek,anna@kund.example,070-123 45 67\n" +
		"5592201007,Kund AB,Anna Ek,anna@kund.example?subject=x,070-123 45 67\n" +
		"5592412117,Byrå AB,Anna Ek," + strings.Repeat("a", 65) + "@kund.example,070-123 45 67\n"
	var thousands []collaboration.RowError
	for line := range 2000 {
		thousands = append(thousands, collaboration.RowError{Line: 4 + line, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice})
	}
	for _, tt := range []struct {
		name, query, body string
		storeErrors       []collaboration.RowError
		status, imported  int
		content           []string
	}{
		{"good", "", goodCSV, nil, 200, 1, []string{`"customers":{"added":1`, `"errors":[]`}},
		{"bad line", "", bad, nil, 422, 0, []string{code("invalid_request"), `"rows":[{"line":3,"field":"organisation_number","code":"invalid_format"`}},
		{"bad line, partial", "?partial=true", bad, nil, 200, 1, []string{`"customers":{"added":1`, `"errors":[{"line":3`}},
		{"impossible addresses, partial", "?partial=true", impossible, nil, 200, 1, []string{`"customers":{"added":1`, `"errors":[{"line":3,"field":"administrator_email","code":"invalid_format"`, `{"line":4,"field":"administrator_email","code":"invalid_format"`}},
		{"the store knows better", "", goodCSV, []collaboration.RowError{{Line: 2, Field: "task_owner_email", Code: collaboration.CodeNotFound}}, 422, 0, []string{`"line":2`, code("not_found")}},
		{"both know something", "", bad, []collaboration.RowError{{Line: 2, Field: "task_owner_email", Code: collaboration.CodeNotFound}}, 422, 0, []string{`"rows":[{"line":2`, `{"line":3`}},
		{"the store knows better, partial", "?partial=true", bad, []collaboration.RowError{{Line: 2, Field: "task_owner_email", Code: collaboration.CodeNotFound}}, 200, 1, []string{`"errors":[{"line":2`, `{"line":3`}},
		{"more than is told", "", bad, thousands, 422, 0, []string{`"rows":[{"line":3`, `{"line":1002,"field":"task_owner_email"`, `{"line":1003,"code":"too_long"`, `."}]}`}},
		{"more than is told, partial", "?partial=true", bad, thousands, 200, 1, []string{`"errors":[{"line":3`, `{"line":1002,"field":"task_owner_email"`, `{"line":1003,"code":"too_long"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.importErr = tt.storeErrors
			r := post("/v1/customers/import"+tt.query, "nils", tt.body, "Content-Type", "text/csv; charset=utf-8")
			r.status, r.content = tt.status, tt.content
			r.check(t, r.send(w.server(t)))
			if len(w.imported) != tt.imported {
				t.Errorf("%d rows imported, want %d", len(w.imported), tt.imported)
			}
		})
	}
}

// The declared character set of a file is one that is read, or the file is refused.
func TestImport_Charset(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for charset, status := range map[string]int{
		"utf-8": 200, "UTF-8": 200, "windows-1252": 200, "iso-8859-1": 200, "utf-16": 200, "utf-16le": 200,
		"utf-7": 415, "shift_jis": 415, "iso-8859-15": 415, "x-unknown": 415,
	} {
		r := post("/v1/customers/import?preview=true", "nils", goodCSV, "Content-Type", "text/csv; charset="+charset)
		if r.status = status; status == 415 {
			r.content = []string{code("unsupported_media_type"), "send text in UTF-8"}
		}
		r.check(t, r.send(s))
	}
}

func TestBadCursor(t *testing.T) {
	t.Parallel()
	bad := &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "after", Code: collaboration.CodeInvalidFormat}}}
	for what, url := range map[string]string{"Customers": "/v1/customers?cursor=x", "Activations": "/v1/activations?cursor=x"} {
		w := newWorld()
		w.fail[what] = bad
		r := get(url, "nils")
		r.status, r.content = 422, []string{wrong("cursor", "invalid_format")}
		r.check(t, r.send(w.server(t)))
	}
}

// A workbook is imported like a CSV file.
func TestImport_Workbook(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	for cell, row := range map[string][]any{"A1": {"organisation_number", "name"}, "A2": {"559220-1007", "Björks Bygg AB"}} {
		if err := f.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	content, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	s := newWorld().server(t)
	for contentType, want := range map[string]int{"text/csv": 200, table.WorkbookType: 200, "application/zip": 415} {
		got := request{method: "POST", url: "/v1/customers/import?preview=true", body: content.String(), headers: map[string]string{"Authorization": "Bearer nils-token", "Content-Type": contentType}}.send(s)
		if got.Code != want {
			t.Errorf("%s: %d %s", contentType, got.Code, got.Body)
		}
	}
}
