package store

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// These step keys identify compensation. After one of them is stored, a late attempt
// must not provision its part again.
const (
	solutionDeactivated  = "solution_deactivated"
	administratorRemoved = "administrator_removed"
)

// DeactivateSolution removes the subscription that this activation created.
func (s Steps) DeactivateSolution(ctx context.Context, in message.CompensationInput) error {
	return s.compensate(ctx, in, solutionDeactivated, collaboration.ActionSolutionDeactivated, func(w *stepContext) (int64, error) {
		return w.RemoveSubscriptionMadeBy(ctx, db.RemoveSubscriptionMadeByParams{
			CustomerID: w.a.CustomerID, SolutionID: w.a.SolutionID, ActivatedBy: column.Text(w.a.ID),
		})
	})
}

// RemoveAdministrator removes the administrator that this activation created, unless the
// customer has another live activation: its invitation went to the same administrator.
func (s Steps) RemoveAdministrator(ctx context.Context, in message.CompensationInput) error {
	return s.compensate(ctx, in, administratorRemoved, collaboration.ActionAdministratorRemoved, func(w *stepContext) (int64, error) {
		others, err := w.OtherLiveActivations(ctx, db.OtherLiveActivationsParams{
			OfficeID: w.a.OfficeID, CustomerID: w.a.CustomerID, ID: w.a.ID,
		})
		if err != nil || others > 0 {
			return 0, err
		}
		return w.RemoveAdministratorMadeBy(ctx, db.RemoveAdministratorMadeByParams{
			CustomerID: w.a.CustomerID, CreatedBy: column.Text(w.a.ID),
		})
	})
}

// compensate stores the step also if it removed nothing, so that a late attempt to
// provision finds it.
func (s Steps) compensate(ctx context.Context, in message.CompensationInput, key string, action collaboration.Action, remove func(*stepContext) (int64, error)) error {
	st := step{activation: in.Activation, key: key, action: action, by: collaboration.ActorSystem, at: in.At}
	return s.runStep(ctx, st, func(w *stepContext) error {
		approved := w.state() == collaboration.Active || w.state() == collaboration.Ended
		if err := w.require(!approved, collaboration.CodeInternal); err != nil {
			return err
		}
		n, err := remove(w)
		if err != nil {
			return err
		}
		w.detail = detail{"removed": n > 0}
		if n > 0 {
			w.changedCustomers = append(w.changedCustomers, w.a.CustomerID)
		}
		return nil
	})
}
