package activities

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.temporal.io/sdk/activity"

	"countersign/collaboration"
)

// BatchFacts is what starting a batch's activations needs.
type BatchFacts interface {
	PendingBatch(ctx context.Context, id string, limit int) (collaboration.Batch, []collaboration.BatchRow, error)
	ReserveBatchRow(ctx context.Context, id string, line int, activation collaboration.ActivationID) (collaboration.ActivationID, error)
	FinishBatchRow(ctx context.Context, id string, r collaboration.BatchRow) error
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
	CustomerByNumber(ctx context.Context, officeID string, number collaboration.OrganisationNumber) (id string, err error)
	TaskOwner(ctx context.Context, officeID, taskID string) (customerID string, err error)
}

// Starter starts activations.
type Starter interface {
	Start(ctx context.Context, order collaboration.Order) error
	Standing(ctx context.Context, id collaboration.ActivationID) (collaboration.Standing, error)
}

// Batches are the steps of activating one solution for many customers.
type Batches struct {
	facts     BatchFacts
	starter   Starter
	catalogue collaboration.Catalogue
}

// NewBatches makes the steps of a worker.
func NewBatches(facts BatchFacts, starter Starter, catalogue collaboration.Catalogue) *Batches {
	return &Batches{facts, starter, catalogue}
}

// StartRows starts the first pending rows of a batch, and reports how many it
// came to: none when there are no more. What is wrong with a row is the row's
// result; an error is what trying again may mend.
func (b *Batches) StartRows(ctx context.Context, c collaboration.BatchChunk) (rows int, err error) {
	batch, pending, err := b.facts.PendingBatch(ctx, c.Batch, c.Rows)
	if err != nil {
		return 0, failure(err)
	}
	for _, row := range pending {
		activity.RecordHeartbeat(ctx)
		finished, err := b.start(ctx, batch, row)
		if err != nil {
			return 0, failure(err)
		}
		if err := b.facts.FinishBatchRow(ctx, batch.ID, finished); err != nil {
			return 0, failure(err)
		}
	}
	return len(pending), nil
}

// start starts a row's activation: the same one, however often it is tried.
func (b *Batches) start(ctx context.Context, batch collaboration.Batch, row collaboration.BatchRow) (collaboration.BatchRow, error) {
	if row.Activation != "" { // an earlier attempt may have come further than its record
		_, err := b.starter.Standing(ctx, row.Activation)
		if err == nil {
			row.Result = collaboration.RowStarted
			return row, nil
		}
		if collaboration.CodeOf(err) != collaboration.CodeActivationNotFound {
			return row, err
		}
	}
	order, err := b.order(ctx, batch, row)
	if err == nil {
		order.Activation, err = b.facts.ReserveBatchRow(ctx, batch.ID, row.Line, order.Activation)
	}
	if err == nil {
		row.Activation = order.Activation
		err = b.starter.Start(ctx, order)
	}
	return result(row, err)
}

// result is what came of a row; an error is returned where it may pass.
func result(row collaboration.BatchRow, err error) (collaboration.BatchRow, error) {
	var e *collaboration.Error
	switch {
	case err == nil:
		row.Result = collaboration.RowStarted
	case errors.As(err, &e) && e.Code == collaboration.CodeActivationExists && e.Activation == row.Activation:
		row.Result = collaboration.RowStarted // by ourselves, before
	case errors.As(err, &e) && !e.Code.Retryable() && e.Code.Status() < http.StatusInternalServerError:
		row.Result, row.Code, row.Fields = collaboration.RowRefused, e.Code, e.Fields
		row.Activation = e.Activation // the one that stands in the way
	default:
		return row, err
	}
	return row, nil
}

// order judges a row by the same rules as a single request, and by the facts.
func (b *Batches) order(ctx context.Context, batch collaboration.Batch, row collaboration.BatchRow) (collaboration.Order, error) {
	r := row.Request
	if r.CustomerID == "" {
		id, err := b.facts.CustomerByNumber(ctx, batch.OfficeID, row.OrganisationNumber)
		if err != nil {
			return collaboration.Order{}, err
		}
		r.CustomerID = id
	}
	customer, err := b.facts.Customer(ctx, batch.OfficeID, r.CustomerID)
	if err != nil {
		return collaboration.Order{}, err
	}
	solution, ok := b.catalogue.Solution(batch.SolutionID)
	if !ok {
		return collaboration.Order{}, &collaboration.Error{Code: collaboration.CodeSolutionNotFound}
	}
	r = r.WithTask(customer)
	taskOwner, err := customer.TaskOwner(r.TaskID, func() (string, error) { return b.facts.TaskOwner(ctx, batch.OfficeID, r.TaskID) })
	if err != nil {
		return collaboration.Order{}, err
	}
	order, err := collaboration.NewOrder(r, customer, solution, taskOwner, time.Now())
	if err != nil {
		return order, err
	}
	order.Activation = collaboration.NewActivationID(batch.OfficeID, customer.ID, solution.ID)
	order.RequestedBy = batch.CreatedBy
	return order, nil
}
