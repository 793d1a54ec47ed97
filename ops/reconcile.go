package ops

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"golang.org/x/time/rate"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/temporalx"
)

// Records is the part of the database that Reconcile compares with Temporal.
type Records interface {
	// OpenActivations returns a page of the ids of the live activations, in order.
	OpenActivations(ctx context.Context, officeID string, after collaboration.ActivationID, limit int) ([]collaboration.ActivationID, error)
	// OpenBatches returns a page of the batches with pending rows, in the order of their ids.
	OpenBatches(ctx context.Context, officeID, after string, limit int) ([]collaboration.Batch, error)
	Activation(ctx context.Context, id collaboration.ActivationID) (collaboration.Activation, error)
	Events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error)
	Customer(ctx context.Context, officeID, id string) (collaboration.Customer, error)
}

// Repairer is the part of Temporal that Reconcile uses.
type Repairer interface {
	Client
	// Restore starts an execution from a state. It terminates a running one if replace is true.
	Restore(ctx context.Context, s message.State, replace bool) error
	StartBatch(ctx context.Context, officeID, id string) error
	Terminate(ctx context.Context, x Execution, reason string) error
	// HasOrder reports whether Temporal still has the first execution of an activation. Its
	// input is the office's order.
	HasOrder(ctx context.Context, x Execution) (bool, error)
	// LastEvent returns the time of the last event in an execution's history.
	LastEvent(ctx context.Context, x Execution) (time.Time, error)
}

// Reconcile compares the live activations and the open batches of the database with Temporal,
// in both directions, and reports each difference with its repair. A difference that needs a
// person has the outcome Failed.
//
// An execution that works, or that is younger than patience, is not compared: its next steps
// are not stored yet.
func Reconcile(ctx context.Context, c Repairer, db Records, o Options, patience time.Duration, now time.Time, report func(Result) error) error {
	r := &reconciliation{Repairer: c, db: db, options: o, settledBefore: now.Add(-patience), report: report, conflicts: map[string]bool{}}
	if len(o.Selection.IDs) > 0 {
		return r.selected(ctx)
	}
	return errors.Join(r.activations(ctx), r.batches(ctx), r.executions(ctx))
}

type reconciliation struct {
	Repairer
	db      Records
	options Options
	// settledBefore is the time since which a row or an execution must be unchanged.
	settledBefore time.Time
	report        func(Result) error
	// conflicts has the workflow IDs of the activations that need a person.
	conflicts map[string]bool
}

// pageSize is the number of rows that one query reads.
const pageSize = 200

