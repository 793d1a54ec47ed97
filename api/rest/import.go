package rest

import (
	"bytes"
	"context"
	"strings"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/table"
)

// maxImport is the largest customer file.
const maxImport = 5 << 20

type importInput struct {
	Partial bool   `query:"partial" doc:"Import the valid lines even if others are invalid."`
	RawBody []byte `contentType:"text/csv"`
}

// ImportView counts the rows that an import added. An import never updates rows.
type ImportView struct {
	Customers int                  `json:"customers" doc:"New customers, and customers with a new administrator or solution."`
	Tasks     int                  `json:"tasks" doc:"New tasks."`
	Unchanged int                  `json:"unchanged" doc:"Lines with nothing to add. Existing data is never updated: a different name, status, owner or phone number in the file is ignored."`
	Errors    []problem.RowProblem `json:"errors" doc:"The errors of the skipped lines, at most 1000. If there are more, the last entry has the code too_long and the line of the next error."`
}

var opImport = endpoint.Operation{ID: "import-customers", Tag: tagCustomers, Summary: "Import customers from a file",
	Text:     "A CSV file in UTF-8, up to 5 MiB, with a header line and commas or semicolons. Columns, in any order: `organisation_number`, `name`; optional: `task`, `task_owner_email`, `task_status` (open or closed), `solutions` (ids, separated by spaces), `" + strings.Join(collaboration.ContactNames("administrator_"), "`, `") + "`. A customer with several tasks has several lines. If a line is invalid, the import is rejected and `rows` lists each invalid line. With `partial=true` the valid lines are imported and the response lists the invalid ones; the import fails only if no line is valid.",
	Consumes: "text/csv", MaxBody: maxImport,
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeInvalidCSV}}

func (h customers) importCustomers(ctx context.Context, in *importInput) (*endpoint.Response[ImportView], error) {
	rows, bad, err := table.ReadCustomers(bytes.NewReader(in.RawBody), h.catalogue)
	if err != nil {
		return nil, err
	}
	result, err := h.app.Customers.Import(ctx, request.Employee(ctx), rows, bad, in.Partial)
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(ImportView{result.Customers, result.Tasks, result.Unchanged, problem.Rows(result.Errors, request.Locale(ctx))}), nil
}
