package rest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/api/i18n"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/table"
)

// batches activates for many customers.
type batches struct{ handlers }

func (h batches) register(r endpoint.Groups) {
	endpoint.Post(r.Employees, "/v1/batches", opAddBatch, h.addBatch)
	endpoint.Post(r.Employees, "/v1/batches/csv", opAddBatchFile, h.addBatchFile)
	endpoint.Get(r.Employees, "/v1/batches/{id}", opGetBatch, h.getBatch)
	endpoint.Get(r.Employees, "/v1/batches/{id}/rows", opListBatchRows, h.listBatchRows)
	endpoint.Post(r.Employees, "/v1/batches/{id}/cancel", opCancelBatch, h.cancelBatch)
	endpoint.Post(r.Employees, "/v1/batches/{id}/retry", opRetryBatch, h.retryBatch)
}

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
	Phases     map[collaboration.Phase]int `json:"phases" doc:"The number of started activations by phase."`
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
		Pending: b.Counts[collaboration.RowPending], Started: b.Counts[collaboration.RowStarted], Refused: b.Counts[collaboration.RowRefused], Phases: b.Phases,
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
	endpoint.IdempotencyKey
	RawBody []byte `contentType:"application/json"`
}

var opAddBatch = endpoint.Operation{ID: "add-batch", Tag: tagBatches, Summary: "Activate for many customers",
	Text:   "Accepts or rejects the list as a whole. Errors of a single row are the result of that row. No customer gets a second live activation, even if a batch is interrupted, repeated or retried." + endpoint.IdempotencyText,
	Status: http.StatusAccepted, Consumes: "application/json", MaxBody: maxBatch, Body: BatchRequest{},
	Example: map[string]any{"solution_id": "financial-overview", "rows": []map[string]any{{"customer_id": "c-1003", "invoice_recipient": "office"}}},
	Codes:   []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused}}

func (h batches) addBatch(ctx context.Context, in *addBatchInput) (*batchOutput, error) {
	var batch BatchRequest
	if err := endpoint.DecodeWhole(h.schemas, in.RawBody, &batch); err != nil {
		return nil, err
	}
	return answerBatch(h.app.Batches.StartRequests(ctx, request.Employee(ctx), in.Key, batch.SolutionID, batch.Rows))
}

func answerBatch(b collaboration.Batch, err error) (*batchOutput, error) {
	if err != nil {
		return nil, err
	}
	return &batchOutput{"/v1/batches/" + b.ID, viewBatch(b)}, nil
}

type addBatchFileInput struct {
	endpoint.IdempotencyKey
	SolutionID string `query:"solution_id" doc:"The solution to share." example:"financial-overview"`
	RawBody    []byte `contentType:"text/csv"`
}

var opAddBatchFile = endpoint.Operation{ID: "add-batch-file", Tag: tagBatches, Summary: "Activate for many customers, from a file",
	Text:   "CSV in UTF-8 with a header line, separated by commas or semicolons. Columns, in any order: " + strings.Join(collaboration.BatchColumns(), ", ") + ". A line needs customer_id or organisation_number; period is on_approval, next_month, or the first of a month. An unreadable file is rejected with a list of every invalid line." + endpoint.IdempotencyText,
	Status: http.StatusAccepted, Consumes: "text/csv", MaxBody: maxBatch,
	Codes: []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused}}

func (h batches) addBatchFile(ctx context.Context, in *addBatchFileInput) (*batchOutput, error) {
	rows, wrong, err := table.ReadBatch(bytes.NewReader(in.RawBody), in.SolutionID)
	if err != nil {
		return nil, err
	}
	return answerBatch(h.app.Batches.StartRows(ctx, request.Employee(ctx), in.Key, in.SolutionID, rows, wrong))
}

// BatchInput names a batch.
type BatchInput struct {
	ID string `path:"id" doc:"The batch."`
}

var opGetBatch = endpoint.Operation{ID: "get-batch", Tag: tagBatches, Summary: "Read a batch", Text: "Returns the progress of a batch and its activations by state.", Codes: []collaboration.Code{collaboration.CodeBatchNotFound}}

func (h batches) getBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return answerBatch(h.app.Batches.Get(ctx, request.Employee(ctx), in.ID))
}

type batchRowsInput struct {
	BatchInput
	Result string `query:"result" enum:"pending,started,refused" doc:"Only rows with this result."`
	Cursor int    `query:"cursor" minimum:"0" doc:"The value of next in the previous response."`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500" doc:"The maximum number of rows."`
}

var opListBatchRows = endpoint.Operation{ID: "list-batch-rows", Tag: tagBatches, Summary: "List a batch's rows", Text: "Lists the rows with their results.", Codes: []collaboration.Code{collaboration.CodeBatchNotFound, collaboration.CodeInvalidRequest}}

func (h batches) listBatchRows(ctx context.Context, in *batchRowsInput) (*endpoint.Response[endpoint.ListView[BatchRowView]], error) {
	rows, more, err := h.app.Batches.Rows(ctx, request.Employee(ctx), in.ID, collaboration.BatchResult(in.Result), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if more {
		next = fmt.Sprint(rows[len(rows)-1].Line)
	}
	view := func(r collaboration.BatchRow) BatchRowView { return viewBatchRow(r, request.Locale(ctx)) }
	return endpoint.Respond(endpoint.List(rows, next, view)), nil
}

var opCancelBatch = endpoint.Operation{ID: "cancel-batch", Tag: tagBatches, Summary: "Cancel a batch", Text: "Stops starting activations. Activations that are already started continue.", Codes: []collaboration.Code{collaboration.CodeBatchNotFound}}

func (h batches) cancelBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return answerBatch(h.app.Batches.Cancel(ctx, request.Employee(ctx), in.ID))
}

var opRetryBatch = endpoint.Operation{ID: "retry-batch", Tag: tagBatches, Summary: "Retry a batch", Text: "Retries the refused rows, and resumes a cancelled batch.", Codes: []collaboration.Code{collaboration.CodeBatchNotFound}}

func (h batches) retryBatch(ctx context.Context, in *BatchInput) (*batchOutput, error) {
	return answerBatch(h.app.Batches.Retry(ctx, request.Employee(ctx), in.ID))
}
