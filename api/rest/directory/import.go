package directory

import (
	"bytes"
	"context"
	"strings"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/app/directory"
	"countersign/internal/table"
)

func (h handlers) registerImport(r endpoint.Groups) {
	endpoint.Post(r.Employees, "/v1/customers/import", opImport, h.importCustomers)
}

type importInput struct {
	Partial           bool   `query:"partial" doc:"Import the valid lines even if others are invalid."`
	Preview           bool   `query:"preview" doc:"Return what the import would change, and change nothing."`
	CloseMissingTasks bool   `query:"close_missing_tasks" doc:"Close the open tasks that the file lacks, of the customers in the file. With an error in any line, none is closed."`
	RawBody           []byte `contentType:"text/csv"`
}

// ImportView counts what an import changed, or would change.
type ImportView struct {
	Preview        bool                 `json:"preview" doc:"True if nothing was changed."`
	Customers      ImportCounts         `json:"customers"`
	Administrators ImportCounts         `json:"administrators"`
	Tasks          ImportCounts         `json:"tasks"`
	Subscriptions  int                  `json:"subscriptions" doc:"Added subscriptions."`
	Unchanged      int                  `json:"unchanged" doc:"Lines without any change."`
	Changes        []ImportChange       `json:"changes" doc:"The first 100 changes."`
	Errors         []problem.RowProblem `json:"errors" doc:"The errors of the skipped lines, at most 1000. If there are more, the last entry has the code too_long and the line of the next error."`
}

// ImportCounts counts the changes of one kind of entry.
type ImportCounts struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Closed  int `json:"closed" doc:"Only tasks can be closed."`
}

// ImportChange is one change that a line makes.
type ImportChange struct {
	Line     int      `json:"line" example:"17" doc:"Counted from 1, the header line included. For a closed task that the file lacks, the customer's first line."`
	Action   string   `json:"action" enum:"customer_added,customer_edited,administrator_added,administrator_edited,task_added,task_edited,task_closed,subscription_added"`
	Customer string   `json:"customer" doc:"The customer's name."`
	Entry    string   `json:"entry,omitempty" doc:"The task's or the administrator's name, or the solution's id."`
	Fields   []string `json:"fields,omitempty" doc:"The changed fields."`
}

var opImport = endpoint.Operation{ID: "import-customers", Tag: endpoint.TagCustomers, Summary: "Import customers from a file",
	Text: "A CSV file, or the first sheet of an Excel workbook (.xlsx, `" + table.WorkbookType + "`), of up to 10 MiB and 10,000 lines with a header line. CSV may be UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs. A workbook with macros is rejected, and so is a cell with a formula. Columns, in any order: `organisation_number`, `name`; optional: `task`, `task_owner_email`, `task_status` (open or closed), `solutions` (ids, separated by spaces), `" + strings.Join(collaboration.ContactNames("administrator_"), "`, `") + "`. A customer with several tasks has several lines.\n\n" +
		"The import adds new entries, and brings names, owners and statuses, and the administrators with the same address, to the state of the file. Nothing is removed. `close_missing_tasks` also closes the tasks that the file lacks. Without a `task_status`, a new task is open and an existing one keeps its status. Importing a file again changes nothing. Every change is in the list of directory changes.\n\n" +
		"If a line is invalid, the import is rejected and `rows` lists each invalid line. With `partial=true` the valid lines are imported and the response lists the invalid ones; the import fails only if no line is valid. With `preview=true` nothing is changed, and the response has what would be.",
	Consumes: "text/csv", AlsoConsumes: table.WorkbookType, MaxBody: table.MaxFile,
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeInvalidCSV, collaboration.CodeTaskInUse, collaboration.CodeCustomerArchived, collaboration.CodeFormula, collaboration.CodeMacros}}

func (h handlers) importCustomers(ctx context.Context, in *importInput) (*endpoint.Response[ImportView], error) {
	rows, bad, err := table.ReadCustomers(bytes.NewReader(in.RawBody), h.catalogue.For(request.Employee(ctx).OfficeID))
	if err != nil {
		return nil, err
	}
	result, err := directory.Import(ctx, h.directory, request.Employee(ctx), domain.ImportFile{Rows: rows, Bad: bad},
		domain.ImportOptions{Partial: in.Partial, Preview: in.Preview, CloseMissingTasks: in.CloseMissingTasks})
	if err != nil {
		return nil, err
	}
	v := ImportView{Preview: in.Preview, Customers: ImportCounts(result.Customers), Administrators: ImportCounts(result.Administrators), Tasks: ImportCounts(result.Tasks),
		Subscriptions: result.Subscriptions, Unchanged: result.Unchanged, Changes: []ImportChange{}, Errors: problem.Rows(result.Errors, request.Locale(ctx))}
	for _, c := range result.Changes {
		v.Changes = append(v.Changes, ImportChange(c))
	}
	return endpoint.Respond(v), nil
}
