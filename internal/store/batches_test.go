package store_test

import (
	"strings"
	"sync"
	"testing"

	"countersign/collaboration"
)

func (b backend) batch(t *testing.T, n int) collaboration.Batch {
	t.Helper()
	batch := collaboration.Batch{ID: "b-1", OfficeID: office, SolutionID: solution, CreatedBy: "emp-nils", CreatedAt: noon}
	var rows []collaboration.BatchRow
	for i := range n {
		rows = append(rows, collaboration.BatchRow{Line: i + 2, OrganisationNumber: "5592412117", Request: collaboration.Request{
			SolutionID: solution, Contact: &collaboration.Contact{Name: "Åsa Öberg", Email: "asa@kund.example", Phone: "070-1234567"},
		}})
	}
	must(t, b.AddBatch(ctx, batch, rows))
	must(t, b.AddBatch(ctx, batch, rows)) // a repeat changes nothing
	return batch
}

func TestBatch_Lifecycle(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.batch(t, 3)
		_, rows, err := b.PendingBatch(ctx, "b-1", 2)
		must(t, err)
		if len(rows) != 2 || rows[0].Line != 2 || rows[0].Request.Contact.Email != "asa@kund.example" || rows[0].OrganisationNumber != "5592412117" {
			t.Fatalf("pending %+v", rows)
		}
		o := b.opened(t, orderFor("c-1004"))
		first, second := rows[0], rows[1]
		first.Result, first.Activation = collaboration.RowStarted, o.Activation
		must(t, b.FinishBatchRow(ctx, "b-1", first))
		second.Result, second.Code, second.Fields = collaboration.RowRefused, collaboration.CodeInvalidRequest, []collaboration.FieldError{{Field: "task_id", Code: collaboration.CodeTaskClosed}}
		must(t, b.FinishBatchRow(ctx, "b-1", second))
		second.Result = collaboration.RowStarted
		must(t, b.FinishBatchRow(ctx, "b-1", second)) // too late: it has a result

		got, err := b.Batch(ctx, office, "b-1")
		must(t, err)
		if got.Counts[collaboration.RowStarted] != 1 || got.Counts[collaboration.RowRefused] != 1 || got.Counts[collaboration.RowPending] != 1 || got.Phases[collaboration.Phase(collaboration.Activating)] != 1 {
			t.Errorf("batch %+v", got)
		}
		refused, err := b.BatchRows(ctx, "b-1", collaboration.RowRefused, 0, 10)
		must(t, err)
		if len(refused) != 1 || refused[0].Fields[0].Code != collaboration.CodeTaskClosed || refused[0].Request.Contact == nil {
			t.Errorf("refused %+v", refused)
		}
		all, err := b.BatchRows(ctx, "b-1", "", 2, 10)
		if err != nil || len(all) != 2 || all[0].Line != 3 {
			t.Errorf("after line 2: %+v, %v", all, err)
		}
		if n := strings.Count(b.dump(t, "batch_rows"), "asa@kund.example"); n != 2 {
			t.Errorf("the contact is kept in %d rows, want the two that were not started", n)
		}
		must(t, b.CancelBatch(ctx, office, "b-1", noon))
		if _, rows, err := b.PendingBatch(ctx, "b-1", 9); err != nil || len(rows) != 0 {
			t.Errorf("after it was cancelled: %+v, %v", rows, err)
		}
		must(t, b.RetryBatch(ctx, office, "b-1"))
		if _, rows, err := b.PendingBatch(ctx, "b-1", 9); err != nil || len(rows) != 2 || rows[0].Code != "" {
			t.Errorf("after retrying: %+v, %v", rows, err)
		}
		for _, err := range []error{b.CancelBatch(ctx, "office-2", "b-1", noon), b.RetryBatch(ctx, "office-2", "b-1")} {
			wantCode(t, err, collaboration.CodeBatchNotFound)
		}
		_, err = b.Batch(ctx, "office-2", "b-1")
		wantCode(t, err, collaboration.CodeBatchNotFound)
	})
}

// TestReserveBatchRow_KeepsFirstActivation: of several attempts at a row, the first
// sets the activation.
func TestReserveBatchRow_KeepsFirstActivation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.batch(t, 1)
		kept := make(chan collaboration.ActivationID, 8)
		var all sync.WaitGroup
		for range cap(kept) {
			all.Go(func() {
				id, err := b.ReserveBatchRow(ctx, "b-1", 2, collaboration.NewActivationID(office, "c-1004", solution))
				if err != nil {
					t.Error(err)
				}
				kept <- id
			})
		}
		all.Wait()
		first := <-kept
		for range cap(kept) - 1 {
			if id := <-kept; id != first || id == "" {
				t.Errorf("kept %s and %s", first, id)
			}
		}
		id, err := b.CustomerByNumber(ctx, office, "5592412117")
		if err != nil || id != "c-1004" {
			t.Errorf("customer %q, %v", id, err)
		}
		_, err = b.CustomerByNumber(ctx, "office-2", "5592412117")
		wantCode(t, err, collaboration.CodeCustomerNotFound)
	})
}
