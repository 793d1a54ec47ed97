package store

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// overviewRows bounds the rows of each kind in an overview.
const overviewRows = 6

// Overview returns the counts and the first rows of an office at an instant.
func (s Lists) Overview(ctx context.Context, officeID string, now time.Time) (collaboration.Overview, error) {
	v := overview{Lists: s, office: officeID, now: utc(now), today: collaboration.DateOf(now)}
	for _, part := range []func(context.Context) error{v.pending, v.running, v.decided, v.urgent, v.askedAgain, v.addressChanges} {
		if err := part(ctx); err != nil {
			return collaboration.Overview{}, failure(err)
		}
	}
	return v.Overview, nil
}

type overview struct {
	Lists
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
	v.Running = map[collaboration.Phase]int{}
	for _, n := range running {
		v.Running[collaboration.Phase(n.Phase)] = int(n.Running)
	}
	ending, err := v.read.CountEnding(ctx, db.CountEndingParams{OfficeID: v.office, EndsBefore: column.Date(before)})
	if err != nil {
		return err
	}
	v.Ending, v.EndingForGood = int(ending.Ending), int(ending.ForGood)
	v.FirstEnding, err = toActivations(v.endingActivations(ctx, v.office, collaboration.ActivationFilter{EndsBefore: before}, overviewRows))
	return err
}

func (v *overview) decided(ctx context.Context) error {
	first := v.today.Monday().AddDays(-7 * (collaboration.OverviewWeeks - 1))
	lately := v.today.AddDays(-collaboration.DeclinedDays)
	days, err := v.read.CountDecided(ctx, db.CountDecidedParams{OfficeID: v.office, Since: column.Date(first)})
	if err != nil {
		return err
	}
	weeks := map[collaboration.Date]collaboration.Week{}
	for _, d := range days {
		on := collaboration.Date(d.DecidedOn)
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
	v.FirstDeclined, err = toActivations(v.read.ActivationsDeclined(ctx, db.ActivationsDeclinedParams{OfficeID: v.office, Since: column.Date(lately.AddDays(1)), MaxRows: overviewRows}))
	return err
}

func (v *overview) urgent(ctx context.Context) error {
	now, soon := at(v.now), at(v.now.Add(collaboration.UrgentBefore))
	n, err := v.read.CountUrgent(ctx, db.CountUrgentParams{OfficeID: v.office, Now: now, Soon: soon})
	if err != nil {
		return err
	}
	v.Bounced, v.Expiring = int(n.Bounced), int(n.Expiring)
	if v.FirstBounced, err = toActivations(v.read.ActivationsBounced(ctx, db.ActivationsBouncedParams{OfficeID: v.office, MaxRows: overviewRows})); err != nil {
		return err
	}
	v.FirstExpiring, err = toActivations(v.read.ActivationsExpiring(ctx, db.ActivationsExpiringParams{OfficeID: v.office, Now: now, Soon: soon, MaxRows: overviewRows}))
	return err
}

func (v *overview) askedAgain(ctx context.Context) error {
	since := at(v.today.AddDays(-collaboration.AskedAgainDays).Start())
	n, err := v.read.CountAskedAgain(ctx, db.CountAskedAgainParams{OfficeID: v.office, Since: since})
	if v.AskedAgain = int(n); err != nil || n == 0 {
		return err
	}
	v.FirstAskedAgain, err = toActivations(v.read.ActivationsAskedAgain(ctx, db.ActivationsAskedAgainParams{OfficeID: v.office, Since: since, MaxRows: overviewRows}))
	return err
}

func (v *overview) addressChanges(ctx context.Context) error {
	since := utc(v.today.AddDays(-collaboration.AddressChangeDays).Start())
	n, err := v.read.CountAddressChanges(ctx, db.CountAddressChangesParams{OfficeID: v.office, Since: since})
	if v.AddressChanges = int(n); err != nil || n == 0 {
		return err
	}
	rows, err := v.read.LastAddressChanges(ctx, db.LastAddressChangesParams{OfficeID: v.office, Since: since, MaxRows: overviewRows})
	for _, r := range rows {
		v.LastAddressChanges = append(v.LastAddressChanges, collaboration.AddressChange{CustomerID: r.CustomerID, CustomerName: r.CustomerName,
			AdministratorName: r.AdministratorName, OldEmail: r.OldEmail, NewEmail: r.NewEmail, ActorName: r.ActorName, At: r.ChangedAt.UTC()})
	}
	return err
}

// Backlog counts the activations of all offices that await the customer's answer.
type Backlog struct {
	// ByAge counts by days since the request. It has one element more than
	// collaboration.PendingDays.
	ByAge []int
	// Stuck counts activations without a sent invitation after StuckAfter. Overdue
	// counts those still pending OverdueAfter after the expiry of the invitation.
	Stuck, Overdue int
}

// After these durations an activation requires an operator.
const (
	StuckAfter   = 15 * time.Minute
	OverdueAfter = time.Hour
)

// Backlog counts the pending activations at an instant.
func (s Lists) Backlog(ctx context.Context, now time.Time) (Backlog, error) {
	days := collaboration.PendingDays()
	since := func(age int) time.Time { return utc(now.AddDate(0, 0, -days[age])) }
	n, err := s.read.CountPendingEverywhere(ctx, db.CountPendingEverywhereParams{
		Newest: since(0), Middle: since(1), Oldest: since(2),
		Stuck: utc(now.Add(-StuckAfter)), Overdue: at(now.Add(-OverdueAfter)),
	})
	return Backlog{
		ByAge: []int{int(n.FirstAge), int(n.SecondAge), int(n.ThirdAge), int(n.LastAge)},
		Stuck: int(n.Stuck), Overdue: int(n.Overdue),
	}, failure(err)
}
