package api_test

import (
	"context"
	"time"

	"countersign/collaboration"
)

func (f facts) AddBatch(_ context.Context, b collaboration.Batch, rows []collaboration.BatchRow) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, there := f.batches[b.ID]; !there {
		b.Counts = map[collaboration.BatchResult]int{collaboration.RowPending: len(rows)}
		f.batches[b.ID], f.batchRows = b, rows
	}
	return f.called("AddBatch")
}

func (f facts) Batch(_ context.Context, office, id string) (collaboration.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.batches[id]
	if !ok || b.OfficeID != office {
		return b, &collaboration.Error{Code: collaboration.CodeBatchNotFound}
	}
	return b, nil
}

func (f facts) BatchRows(_ context.Context, _ string, _ collaboration.BatchResult, after, limit int) (rows []collaboration.BatchRow, _ error) {
	for _, r := range f.batchRows {
		if r.Line > after && len(rows) < limit {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (f facts) CancelBatch(ctx context.Context, office, id string, when time.Time) error {
	b, err := f.Batch(ctx, office, id)
	b.CancelledAt = when
	if err == nil {
		f.batches[id] = b
	}
	return err
}

func (f facts) RetryBatch(ctx context.Context, office, id string) error {
	b, err := f.Batch(ctx, office, id)
	b.CancelledAt = time.Time{}
	if err == nil {
		f.batches[id] = b
	}
	return err
}
