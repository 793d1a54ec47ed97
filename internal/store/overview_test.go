package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
)

// TestOverview counts pending activations by age, ending agreements, and decisions by
// week. It also compares the activations that require an action.
func TestOverview(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		now := time.Date(2026, 5, 6, 8, 0, 0, 0, time.UTC) // a Wednesday
		n := 0
		order := func(daysAgo int) collaboration.Order {
			n++
			o := orderFor("c-1006")
			o.SolutionID = fmt.Sprint("s-", n)
			o.Activation = collaboration.NewActivationID(office, o.CustomerID, o.SolutionID)
			o.RequestedAt = now.AddDate(0, 0, -daysAgo)
			return o
		}
		pending := func(daysAgo int, expires time.Time) collaboration.Order {
			o := order(daysAgo)
			b.provisioned(t, o)
			notification := invitation(o, 1)
			notification.ExpiresAt = expires
			_, err := b.BeginMail(ctx, notification, "")
			must(t, err)
			must(t, b.FinishMail(ctx, notification, "", collaboration.DeliveryAccepted, "p"))
			return o
		}
		later := now.AddDate(0, 0, 20)
		b.opened(t, order(0))
		for _, days := range []int{0, 3, 4, 7, 8, 14} {
			pending(days, later)
		}
		soon := pending(28, now.Add(47*time.Hour))
		pending(28, now.Add(49*time.Hour))
		bounced := pending(1, later)
		_, err := b.raw.Exec("UPDATE activations SET delivery = 'bounced' WHERE id = $1", string(bounced.Activation))
		must(t, err)

		decide := func(daysAgo int, agreement collaboration.Agreement) collaboration.Order {
			o := pending(daysAgo+1, later)
			s := approval(o)
			s.Decision.At, s.At, s.Agreement = now.AddDate(0, 0, -daysAgo), now.AddDate(0, 0, -daysAgo), agreement
			must(t, b.approve(ctx, s))
			return o
		}
		ends := func(day collaboration.Date, renews bool) collaboration.Agreement {
			return collaboration.Agreement{StartsOn: day.AddMonths(-12), Months: 12, Term: 1, Renews: renews}
		}
		today := collaboration.DateOf(now)
		last := decide(0, ends(today.AddDays(90), true))
		must(t, b.exec(fmt.Sprintf("UPDATE activations SET will_start = TRUE WHERE id = '%s'", last.Activation)))
		first := decide(2, ends(today.AddDays(30), false))
		decide(3, ends(today.AddDays(91), true)) // the week before
		over := decide(7*11+2, ends(today.AddDays(300), true))
		must(t, b.EndCollaboration(ctx, endOf(over)))
		decide(7*11+3, ends(today.AddDays(300), true)) // a week too early
		decline := func(daysAgo int) collaboration.Order {
			o := pending(daysAgo, later)
			c := closing(o, collaboration.Declined)
			c.Decision = &collaboration.Decision{Outcome: collaboration.Decline, At: now.AddDate(0, 0, -daysAgo), Reason: collaboration.ReasonPrice}
			must(t, b.CloseActivation(ctx, c))
			return o
		}
		declined := decline(6)
		decline(7)

		got, err := b.Overview(ctx, office, now)
		must(t, err)
		if !slices.Equal(got.Pending, []int{4, 2, 2, 2}) || got.Bounced != 1 || got.Expiring != 1 || got.Declined != 1 {
			t.Errorf("pending %v, %d bounced, %d expire, %d declined", got.Pending, got.Bounced, got.Expiring, got.Declined)
		}
		if want := map[collaboration.Phase]int{collaboration.PhaseStarts: 1, collaboration.PhaseActive: 2, collaboration.PhaseTerminated: 1}; !maps.Equal(got.Running, want) || got.Ending != 2 || got.EndingForGood != 1 {
			t.Errorf("%v run, %d end, %d for good", got.Running, got.Ending, got.EndingForGood)
		}
		for what, few := range map[*[]collaboration.Activation][]collaboration.Order{
			&got.FirstBounced: {bounced}, &got.FirstExpiring: {soon}, &got.FirstDeclined: {declined}, &got.FirstEnding: {first, last},
		} {
			var ids, want []collaboration.ActivationID
			for _, r := range *what {
				ids = append(ids, r.ID)
			}
			for _, o := range few {
				want = append(want, o.Activation)
			}
			if !slices.Equal(ids, want) {
				t.Errorf("got %v, want %v", ids, want)
			}
		}
		var approved, refused []int
		for _, w := range got.Weeks {
			approved, refused = append(approved, w.Approved), append(refused, w.Declined)
		}
		if got.Weeks[0].Monday != (collaboration.Date{Year: 2026, Month: 2, Day: 16}) || !slices.Equal(approved, []int{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2}) ||
			!slices.Equal(refused, []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0}) {
			t.Errorf("from %s: approved %v, declined %v", got.Weeks[0].Monday, approved, refused)
		}
		if other, err := b.Overview(ctx, "office-2", now); err != nil || len(other.Running) != 0 || len(other.FirstEnding) != 0 || !slices.Equal(other.Pending, []int{0, 0, 0, 0}) {
			t.Errorf("another office's: %+v, %v", other, err)
		}
	})
}
