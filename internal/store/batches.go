package store

import (
	"context"
	"encoding/json"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// Batches stores batches and the results of their rows.
type Batches struct{ *database }

// AddBatch stores a batch with all its rows in one transaction. A repeat changes
// nothing.
func (s Batches) AddBatch(ctx context.Context, b collaboration.Batch, rows []collaboration.BatchRow) error {
	return s.write(ctx, func(t *tx) error {
		added, err := t.AddBatch(ctx, db.AddBatchParams{
			ID: b.ID, OfficeID: b.OfficeID, SolutionID: b.SolutionID, CreatedBy: b.CreatedBy, CreatedAt: utc(b.CreatedAt),
		})
		if err != nil || added == 0 {
			return err
		}
		for _, r := range rows {
			request, err := json.Marshal(r.Request)
			if err != nil {
				return err
			}
			err = t.AddBatchRow(ctx, db.AddBatchRowParams{
				BatchID: b.ID, Line: r.Line, OrganisationNumber: string(r.OrganisationNumber), Request: string(request), Result: string(collaboration.RowPending),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Batch returns a batch of an office with its counts.
func (s Batches) Batch(ctx context.Context, officeID, id string) (b collaboration.Batch, err error) {
	row, err := s.read.Batch(ctx, id)
	if err != nil {
		return b, notFound(err, collaboration.CodeBatchNotFound)
	}
	if row.OfficeID != officeID {
		return b, &collaboration.Error{Code: collaboration.CodeBatchNotFound}
	}
	b = batch(row)
	counts, err := s.read.BatchCounts(ctx, id)
	if err != nil {
		return b, failure(err)
	}
	for _, c := range counts {
		b.Counts[collaboration.BatchResult(c.Result)] = int(c.RowsCount)
	}
	phases, err := s.read.BatchPhases(ctx, id)
	for _, c := range phases {
		b.Phases[collaboration.Phase(c.Phase)] = int(c.RowsCount)
	}
	return b, failure(err)
}

func batch(row db.Batch) collaboration.Batch {
	return collaboration.Batch{
		ID: row.ID, OfficeID: row.OfficeID, SolutionID: row.SolutionID, CreatedBy: row.CreatedBy, CreatedAt: row.CreatedAt.UTC(),
		CancelledAt: row.CancelledAt.Time.UTC(), Counts: map[collaboration.BatchResult]int{}, Phases: map[collaboration.Phase]int{},
	}
}

// BatchRows returns rows after a line; of one result, or of all results for "".
func (s Batches) BatchRows(ctx context.Context, id string, result collaboration.BatchResult, after, limit int) ([]collaboration.BatchRow, error) {
	var rows []db.BatchRow
	var err error
	if result == "" {
		rows, err = s.read.BatchRows(ctx, db.BatchRowsParams{BatchID: id, AfterLine: integerCursor(after), MaxRows: int32(limit)})
	} else {
		rows, err = s.read.BatchRowsByResult(ctx, db.BatchRowsByResultParams{BatchID: id, Result: string(result), AfterLine: integerCursor(after), MaxRows: int32(limit)})
	}
	if err != nil {
		return nil, failure(err)
	}
	all := make([]collaboration.BatchRow, len(rows))
	for i, row := range rows {
		if all[i], err = batchRow(row); err != nil {
			return nil, failure(err)
		}
	}
	return all, nil
}

func batchRow(row db.BatchRow) (collaboration.BatchRow, error) {
	r := collaboration.BatchRow{
		Line: row.Line, OrganisationNumber: collaboration.OrganisationNumber(row.OrganisationNumber), Result: collaboration.BatchResult(row.Result),
		Activation: collaboration.ActivationID(row.ActivationID), Code: collaboration.Code(row.Code),
	}
	if err := fromJSON(row.Request, &r.Request); err != nil {
		return r, err
	}
	return r, fromJSON(row.Fields, &r.Fields)
}

// PendingBatch returns a batch with its first pending rows; no rows for a cancelled
// batch.
func (s Batches) PendingBatch(ctx context.Context, id string, limit int) (collaboration.Batch, []collaboration.BatchRow, error) {
	row, err := s.read.Batch(ctx, id)
	if err != nil {
		return collaboration.Batch{}, nil, notFound(err, collaboration.CodeBatchNotFound)
	}
	b := batch(row)
	if !b.CancelledAt.IsZero() {
		return b, nil, nil
	}
	rows, err := s.BatchRows(ctx, id, collaboration.RowPending, 0, limit)
	return b, rows, err
}

// OpenBatches returns the batches of an office with pending rows after an id, in the order of the
// ids; "" means all offices.
func (s Batches) OpenBatches(ctx context.Context, officeID, after string, limit int) ([]collaboration.Batch, error) {
	rows, err := s.read.OpenBatches(ctx, db.OpenBatchesParams{OfficeID: officeID, AfterID: after, MaxRows: int32(limit)})
	all := make([]collaboration.Batch, len(rows))
	for i, row := range rows {
		all[i] = batch(row)
	}
	return all, failure(err)
}

// ReserveBatchRow stores the id of the activation that a row will start, unless the row
// has one, and returns the stored id.
func (s Batches) ReserveBatchRow(ctx context.Context, id string, line int, activation collaboration.ActivationID) (kept collaboration.ActivationID, err error) {
	err = s.write(ctx, func(t *tx) error {
		if err := t.ReserveBatchRow(ctx, db.ReserveBatchRowParams{BatchID: id, Line: line, ActivationID: column.Text(activation)}); err != nil {
			return err
		}
		row, err := t.BatchRow(ctx, db.BatchRowParams{BatchID: id, Line: line})
		kept = collaboration.ActivationID(row.ActivationID)
		return err
	})
	return kept, err
}

// FinishBatchRow stores the result of a row. A started row no longer needs its contact.
// The request itself is not an argument: it may have been erased since the caller read
// it.
func (s Batches) FinishBatchRow(ctx context.Context, id string, r collaboration.BatchRow) error {
	fields, err := json.Marshal(append([]collaboration.FieldError{}, r.Fields...))
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		n, err := t.FinishBatchRow(ctx, db.FinishBatchRowParams{
			BatchID: id, Line: r.Line, Result: string(r.Result), Code: string(r.Code), Fields: string(fields), ActivationID: column.Text(r.Activation),
		})
		if err != nil || n == 0 || r.Result != collaboration.RowStarted {
			return err
		}
		return t.removeContact(ctx, id, r.Line)
	})
}

func (t *tx) removeContact(ctx context.Context, id string, line int) error {
	row, err := t.BatchRow(ctx, db.BatchRowParams{BatchID: id, Line: line})
	if err != nil {
		return err
	}
	r, err := batchRow(row)
	if err != nil {
		return err
	}
	r.Request.Contact = nil
	request, err := json.Marshal(r.Request)
	if err != nil {
		return err
	}
	return t.SetBatchRequest(ctx, db.SetBatchRequestParams{BatchID: id, Line: line, Request: string(request)})
}

// CancelBatch lets no more of a batch be started.
func (s Batches) CancelBatch(ctx context.Context, officeID, id string, when time.Time) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.CancelBatch(ctx, db.CancelBatchParams{ID: id, OfficeID: officeID, CancelledAt: at(when)})
		return batchFound(n, err)
	})
}

// RetryBatch makes the refused rows of a batch pending again, and resumes a cancelled
// batch.
func (s Batches) RetryBatch(ctx context.Context, officeID, id string) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.ResumeBatch(ctx, db.ResumeBatchParams{ID: id, OfficeID: officeID})
		if err := batchFound(n, err); err != nil {
			return err
		}
		_, err = t.RetryBatchRows(ctx, id)
		return err
	})
}

func batchFound(n int64, err error) error {
	if err == nil && n == 0 {
		err = &collaboration.Error{Code: collaboration.CodeBatchNotFound}
	}
	return err
}
