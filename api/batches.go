package api

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"countersign/api/i18n"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/table"
)

// maxBatch bounds the body of a batch, in bytes.
const maxBatch = 2 << 20

// BatchRequest activates one solution for many customers.
type BatchRequest struct {
	SolutionID string                  `json:"solution_id" example:"financial-overview"`
	Rows       []collaboration.Request `json:"rows" doc:"Up to 5000 rows, with the fields of a single activation. solution_id is optional, and so is task_id for a customer with one open task."`
}

// BatchView is the progress of a batch.
type BatchView struct {
	ID         string                      `json:"id"`
	State      string                      `json:"state" enum:"running,done,cancelled"`
	SolutionID string                      `json:"solution_id" example:"financial-overview"`
	CreatedBy  string                      `json:"created_by" example:"emp-maja"`
	CreatedAt  time.Time                   `json:"created_at"`
	Pending    int                         `json:"pending" doc:"Rows that are not started yet."`
	Started    int                         `json:"started" doc:"Rows with a started activation."`
	Refused    int                         `json:"refused" doc:"Rows that were rejected. Fix the cause and retry the batch."`
	States     map[collaboration.State]int `json:"states" doc:"The number of started activations by state."`
}

// BatchRowView is the result of one row.
type BatchRowView struct {
	Line       int                        `json:"line" doc:"The line of the file, or the position in the list, from 1."`
	CustomerID string                     `json:"customer_id,omitempty"`
	Result     collaboration.BatchResult  `json:"result" enum:"pending,started,refused"`
	Activation collaboration.ActivationID `json:"activation,omitempty" doc:"The started activation, or the live one that conflicts with this row."`
	Code       collaboration.Code         `json:"code,omitempty" doc:"The reason for a refused row." example:"invalid_request"`
	Message    string                     `json:"message,omitempty"`
	Errors     []problem.FieldProblem     `json:"errors,omitempty" doc:"Every invalid field."`
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
		v.Message = i18n.CodeText(l, r.Code)
	}
	for _, f := range r.Fields {
		v.Errors = append(v.Errors, problem.FieldProblem{Field: f.Field, Code: f.Code, Message: i18n.CodeText(l, f.Code)})
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
	var request BatchRequest
	if err := shapeOf[BatchRequest](s).decodeWhole(in.RawBody, &request); err != nil {
		return nil, err
	}
	return answerBatch(s.app.Batches.StartRequests(ctx, employeeOf(ctx), in.Key, request.SolutionID, request.Rows))
}

func answerBatch(b collaboration.Batch, err error) (*batchOutput, error) {
	if err != nil {
		return nil, err
	}
	return &batchOutput{"/v1/batches/" + b.ID, viewBatch(b)}, nil
}

type addBatchFileInput struct {
	IdempotencyKey
	SolutionID string `query:"solution_id" doc:"The solution to share." example:"financial-overview"`
	RawBody    []byte `contentType:"text/csv"`
}

func (s *Server) addBatchFile(ctx context.Context, in *addBatchFileInput) (*batchOutput, error) {
	rows, wrong, err := table.ReadBatch(bytes.NewReader(in.RawBody), in.SolutionID)
	if err != nil {
		return nil, err
	}
	return answerBatch(s.app.Batches.StartRows(ctx, employeeOf(ctx), in.Key, in.SolutionID, rows, wrong))
}

// BatchInput names a batch.
type BatchInput struct {
	ID string `path:"id" doc:"The batch."`
}

func (s *Server) getBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return answerBatch(s.app.Batches.Get(ctx, employeeOf(ctx), in.ID))
}

type batchRowsInput struct {
	BatchInput
	Result string `query:"result" enum:"pending,started,refused" doc:"Only rows with this result."`
	Cursor int    `query:"cursor" minimum:"0" doc:"The value of next in the previous response."`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500" doc:"The maximum number of rows."`
}

func (s *Server) listBatchRows(ctx context.Context, in *batchRowsInput) (*bodyOf[ListView[BatchRowView]], error) {
	rows, more, err := s.app.Batches.Rows(ctx, employeeOf(ctx), in.ID, collaboration.BatchResult(in.Result), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if more {
		next = fmt.Sprint(rows[len(rows)-1].Line)
	}
	view := func(r collaboration.BatchRow) BatchRowView { return viewBatchRow(r, request.Locale(ctx)) }
	return &bodyOf[ListView[BatchRowView]]{viewList(rows, next, view)}, nil
}

func (s *Server) cancelBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return answerBatch(s.app.Batches.Cancel(ctx, employeeOf(ctx), in.ID))
}

func (s *Server) retryBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return answerBatch(s.app.Batches.Retry(ctx, employeeOf(ctx), in.ID))
}
