package store

import (
	"context"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Backlog are the activations of all offices that wait for their customer.
type Backlog struct {
	// ByAge is by how long it has been since they were asked for: one more than
	// collaboration.PendingDays.
	ByAge []int
	// Stuck were asked for longer than StuckAfter ago, and are still not mailed.
	// Overdue are those whose invitation expired longer than OverdueAfter ago,
	// and nothing has come of it.
	Stuck, Overdue int
}

// What takes longer than this does not go on by itself.
const (
	StuckAfter   = 15 * time.Minute
	OverdueAfter = time.Hour
)

// Backlog is how it is at an instant.
func (s *Store) Backlog(ctx context.Context, now time.Time) (Backlog, error) {
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
