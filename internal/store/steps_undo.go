package store

import (
	"context"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// The steps of the undo, by their keys: what they take back is not made again.
const (
	solutionDeactivated  = "solution_deactivated"
	administratorRemoved = "administrator_removed"
)

// DeactivateSolution takes back the subscription that this activation made,
// and no other.
func (s *Store) DeactivateSolution(ctx context.Context, u collaboration.Undo) error {
	return s.undo(ctx, u, solutionDeactivated, collaboration.ActionSolutionDeactivated, func(w *work) (int64, error) {
		return w.RemoveSubscriptionMadeBy(ctx, db.RemoveSubscriptionMadeByParams{
			CustomerID: w.a.CustomerID, SolutionID: w.a.SolutionID, ActivatedBy: w.a.ID,
		})
	})
}

// RemoveAdministrator takes back the administrator that this activation made,
// unless the customer has another live activation: that one's invitation went
// to the same person.
func (s *Store) RemoveAdministrator(ctx context.Context, u collaboration.Undo) error {
	return s.undo(ctx, u, administratorRemoved, collaboration.ActionAdministratorRemoved, func(w *work) (int64, error) {
		others, err := w.OtherLiveActivations(ctx, db.OtherLiveActivationsParams{
			OfficeID: w.a.OfficeID, CustomerID: w.a.CustomerID, ID: w.a.ID,
		})
		if err != nil || others > 0 {
			return 0, err
		}
		return w.RemoveAdministratorMadeBy(ctx, db.RemoveAdministratorMadeByParams{
			CustomerID: w.a.CustomerID, CreatedBy: w.a.ID,
		})
	})
}

// undo records the step also where there was nothing to remove, so that a late
// attempt to provision finds it.
func (s *Store) undo(ctx context.Context, u collaboration.Undo, key string, action collaboration.Action, remove func(*work) (int64, error)) error {
	st := step{activation: u.Activation, key: key, action: action, by: collaboration.ActorSystem, at: u.At}
	return s.record(ctx, st, func(w *work) error {
		approved := w.state() == collaboration.Active || w.state() == collaboration.Ended
		if err := w.must(!approved, collaboration.CodeInternal); err != nil {
			return err
		}
		n, err := remove(w)
		if err != nil {
			return err
		}
		w.detail = detail{"removed": n > 0}
		if n > 0 {
			w.changed = append(w.changed, w.a.CustomerID)
		}
		return nil
	})
}
