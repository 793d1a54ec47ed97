package store

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// fewRows is how many of each kind an overview names.
const fewRows = 6

// Overview is how an office stands at an instant.
func (s *Store) Overview(ctx context.Context, officeID string, now time.Time) (collaboration.Overview, error) {
	v := overview{Store: s, office: officeID, now: utc(now), today: collaboration.DateOf(now)}
	for _, part := range []func(context.Context) error{v.pending, v.running, v.decided, v.urgent} {
		if err := part(ctx); err != nil {
			return collaboration.Overview{}, failure(err)
		}
	}
	return v.Overview, nil
}

type overview struct {
	*Store
	collaboration.Overview
	office string
	now    time.Time
	today  collaboration.Date
}

func (v *overview) pending(ctx context.Context) error {
	since := func(age int) time.Time { return utc(v.today.AddDays(-collaboration.PendingDays()[age]).Start()) }
	n, err := v.read.CountPending(ctx, db.CountPendingParams{OfficeID: v.office, Newest: since(0), Middle: since(1), Oldest: since(2)})
	v.Pending = []int{int(n.FirstAge), int(n.SecondAge), int(n.ThirdAge), int(n.LastAge)}
	return err
}

func (v *overview) running(ctx context.Context) error {
	before := v.today.AddDays(collaboration.EndingDays + 1)
	running, err := v.read.CountRunning(ctx, v.office)
	if err != nil {
		return err
	}
	ending, err := v.read.CountEnding(ctx, db.CountEndingParams{OfficeID: v.office, EndsBefore: before.String()})
	if err != nil {
		return err
	}
	v.Running, v.Ending, v.EndingForGood = int(running), int(ending.Ending), int(ending.ForGood)
	v.FirstEnding, err = records(v.endingActivations(ctx, v.office, collaboration.ActivationFilter{EndsBefore: before}, fewRows))
	return err
}

func (v *overview) decided(ctx context.Context) error {
	first := v.today.Monday().AddDays(-7 * (collaboration.OverviewWeeks - 1))
	lately := v.today.AddDays(-collaboration.DeclinedDays)
	days, err := v.read.CountDecided(ctx, db.CountDecidedParams{OfficeID: v.office, Since: first.String()})
	if err != nil {
		return err
	}
	weeks := map[collaboration.Date]collaboration.Week{}
	for _, d := range days {
		on := day(d.DecidedOn)
		w := weeks[on.Monday()]
		switch collaboration.State(d.State) {
		case collaboration.Declined:
			w.Declined += int(d.Decided)
			if lately.Before(on) {
				v.Declined += int(d.Decided)
			}
		case collaboration.Active, collaboration.Ended:
			w.Approved += int(d.Decided)
		}
		weeks[on.Monday()] = w
	}
	for n := range collaboration.OverviewWeeks {
		w := weeks[first.AddDays(7*n)]
		w.Monday = first.AddDays(7 * n)
		v.Weeks = append(v.Weeks, w)
	}
	v.FirstDeclined, err = records(v.read.ActivationsDeclined(ctx, db.ActivationsDeclinedParams{OfficeID: v.office, Since: lately.AddDays(1).String(), MaxRows: fewRows}))
	return err
}

func (v *overview) urgent(ctx context.Context) error {
	now, soon := at(v.now), at(v.now.Add(collaboration.UrgentBefore))
	n, err := v.read.CountUrgent(ctx, db.CountUrgentParams{OfficeID: v.office, Now: now, Soon: soon})
	if err != nil {
		return err
	}
	v.Bounced, v.Expiring = int(n.Bounced), int(n.Expiring)
	if v.FirstBounced, err = records(v.read.ActivationsBounced(ctx, db.ActivationsBouncedParams{OfficeID: v.office, MaxRows: fewRows})); err != nil {
		return err
	}
	v.FirstExpiring, err = records(v.read.ActivationsExpiring(ctx, db.ActivationsExpiringParams{OfficeID: v.office, Now: now, Soon: soon, MaxRows: fewRows}))
	return err
}
