package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"countersign/collaboration"
)

const (
	maxBatch     = 2 << 20
	maxBatchRows = 5000
)

// BatchRequest activates one solution for many customers.
type BatchRequest struct {
	SolutionID string                  `json:"solution_id" example:"financial-overview"`
	Rows       []collaboration.Request `json:"rows" doc:"As for a single activation, up to 5000. solution_id may be left out; so may task_id, where the customer has one open task."`
}

// BatchView is how far a batch has come.
type BatchView struct {
	ID         string                      `json:"id"`
	State      string                      `json:"state" enum:"running,done,cancelled"`
	SolutionID string                      `json:"solution_id" example:"financial-overview"`
	CreatedBy  string                      `json:"created_by" example:"emp-maja"`
	CreatedAt  time.Time                   `json:"created_at"`
	Pending    int                         `json:"pending" doc:"Rows that are still to be started."`
	Started    int                         `json:"started" doc:"Rows whose activation was started."`
	Refused    int                         `json:"refused" doc:"Rows that could not be; mend them and retry."`
	States     map[collaboration.State]int `json:"states" doc:"The started activations, by where they stand."`
}

// BatchRowView is what came of one row.
type BatchRowView struct {
	Line       int                        `json:"line" doc:"The line of the file, or the number in the list, from 1."`
	CustomerID string                     `json:"customer_id,omitempty"`
	Result     collaboration.BatchResult  `json:"result" enum:"pending,started,refused"`
	Activation collaboration.ActivationID `json:"activation,omitempty" doc:"The one that was started, or that stands in the way."`
	Code       collaboration.Code         `json:"code,omitempty" doc:"Why it was refused." example:"invalid_request"`
	Message    string                     `json:"message,omitempty"`
	Errors     []FieldProblem             `json:"errors,omitempty" doc:"Every field that is wrong."`
}

func viewBatch(b collaboration.Batch) BatchView {
	v := BatchView{
		ID: b.ID, State: "running", SolutionID: b.SolutionID, CreatedBy: b.CreatedBy, CreatedAt: b.CreatedAt,
		Pending: b.Counts[collaboration.RowPending], Started: b.Counts[collaboration.RowStarted], Refused: b.Counts[collaboration.RowRefused], States: b.States,
	}
	switch {
	case v.Pending == 0:
		v.State = "done"
	case !b.CancelledAt.IsZero():
		v.State = "cancelled"
	}
	return v
}

func viewBatchRow(r collaboration.BatchRow, l collaboration.Locale) BatchRowView {
	v := BatchRowView{Line: r.Line, CustomerID: r.Request.CustomerID, Result: r.Result, Code: r.Code}
	if r.Result != collaboration.RowPending {
		v.Activation = r.Activation
	}
	if r.Code != "" {
		v.Message = r.Code.Text(l)
	}
	for _, f := range r.Fields {
		v.Errors = append(v.Errors, FieldProblem{f.Field, f.Code, f.Code.Text(l)})
	}
	return v
}

type batchOutput struct {
	Location string `header:"Location"`
	Body     BatchView
}

type addBatchInput struct {
	IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) addBatch(ctx context.Context, in *addBatchInput) (*batchOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var request BatchRequest
	if err := shapeOf[BatchRequest](s).decodeWhole(in.RawBody, &request); err != nil {
		return nil, err
	}
	var rows []collaboration.BatchRow
	var wrong []collaboration.FieldError
	for i, r := range request.Rows {
		if r.CustomerID == "" {
			wrong = append(wrong, collaboration.FieldError{Field: fmt.Sprintf("rows[%d].customer_id", i), Code: collaboration.CodeRequired})
		}
		r.SolutionID = request.SolutionID
		rows = append(rows, collaboration.BatchRow{Line: i + 1, Request: r})
	}
	if len(rows) == 0 {
		wrong = append(wrong, collaboration.FieldError{Field: "rows", Code: collaboration.CodeRequired})
	}
	return s.startBatch(ctx, in.Key, request.SolutionID, rows, wrong)
}

type addBatchFileInput struct {
	IdempotencyKey
	SolutionID string `query:"solution_id" doc:"The solution to share." example:"financial-overview"`
	RawBody    []byte `contentType:"text/csv"`
}

func (s *Server) addBatchFile(ctx context.Context, in *addBatchFileInput) (*batchOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	rows, bad, err := collaboration.ParseBatch(bytes.NewReader(in.RawBody), in.SolutionID)
	if err != nil {
		return nil, err
	}
	if len(bad) > 0 {
		return nil, badRows(bad)
	}
	return s.startBatch(ctx, in.Key, in.SolutionID, rows, nil)
}

