package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
	"countersign/internal/store/directory"
	"countersign/internal/store/sqldb"
)

// errUnchanged rolls a transaction back that has nothing to write.
var errUnchanged = errors.New("nothing to write")

// tx is one transaction.
type tx struct {
	*db.Queries
	// now returns the database's time: the clocks of the processes may differ.
	now func(context.Context) (time.Time, error)
	// changedCustomers are the customers with a lookup that the transaction changes.
	changedCustomers []string
	// steps are the steps that the transaction appends to an audit.
	steps []StoredStep
	// chain is the audit chain of the activation that the transaction changes.
	chain  auditChain
	signer RowSigner
}

// write runs do in one transaction. After the commit it reports the changed customers
// and the stored steps.
//
// Lock order: a step locks its activation, then the customer. EraseCustomer locks the
// customer first. The two cannot deadlock: the steps that lock a customer require a
// pending activation, and a customer with one is not erased.
func (d *database) write(ctx context.Context, do func(*tx) error) error {
	sqlTx, err := d.conns.Begin(ctx)
	if err != nil {
		return failure(err)
	}
	defer sqlTx.Rollback()
	t := &tx{Queries: db.New(sqlTx), signer: d.signer, now: func(ctx context.Context) (time.Time, error) { return d.conns.Now(ctx, sqlTx) }}
	if err := do(t); err != nil {
		return failure(err)
	}
	if err := sqlTx.Commit(); err != nil {
		return failure(err)
	}
	d.reportCustomers(ctx, t.changedCustomers)
	d.reportSteps(t.steps)
	return nil
}

// writeDirectory runs a change of an office's directory in one transaction.
func (d *database) writeDirectory(ctx context.Context, do func(*directory.Tx) error) error {
	return d.write(ctx, func(t *tx) error {
		now, err := t.now(ctx)
		if err != nil {
			return err
		}
		return do(&directory.Tx{
			Queries: t.Queries, Now: now, SyncAccess: t.syncAccess, HandOver: t.handOver, Readdress: t.readdress,
			CustomerChanged: func(id string) { t.changedCustomers = append(t.changedCustomers, id) },
		})
	})
}

// recordChange stores the audit row of an employee's change at an office. detail has no
// personal data.
func (t *tx) recordChange(ctx context.Context, officeID, by, action, subject string, detail any) error {
	return t.recordChangeOnce(ctx, sqldb.NewID(), officeID, by, action, subject, detail)
}

// recordChangeOnce is recordChange with an id: a repetition with the same id adds no row.
func (t *tx) recordChangeOnce(ctx context.Context, id, officeID, by, action, subject string, detail any) error {
	now, err := t.now(ctx)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return t.AddDirectoryChange(ctx, db.AddDirectoryChangeParams{ID: id, OfficeID: officeID, HappenedAt: now,
		Actor: by, Action: action, Subject: subject, Detail: string(encoded)})
}

// reportTimeout limits the functions that run after a commit.
const reportTimeout = 2 * time.Second

// reportCustomers uses a context of its own, because the caller's context may have
// ended with the commit.
func (d *database) reportCustomers(ctx context.Context, customers []string) {
	if len(customers) == 0 || len(d.onCustomerChanged) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTimeout)
	defer cancel()
	for _, id := range customers {
		for _, f := range d.onCustomerChanged {
			f(ctx, id)
		}
	}
}

// now and utc are what both databases can keep: microseconds, in UTC.
func now() time.Time { return utc(time.Now()) }

func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// StoredStep is a step that was just committed, for metrics and logs. It has no
// personal data.
type StoredStep struct {
	Activation collaboration.ActivationID
	Action     collaboration.Action
	// Result is the status of a mail, or the state in which an activation closed; empty
	// for other actions.
	Result string
	// ApprovalDuration is the time from the request to the customer's approval. Only the
	// start of an agreement has it.
	ApprovalDuration time.Duration
}

// OnStepStored sets a function that runs once for each step, after its commit. A
// repeated step stores nothing and is not reported. A process that is killed after the
// commit reports nothing: use this for counting only. Call it before the first write.
func (s *Store) OnStepStored(f func(StoredStep)) { s.onStepStored = f }

func (d *database) reportSteps(steps []StoredStep) {
	if d.onStepStored == nil {
		return
	}
	for _, each := range steps {
		d.onStepStored(each)
	}
}