func (r *reconciliation) selected(ctx context.Context) error {
	for _, id := range r.options.Selection.IDs {
		activation, err := collaboration.ParseActivationID(id)
		if err == nil {
			err = r.options.Limit.Wait(ctx)
		}
		if err != nil {
			return err
		}
		a, err := r.db.Activation(ctx, activation)
		switch {
		case collaboration.CodeOf(err) == collaboration.CodeActivationNotFound, err == nil && !a.State.IsLive():
			err = r.checkExecution(ctx, activation.WorkflowID())
		case err == nil:
			err = r.checkActivation(ctx, activation)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// activations compares each live activation of the database with its execution.
func (r *reconciliation) activations(ctx context.Context) error {
	after := collaboration.ActivationID("")
	return eachRow(ctx, r.options.Limit, func() ([]collaboration.ActivationID, error) {
		return r.db.OpenActivations(ctx, r.options.Selection.Office, after, pageSize)
	}, func(id collaboration.ActivationID) error {
		after = id
		return r.checkActivation(ctx, id)
	})
}

// eachRow checks the rows of every page, until a page is empty. The limit spaces the checks.
func eachRow[Row any](ctx context.Context, limit *rate.Limiter, next func() ([]Row, error), check func(Row) error) error {
	for {
		page, err := next()
		if err != nil || len(page) == 0 {
			return err
		}
		for _, row := range page {
			if err := limit.Wait(ctx); err != nil {
				return err
			}
			if err := check(row); err != nil {
				return err
			}
		}
	}
}

// repair is a difference, and its repair.
type repair struct {
	why string
	// do is nil for a difference that needs a person.
	do func(context.Context) error
}

// checkActivation reads the activation after the execution: an execution stores its outcome
// before it closes.
func (r *reconciliation) checkActivation(ctx context.Context, id collaboration.ActivationID) error {
	x, err := r.find(ctx, id.WorkflowID())
	if err != nil {
		return r.report(failed(Execution{ID: id.WorkflowID(), Activation: id}, err))
	}
	a, err := r.db.Activation(ctx, id)
	if err != nil || !a.State.IsLive() {
		return err
	}
	found := r.compare(ctx, a, x)
	if found != nil && found.do == nil {
		r.conflicts[x.ID] = true
	}
	x.Activation, x.Office, x.State, x.Type = a.ID, a.OfficeID, a.State, temporalx.ActivationWorkflowType
	return r.apply(ctx, x, found)
}

// compare returns the difference between a live activation and its execution; nil for none.
func (r *reconciliation) compare(ctx context.Context, a collaboration.Activation, x Execution) *repair {
	restore := func(ctx context.Context) error { return r.restore(ctx, a.ID, false) }
	switch {
	case x.Status == "":
		return &repair{"Temporal has no execution; starts one from the database", restore}
	case x.Activation == "":
		return &repair{errEncrypted.Error(), nil}
	case x.Activation != a.ID && x.Status == Running:
		return &repair{"Temporal runs another activation of the customer, " + string(x.Activation) + ", which the database does not have: cancel it, then repeat", nil}
	case x.Activation != a.ID:
		return &repair{"Temporal has an earlier execution only; starts one from the database", restore}
	case x.Status == Running:
		return r.compareRunning(ctx, a, x)
	case x.Status == Terminated || x.Status == TimedOut:
		return &repair{"its execution was terminated; resets it, or starts one from the database", func(ctx context.Context) error {
			err := r.Reset(ctx, x)
			if errors.Is(err, errNoCompletedTask) {
				return restore(ctx)
			}
			return err
		}}
	default:
		return &repair{"its execution is closed and the outcome is not stored; resets to the start; all steps and commands run again", func(ctx context.Context) error {
			return r.ResetToStart(ctx, x)
		}}
	}
}

// compareRunning compares what Temporal stores with an execution that does not work: the
// phase, which includes the state, and the end of the term.
func (r *reconciliation) compareRunning(ctx context.Context, a collaboration.Activation, x Execution) *repair {
	ends := time.Time{}
	if a.Agreement != nil {
		ends = a.Agreement.Ends()
	}
	if r.isBusy(x) || a.UpdatedAt.After(r.settledBefore) || x.Phase == a.Phase() && x.AgreementEnds.Equal(ends) {
		return nil
	}
	order := []collaboration.State{collaboration.Activating, collaboration.AwaitingApproval, collaboration.Active}
	behind := slices.Index(order, x.State) < slices.Index(order, a.State)
	if x.State == a.State {
		last, err := r.LastEvent(ctx, x)
		if err != nil {
			return &repair{err.Error(), nil}
		}
		behind = last.Before(a.UpdatedAt)
	}
	if behind {
		return &repair{"its execution lacks the last stored steps; terminates it and starts one from the database", func(ctx context.Context) error {
			return r.restore(ctx, a.ID, true)
		}}
	}
	return &repair{"the database lacks the last steps of its execution; resets to the start; all steps and commands run again", func(ctx context.Context) error {
		return r.ResetToStart(ctx, x)
	}}
}

// isBusy reports whether an execution works or was started recently.
func (r *reconciliation) isBusy(x Execution) bool {
	return x.Task != nil || len(x.Activities) > 0 || x.StartedAt.After(r.settledBefore)
}

// restore starts an execution from the stored activation.
func (r *reconciliation) restore(ctx context.Context, id collaboration.ActivationID, replace bool) error {
	a, err := r.db.Activation(ctx, id)
	if err != nil {
		return err
	}
	events, err := r.db.Events(ctx, id, 0)
	if err != nil {
		return err
	}
	customer, err := r.db.Customer(ctx, a.OfficeID, a.CustomerID)
	if err != nil {
		return err
	}
	var contact *collaboration.Contact
	for _, each := range customer.Administrators {
		if each.CreatedBy == id {
			contact = &each.Contact
			break
		}
	}
	state, err := message.Restored(a, events, contact)
	if err != nil {
		return err
	}
	return r.Restore(ctx, state, replace)
}

// batches starts the execution of each batch that has pending rows and no execution.
func (r *reconciliation) batches(ctx context.Context) error {
	after := ""
	return eachRow(ctx, r.options.Limit, func() ([]collaboration.Batch, error) {
		return r.db.OpenBatches(ctx, r.options.Selection.Office, after, pageSize)
	}, func(b collaboration.Batch) error {
		after = b.ID
		return r.checkBatch(ctx, b)
	})
}

func (r *reconciliation) checkBatch(ctx context.Context, b collaboration.Batch) error {
	x, err := r.find(ctx, temporalx.BatchWorkflowID(b.ID))
	if err != nil {
		return r.report(failed(Execution{ID: x.ID}, err))
	}
	if x.Status == Running || b.CreatedAt.After(r.settledBefore) {
		return nil
	}
	x.Type, x.Office = temporalx.BatchWorkflowType, b.OfficeID
	return r.apply(ctx, x, &repair{"the batch has pending rows and no execution; starts one", func(ctx context.Context) error {
		return r.StartBatch(ctx, b.OfficeID, b.ID)
	}})
}

// executions compares each running execution of an activation with the database.
func (r *reconciliation) executions(ctx context.Context) error {
	query := Selection{Office: r.options.Selection.Office, Query: "WorkflowType = '" + temporalx.ActivationWorkflowType + "'"}.query(Running)
	for id, err := range r.Find(ctx, query) {
		if err == nil {
			err = r.options.Limit.Wait(ctx)
		}
		if err != nil {
			return err
		}
		if err := r.checkExecution(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// checkExecution checks a running execution of an activation that is not live in the database.
// It skips an execution that works: the first step stores the activation.
func (r *reconciliation) checkExecution(ctx context.Context, id string) error {
	x, err := r.find(ctx, id)
	if err != nil {
		return r.report(failed(Execution{ID: id}, err))
	}
	if x.Status != Running || r.isBusy(x) || r.conflicts[id] {
		return nil
	}
	if x.Activation == "" {
		return r.report(failed(x, errEncrypted))
	}
	a, err := r.db.Activation(ctx, x.Activation)
	switch {
	case collaboration.CodeOf(err) == collaboration.CodeActivationNotFound:
		return r.apply(ctx, x, r.orphan(ctx, x))
	case err != nil || a.State.IsLive() || a.UpdatedAt.After(r.settledBefore):
		return err
	}
	return r.apply(ctx, x, &repair{"its activation is closed in the database; terminates it", func(ctx context.Context) error {
		return r.Terminate(ctx, x, "countersign ops reconcile: the activation is closed in the database")
	}})
}

// orphan returns the repair of an execution without an activation in the database.
func (r *reconciliation) orphan(ctx context.Context, x Execution) *repair {
	hasOrder, err := r.HasOrder(ctx, x)
	switch {
	case err != nil:
		return &repair{err.Error(), nil}
	case hasOrder:
		return &repair{"the database does not have it; resets to the start; all steps and commands run again", func(ctx context.Context) error {
			return r.ResetToStart(ctx, x)
		}}
	default:
		return &repair{"the database does not have it, and Temporal does not have its order; terminates it", func(ctx context.Context) error {
			return r.Terminate(ctx, x, "countersign ops reconcile: the database does not have the activation")
		}}
	}
}

// find returns the latest execution of a workflow. An execution that Temporal does not have
// has no status.
func (r *reconciliation) find(ctx context.Context, workflowID string) (Execution, error) {
	x, err := r.Describe(ctx, workflowID)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return Execution{ID: workflowID}, nil
	}
	return x, err
}

// apply applies a repair if the operator has confirmed it, and reports it.
func (r *reconciliation) apply(ctx context.Context, x Execution, found *repair) error {
	switch {
	case found == nil:
		return nil
	case found.do == nil:
		return r.report(Result{Failed, x.name(), x, found.why})
	case !r.options.Confirmed:
		return r.report(Result{Planned, x.name(), x, found.why})
	}
	if err := found.do(context.WithoutCancel(ctx)); err != nil {
		return r.report(failed(x, err))
	}
	return r.report(Result{Done, x.name(), x, found.why})
}
