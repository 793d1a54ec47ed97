// Package retention deletes old data. Each transaction is short, so that other writers
// wait for none, and each committed one stays: a stopped deletion continues where it was.
package retention

import (
	"context"
	"database/sql"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/retention"
	"countersign/internal/store/db"
	"countersign/internal/store/sqldb"
)

// chunk is the maximum number of rows of one transaction.
const chunk = 500

// Data is the part of the database that is deleted after its time.
type Data struct {
	conns *sqldb.DB
	// erase erases the personal data of an activation, and stores that in its audit.
	erase func(context.Context, collaboration.ActivationID) error
}

// New returns the old data of a database.
func New(conns *sqldb.DB, erase func(context.Context, collaboration.ActivationID) error) Data {
	return Data{conns, erase}
}

// DeleteOld deletes all data of a kind that is older than an instant, and returns the
// number of deleted rows or erased activations. It calls progress after each transaction.
func (d Data) DeleteOld(ctx context.Context, kind retention.Kind, before time.Time, progress func()) (deleted int, err error) {
	before = before.UTC().Truncate(time.Microsecond)
	switch kind {
	case retention.IdempotencyKeys:
		deleted, err = d.repeat(ctx, progress, func(q *db.Queries) (int64, error) {
			return q.DeleteOldKeys(ctx, db.DeleteOldKeysParams{CreatedBefore: before, MaxRows: chunk})
		})
	case retention.AddressChanges:
		deleted, err = d.deleteAddressChanges(ctx, before, progress)
	case retention.Batches:
		deleted, err = d.repeat(ctx, progress, func(q *db.Queries) (int64, error) { return deleteOfBatch(ctx, q, before) })
	case retention.MailDeliveries:
		deleted, err = d.eachClosed(ctx, before, everyClosed, progress, func(id string) (int64, error) { return d.deleteDeliveries(ctx, id, before) })
	case retention.UnapprovedActivations:
		deleted, err = d.eachClosed(ctx, before, unapproved, progress, d.eraseActivation(ctx))
	case retention.ApprovedActivations:
		deleted, err = d.eachClosed(ctx, before, approved, progress, d.eraseActivation(ctx))
	default:
		return 0, collaboration.Errorf(collaboration.CodeInternal, "no retention of %q", kind)
	}
	return deleted, sqldb.Failure(err)
}

// deleteAddressChanges deletes office by office, because the index begins with the office.
func (d Data) deleteAddressChanges(ctx context.Context, before time.Time, progress func()) (deleted int, err error) {
	offices, err := db.New(d.conns.Reader).OfficeIDs(ctx)
	for _, office := range offices {
		n, err := d.repeat(ctx, progress, func(q *db.Queries) (int64, error) {
			return q.DeleteOldAddressChanges(ctx, db.DeleteOldAddressChangesParams{OfficeID: office, ChangedBefore: before, MaxRows: chunk})
		})
		if deleted += n; err != nil {
			return deleted, err
		}
		progress()
	}
	return deleted, err
}

// repeat runs one transaction after the other until one deletes nothing.
func (d Data) repeat(ctx context.Context, progress func(), remove func(*db.Queries) (int64, error)) (deleted int, err error) {
	for {
		n, err := d.transaction(ctx, remove)
		if err != nil || n == 0 {
			return deleted, err
		}
		deleted += int(n)
		progress()
	}
}

func (d Data) transaction(ctx context.Context, do func(*db.Queries) (int64, error)) (n int64, err error) {
	tx, err := d.conns.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	if n, err = do(db.New(tx)); err != nil {
		return 0, err
	}
	return n, tx.Commit()
}

// deleteOfBatch deletes rows of the oldest batch, or that batch once it has no row.
func deleteOfBatch(ctx context.Context, q *db.Queries, before time.Time) (int64, error) {
	old, err := q.OldBatches(ctx, db.OldBatchesParams{CreatedBefore: before, MaxRows: 1})
	if err != nil || len(old) == 0 {
		return 0, err
	}
	n, err := q.DeleteBatchRows(ctx, db.DeleteBatchRowsParams{BatchID: old[0], MaxRows: chunk})
	if err != nil || n > 0 {
		return n, err
	}
	return q.DeleteBatch(ctx, old[0])
}

// The stages of a closed activation.
const (
	stageWhole  = 0
	stageNoMail = 1
	stageErased = 2
)

// closed are the closed activations of a retention: those of some states and stages. Of
// the failed ones, which may have been approved before, only those of one kind.
type closed struct {
	states []collaboration.State
	stages []int
	isKind func(db.ClosedActivationsRow) bool
}

var (
	everyClosed = closed{
		[]collaboration.State{collaboration.Ended, collaboration.Declined, collaboration.Expired, collaboration.Withdrawn, collaboration.Failed},
		[]int{stageWhole}, func(db.ClosedActivationsRow) bool { return true },
	}
	unapproved = closed{
		[]collaboration.State{collaboration.Declined, collaboration.Expired, collaboration.Withdrawn, collaboration.Failed},
		[]int{stageWhole, stageNoMail}, func(a db.ClosedActivationsRow) bool { return !wasApproved(a) },
	}
	approved = closed{
		[]collaboration.State{collaboration.Ended, collaboration.Failed},
		[]int{stageWhole, stageNoMail}, wasApproved,
	}
)

// wasApproved reports whether the customer approved a closed activation.
func wasApproved(a db.ClosedActivationsRow) bool {
	state := collaboration.State(a.State)
	return state == collaboration.Ended || a.IsDecided && state != collaboration.Declined
}

// eachClosed visits the closed activations in the order of their index.
func (d Data) eachClosed(ctx context.Context, before time.Time, c closed, progress func(), visit func(id string) (int64, error)) (n int, err error) {
	for _, stage := range c.stages {
		for _, state := range c.states {
			visited, err := d.eachOfState(ctx, db.ClosedActivationsParams{RetentionStage: stage, State: string(state), AfterEnded: sql.NullTime{Time: time.Unix(0, 0).UTC(), Valid: true}, EndedBefore: sql.NullTime{Time: before, Valid: true}, MaxRows: chunk}, c, progress, visit)
			if n += visited; err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (d Data) eachOfState(ctx context.Context, page db.ClosedActivationsParams, c closed, progress func(), visit func(id string) (int64, error)) (n int, err error) {
	for {
		rows, err := db.New(d.conns.Reader).ClosedActivations(ctx, page)
		if err != nil || len(rows) == 0 {
			return n, err
		}
		for _, row := range rows {
			if !c.isKind(row) {
				continue
			}
			changed, err := visit(row.ID)
			if err != nil {
				return n, err
			}
			n += int(changed)
			progress()
		}
		last := rows[len(rows)-1]
		page.AfterEnded, page.AfterID = last.EndedAt, last.ID
	}
}

// deleteDeliveries deletes the deliveries of a closed activation. A newer one stays until
// it is old enough, and with it the activation's stage.
func (d Data) deleteDeliveries(ctx context.Context, id string, before time.Time) (int64, error) {
	return d.transaction(ctx, func(q *db.Queries) (int64, error) {
		n, err := q.DeleteOldDeliveries(ctx, db.DeleteOldDeliveriesParams{ActivationID: id, LeaseBefore: before})
		if err != nil {
			return 0, err
		}
		return n, q.SetDeliveriesDeleted(ctx, id)
	})
}

func (d Data) eraseActivation(ctx context.Context) func(id string) (int64, error) {
	return func(id string) (int64, error) { return 1, d.erase(ctx, collaboration.ActivationID(id)) }
}
