package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// Batches are the use cases that activate one solution for many customers.
type Batches struct{ *service }

const (
	// MaxBatchRows is the most rows of one batch.
	MaxBatchRows = 5000
	// maxFieldErrors bounds the fields that one error names.
	maxFieldErrors = 100
)

// StartRequests starts a batch of requests. Each one is checked later, on its own.
func (s *Batches) StartRequests(ctx context.Context, e collaboration.Employee, key, solutionID string, requests []collaboration.Request) (collaboration.Batch, error) {
	if err := checkKey(key); err != nil {
		return collaboration.Batch{}, err
	}
	var rows []collaboration.BatchRow
	var wrong []collaboration.FieldError
	for i, r := range requests {
		if r.CustomerID == "" {
			wrong = append(wrong, collaboration.FieldError{Field: fmt.Sprintf("rows[%d].customer_id", i), Code: collaboration.CodeRequired})
		}
		r.SolutionID = solutionID
		rows = append(rows, collaboration.BatchRow{Line: i + 1, Request: r})
	}
	if len(rows) == 0 {
		wrong = append(wrong, collaboration.FieldError{Field: "rows", Code: collaboration.CodeRequired})
	}
	return s.start(ctx, e, key, solutionID, rows, wrong)
}

// StartRows starts a batch of the rows of a file; wrong are its rows that are not readable.
func (s *Batches) StartRows(ctx context.Context, e collaboration.Employee, key, solutionID string, rows []collaboration.BatchRow, wrong []collaboration.RowError) (collaboration.Batch, error) {
	if err := checkKey(key); err != nil {
		return collaboration.Batch{}, err
	}
	if len(wrong) > 0 {
		return collaboration.Batch{}, wrongRows(wrong)
	}
	return s.start(ctx, e, key, solutionID, rows, nil)
}

// start stores the whole batch before it starts the first row. A retry with the same key
// is the same batch, and starts it if the first request could not.
func (s *Batches) start(ctx context.Context, e collaboration.Employee, key, solutionID string, rows []collaboration.BatchRow, wrong []collaboration.FieldError) (collaboration.Batch, error) {
	for i := range rows {
		rows[i].Request.Locale = cmp.Or(rows[i].Request.Locale, e.OfficeLocale)
	}
	switch _, known := s.catalogue.For(e.OfficeID).Solution(solutionID); {
	case solutionID == "":
		wrong = append(wrong, collaboration.FieldError{Field: "solution_id", Code: collaboration.CodeRequired})
	case !known:
		wrong = append(wrong, collaboration.FieldError{Field: "solution_id", Code: collaboration.CodeSolutionNotFound})
	}
	if len(rows) > MaxBatchRows {
		wrong = append(wrong, collaboration.FieldError{Field: "rows", Code: collaboration.CodeTooLong})
	}
	if err := invalidRequest(wrong[:min(len(wrong), maxFieldErrors)]...); err != nil {
		return collaboration.Batch{}, err
	}
	b := collaboration.Batch{ID: strings.ToLower(rand.Text()), OfficeID: e.OfficeID, SolutionID: solutionID, CreatedBy: e.ID, CreatedAt: s.now().UTC()}
	if key != "" {
		var err error
		if b.ID, err = s.reserveKey(ctx, b.OfficeID, key, message.Fingerprint(b.OfficeID, b.SolutionID, rows), b.ID); err != nil {
			return collaboration.Batch{}, err
		}
	}
	if err := s.store.AddBatch(ctx, b, rows); err != nil {
		return collaboration.Batch{}, err
	}
	if err := s.workflows.StartBatch(ctx, b.OfficeID, b.ID); err != nil {
		return collaboration.Batch{}, err
	}
	return s.Get(ctx, e, b.ID)
}

// Get returns a batch of the employee's office.
func (s *Batches) Get(ctx context.Context, e collaboration.Employee, id string) (collaboration.Batch, error) {
	return s.store.Batch(ctx, e.OfficeID, id)
}

// Rows returns up to limit rows after a line. More reports whether there are others.
func (s *Batches) Rows(ctx context.Context, e collaboration.Employee, id string, result collaboration.BatchResult, after, limit int) (rows []collaboration.BatchRow, more bool, err error) {
	if _, err := s.Get(ctx, e, id); err != nil {
		return nil, false, err
	}
	if rows, err = s.store.BatchRows(ctx, id, result, after, limit+1); err != nil {
		return nil, false, err
	}
	return rows[:min(limit, len(rows))], len(rows) > limit, nil
}

// Cancel stops a batch: rows that are still pending are not started.
func (s *Batches) Cancel(ctx context.Context, e collaboration.Employee, id string) (collaboration.Batch, error) {
	if err := s.store.CancelBatch(ctx, e.OfficeID, id, s.now().UTC()); err != nil {
		return collaboration.Batch{}, err
	}
	return s.Get(ctx, e, id)
}

// Retry starts the rejected and cancelled rows of a batch again.
func (s *Batches) Retry(ctx context.Context, e collaboration.Employee, id string) (collaboration.Batch, error) {
	if err := s.store.RetryBatch(ctx, e.OfficeID, id); err != nil {
		return collaboration.Batch{}, err
	}
	if err := s.workflows.StartBatch(ctx, e.OfficeID, id); err != nil {
		return collaboration.Batch{}, err
	}
	return s.Get(ctx, e, id)
}

func wrongRows(rows []collaboration.RowError) error {
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Rows: rows}
}