// startBatch records the whole batch before anything of it is started. A repeat
// with the same key is the same batch, and starts it where the first could not.
func (s *Server) startBatch(ctx context.Context, key, solutionID string, rows []collaboration.BatchRow, wrong []collaboration.FieldError) (*batchOutput, error) {
	switch _, known := s.Catalogue.Solution(solutionID); {
	case solutionID == "":
		wrong = append(wrong, collaboration.FieldError{Field: "solution_id", Code: collaboration.CodeRequired})
	case !known:
		wrong = append(wrong, collaboration.FieldError{Field: "solution_id", Code: collaboration.CodeSolutionNotFound})
	}
	if len(rows) > maxBatchRows {
		wrong = append(wrong, collaboration.FieldError{Field: "rows", Code: collaboration.CodeTooLong})
	}
	if len(wrong) > 0 {
		return nil, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: wrong[:min(len(wrong), maxWrong)]}
	}
	employee := employeeOf(ctx)
	b := collaboration.Batch{ID: strings.ToLower(rand.Text()), OfficeID: employee.OfficeID, SolutionID: solutionID, CreatedBy: employee.ID, CreatedAt: s.Now().UTC()}
	if key != "" {
		first, err := s.reserveBatch(ctx, key, b, rows)
		if err != nil {
			return nil, err
		}
		b.ID = first
	}
	recording, cancel := context.WithTimeout(ctx, importWithin)
	defer cancel()
	if err := s.Facts.AddBatch(recording, b, rows); err != nil {
		return nil, err
	}
	if err := s.message(ctx, func(ctx context.Context) error { return s.Starter.StartBatch(ctx, b.OfficeID, b.ID) }); err != nil {
		return nil, err
	}
	return s.viewOfBatch(ctx, b.ID)
}

func (s *Server) reserveBatch(ctx context.Context, key string, b collaboration.Batch, rows []collaboration.BatchRow) (string, error) {
	what, err := json.Marshal(rows)
	if err != nil {
		return "", err
	}
	first, err := read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.ActivationID, error) {
		return s.Facts.ReserveKey(ctx, b.OfficeID, key, digest(b.OfficeID, b.SolutionID, string(what)), collaboration.ActivationID(b.ID), s.Now().UTC())
	})
	return string(first), err
}

func (s *Server) viewOfBatch(ctx context.Context, id string) (*batchOutput, error) {
	b, err := read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.Batch, error) {
		return s.Facts.Batch(ctx, employeeOf(ctx).OfficeID, id)
	})
	if err != nil {
		return nil, err
	}
	return &batchOutput{"/v1/batches/" + id, viewBatch(b)}, nil
}

// BatchInput names a batch.
type BatchInput struct {
	ID string `path:"id" doc:"The batch."`
}

func (s *Server) getBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return s.viewOfBatch(ctx, in.ID)
}

type batchRowsInput struct {
	BatchInput
	Result string `query:"result" enum:"pending,started,refused" doc:"Only rows with this result."`
	Cursor int    `query:"cursor" minimum:"0" doc:"next from the answer before."`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500" doc:"Rows at most."`
}

func (s *Server) listBatchRows(ctx context.Context, in *batchRowsInput) (*bodyOf[ListView[BatchRowView]], error) {
	if _, err := s.viewOfBatch(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, err := read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.BatchRow, error) {
		return s.Facts.BatchRows(ctx, in.ID, collaboration.BatchResult(in.Result), in.Cursor, in.Limit+1)
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		next = fmt.Sprint(rows[in.Limit-1].Line)
	}
	view := func(r collaboration.BatchRow) BatchRowView { return viewBatchRow(r, localeOf(ctx)) }
	return &bodyOf[ListView[BatchRowView]]{viewList(rows, next, view)}, nil
}

func (s *Server) cancelBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return s.changeBatch(ctx, in.ID, func(ctx context.Context, office string) error {
		return s.Facts.CancelBatch(ctx, office, in.ID, s.Now().UTC())
	})
}

func (s *Server) retryBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return s.changeBatch(ctx, in.ID, func(ctx context.Context, office string) error {
		if err := s.Facts.RetryBatch(ctx, office, in.ID); err != nil {
			return err
		}
		return s.Starter.StartBatch(ctx, office, in.ID)
	})
}

func (s *Server) changeBatch(ctx context.Context, id string, change func(ctx context.Context, office string) error) (*batchOutput, error) {
	err := s.message(ctx, func(ctx context.Context) error { return change(ctx, employeeOf(ctx).OfficeID) })
	if err != nil {
		return nil, err
	}
	return s.viewOfBatch(ctx, id)
}
