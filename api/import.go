package api

import (
	"bytes"
	"context"
	"slices"
	"time"

	"countersign/collaboration"
)

// maxImport is the largest customer file.
const maxImport = 5 << 20

// importWithin bounds the writing of one file.
const importWithin = 45 * time.Second

type importInput struct {
	Partial bool   `query:"partial" doc:"Write the good lines even where others are wrong."`
	RawBody []byte `contentType:"text/csv"`
}

// ImportView counts what an import added. It only adds.
type ImportView struct {
	Customers int          `json:"customers" doc:"New customers, and those that got an administrator or a solution."`
	Tasks     int          `json:"tasks" doc:"New tasks."`
	Unchanged int          `json:"unchanged" doc:"Lines with nothing to add. What is there already is left as it is: another name, status, owner or phone number in the file changes nothing."`
	Errors    []RowProblem `json:"errors" doc:"What is wrong with lines that were left out: the first 1000 errors, and where there are more too_long with the line of the next one."`
}

func (s *Server) importCustomers(ctx context.Context, in *importInput) (*bodyOf[ImportView], error) {
	rows, bad, err := collaboration.ParseCustomers(bytes.NewReader(in.RawBody), s.Catalogue)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 && len(bad) > 0 {
		return nil, badRows(bad)
	}
	ctx, cancel := context.WithTimeout(ctx, importWithin)
	defer cancel()
	result, err := s.Facts.Import(ctx, employeeOf(ctx).OfficeID, rows, bad, in.Partial)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(result.Errors, func(a, b collaboration.RowError) int { return a.Line - b.Line })
	result.Errors = collaboration.FirstRowErrors(result.Errors)
	if len(result.Errors) > 0 && !in.Partial {
		return nil, badRows(result.Errors)
	}
	view := ImportView{result.Customers, result.Tasks, result.Unchanged, []RowProblem{}}
	for _, e := range result.Errors {
		view.Errors = append(view.Errors, RowProblem{e.Line, e.Field, e.Code, e.Code.Text(localeOf(ctx))})
	}
	return &bodyOf[ImportView]{view}, nil
}

func badRows(bad []collaboration.RowError) error {
	return &fault{error: &collaboration.Error{Code: collaboration.CodeInvalidRequest}, rows: bad}
}
