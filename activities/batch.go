package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// BatchStore is the stored data that starting a batch needs.
type BatchStore interface {
	PendingBatch(ctx context.Context, id string, limit int) (collaboration.Batch, []collaboration.BatchRow, error)
	ReserveBatchRow(ctx context.Context, id string, line int, activation collaboration.ActivationID) (collaboration.ActivationID, error)
	FinishBatchRow(ctx context.Context, id string, r collaboration.BatchRow) error
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
	CustomerByNumber(ctx context.Context, officeID string, number collaboration.OrganisationNumber) (id string, err error)
	TaskOwner(ctx context.Context, officeID, taskID string) (customerID string, err error)
	OfficeDefaults(ctx context.Context, officeID string) (collaboration.OfficeDefaults, error)
	IsEmployeeAddress(ctx context.Context, officeID, email string) (bool, error)
}

// Starter starts activations.
type Starter interface {
	Start(ctx context.Context, order collaboration.Order) error
	Status(ctx context.Context, id collaboration.ActivationID) (message.Status, error)
}

// MailLimit bounds the mails that one address receives, single requests included. A result
// above 0 is how long the caller must wait. Retries with the same name count once.
type MailLimit interface {
	TakeMail(ctx context.Context, to, name string) (wait time.Duration)
}

// Batches are the activities that activate one solution for many customers.
type Batches struct {
	store     BatchStore
	starter   Starter
	mails     MailLimit
	catalogue collaboration.Catalogue
}

// NewBatches returns the activities of a worker.
func NewBatches(store BatchStore, starter Starter, mails MailLimit, catalogue collaboration.Catalogue) *Batches {
	return &Batches{store, starter, mails, catalogue}
}

// StartRows starts the activations of a batch's first pending rows, and returns how many
// rows it processed: 0 when none is pending. A row with wrong values gets a result; the
// error is one that a retry may resolve.
func (b *Batches) StartRows(ctx context.Context, c message.BatchInput) (rows int, err error) {
	batch, pending, err := b.store.PendingBatch(ctx, c.Batch, c.Rows)
	if err != nil {
		return 0, failure(err)
	}
	for _, row := range pending {
		activity.RecordHeartbeat(ctx)
		finished, err := b.start(ctx, batch, row)
		if err != nil {
			return 0, failure(err)
		}
		if err := b.store.FinishBatchRow(ctx, batch.ID, finished); err != nil {
			return 0, failure(err)
		}
	}
	return len(pending), nil
}

// start starts a row's activation. A retry starts the same one.
func (b *Batches) start(ctx context.Context, batch collaboration.Batch, row collaboration.BatchRow) (collaboration.BatchRow, error) {
	if row.Activation != "" { // an earlier attempt may have started it without storing that
		_, err := b.starter.Status(ctx, row.Activation)
		if err == nil {
			row.Result = collaboration.RowStarted
			return row, nil
		}
		if collaboration.CodeOf(err) != collaboration.CodeActivationNotFound {
			return row, err
		}
	}
	order, recipients, err := b.order(ctx, batch, row)
	if err == nil && !order.IsTakeOver() && b.overMailLimit(ctx, fmt.Sprint(batch.ID, " ", row.Line), recipients) {
		row.Result, row.Code = collaboration.RowRefused, collaboration.CodeRateLimited
		return row, nil
	}
	if err == nil {
		order.Activation, err = b.store.ReserveBatchRow(ctx, batch.ID, row.Line, order.Activation)
	}
	if err == nil {
		row.Activation = order.Activation
		err = b.starter.Start(ctx, order)
	}
	return result(row, err)
}

// overMailLimit counts a mail to each address. One address over the limit refuses the row,
// which the office can retry later.
func (b *Batches) overMailLimit(ctx context.Context, name string, recipients []string) bool {
	for _, to := range recipients {
		if b.mails.TakeMail(ctx, to, name) > 0 {
			return true
		}
	}
	return false
}

// result is the row with its result; a retryable error is returned instead.
func result(row collaboration.BatchRow, err error) (collaboration.BatchRow, error) {
	var e *collaboration.Error
	switch {
	case err == nil:
		row.Result = collaboration.RowStarted
	case errors.As(err, &e) && e.Code == collaboration.CodeActivationExists && e.Activation == row.Activation:
		row.Result = collaboration.RowStarted // by an earlier attempt
	case errors.As(err, &e) && e.Code.IsRejection():
		row.Result, row.Code, row.Fields = collaboration.RowRefused, e.Code, e.Fields
		row.Activation = e.Activation // the conflicting one
	default:
		return row, err
	}
	return row, nil
}

// order checks a row by the rules of a single request, against the stored data. It returns
// the addresses that the invitation goes to, too.
func (b *Batches) order(ctx context.Context, batch collaboration.Batch, row collaboration.BatchRow) (order collaboration.Order, recipients []string, err error) {
	r := row.Request
	if r.CustomerID == "" {
		id, err := b.store.CustomerByNumber(ctx, batch.OfficeID, row.OrganisationNumber)
		if err != nil {
			return order, nil, err
		}
		r.CustomerID = id
	}
	customer, err := b.store.Customer(ctx, batch.OfficeID, r.CustomerID)
	if err != nil {
		return order, nil, err
	}
	solution, ok := b.catalogue.For(batch.OfficeID).Solution(batch.SolutionID)
	if !ok {
		return order, nil, &collaboration.Error{Code: collaboration.CodeSolutionNotFound}
	}
	r = r.WithTask(customer)
	taskOwner, err := customer.TaskOwner(r.TaskID, func() (string, error) { return b.store.TaskOwner(ctx, batch.OfficeID, r.TaskID) })
	if err != nil {
		return order, nil, err
	}
	order, err = collaboration.NewOrder(r, customer, solution, taskOwner, time.Now())
	if err != nil {
		return order, nil, err
	}
	if order.Contact != nil {
		isEmployee, err := b.store.IsEmployeeAddress(ctx, batch.OfficeID, order.Contact.Email)
		if err != nil {
			return order, nil, err
		}
		if isEmployee {
			return order, nil, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "contact.email", Code: collaboration.CodeEmployeeAddress}}}
		}
	}
	order.Activation = collaboration.NewActivationID(batch.OfficeID, customer.ID, solution.ID)
	order.RequestedBy = batch.CreatedBy
	defaults, err := b.store.OfficeDefaults(ctx, batch.OfficeID)
	order.Rules = defaults.Rules
	return order, order.Recipients(customer), err
}
