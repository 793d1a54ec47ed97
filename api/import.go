package api

import (
	"bytes"
	"context"
	"time"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/internal/table"
)

// maxImport is the largest customer file.
const maxImport = 5 << 20

// importTimeout bounds the database write of one file.
const importTimeout = 45 * time.Second

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

func (s *Server) importCustomers(ctx context.Context, in *importInput) (*bodyOf[ImportView], error) {
	rows, bad, err := table.ReadCustomers(bytes.NewReader(in.RawBody), s.Catalogue)
	if err != nil {
		return nil, err
	}
	result, err := s.app.Customers.Import(ctx, employeeOf(ctx), rows, bad, in.Partial)
	if err != nil {
		return nil, err
	}
	return &bodyOf[ImportView]{ImportView{result.Customers, result.Tasks, result.Unchanged, problem.Rows(result.Errors, request.Locale(ctx))}}, nil
}
