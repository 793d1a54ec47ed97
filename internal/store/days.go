package store

import (
	"context"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// days are what lists are ordered by, out of an activation's JSON.
type days struct {
	endsOn, decidedOn string
	continues         bool
}

func daysOf(a db.Activation) (days, error) {
	var d days
	var decision *collaboration.Decision
	var agreement *collaboration.Agreement
	if err := fromJSON(a.Decision, &decision); err != nil {
		return d, err
	}
	if err := fromJSON(a.Agreement, &agreement); err != nil {
		return d, err
	}
	if decision != nil && !decision.At.IsZero() {
		d.decidedOn = collaboration.DateOf(decision.At).String()
	}
	if agreement != nil {
		d.endsOn, d.continues = agreement.EndsOn().String(), agreement.Continues()
	}
	return d, nil
}

// addDays gives rows that an older release wrote last their days. A row that is
// written meanwhile has its own.
func (s *Store) addDays(ctx context.Context) error {
	ids, err := s.read.ActivationsWithoutDays(ctx)
	if err != nil {
		return err
	}
	const together = 500
	for len(ids) > 0 {
		some := ids[:min(together, len(ids))]
		ids = ids[len(some):]
		err := s.write(ctx, func(t *tx) error {
			for _, id := range some {
				if err := t.setDays(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) setDays(ctx context.Context, id string) error {
	a, err := t.Activation(ctx, id)
	if err != nil {
		return err
	}
	d, err := daysOf(a)
	if err != nil {
		return err
	}
	return t.SetDays(ctx, db.SetDaysParams{ID: id, Version: a.Version, EndsOn: d.endsOn, Continues: d.continues, DecidedOn: d.decidedOn})
}
