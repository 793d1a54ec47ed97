package store_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/store"
)

// TestStepsAreToldOnce tells of what was recorded with what came of it, and of
// a repeat nothing.
func TestStepsAreToldOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		var told []store.Recorded
		b.OnRecorded(func(r store.Recorded) { told = append(told, r) })
		o := b.active(t, orderFor("c-1006"))
		for range 2 {
			must(t, b.StartAgreement(ctx, approval(o)))
			must(t, b.FinishMail(ctx, invitation(o, 1).Letter(), "", collaboration.DeliveryAccepted, "provider-1"))
		}
		var actions []collaboration.Action
		for _, r := range told {
			if r.Activation != o.Activation {
				t.Errorf("%s of another activation", r.Action)
			}
			if r.Action == collaboration.ActionInvitationSent && r.Result != string(collaboration.DeliveryAccepted) {
				t.Errorf("the invitation was %q", r.Result)
			}
			if want := approval(o).Decision.At.Sub(o.RequestedAt); r.Action == collaboration.ActionAgreementStarted && (r.Waited != want || want <= 0) {
				t.Errorf("waited %s, want %s", r.Waited, want)
			}
			actions = append(actions, r.Action)
		}
		for _, want := range []collaboration.Action{collaboration.ActionRequested, collaboration.ActionInvitationQueued, collaboration.ActionInvitationSent, collaboration.ActionAgreementStarted} {
			if n := len(actions) - len(slices.DeleteFunc(slices.Clone(actions), func(a collaboration.Action) bool { return a == want })); n != 1 {
				t.Errorf("%s was told %d times", want, n)
			}
		}

		told = nil
		other := b.invited(t, orderFor("c-1004"))
		told = nil
		must(t, b.CloseActivation(ctx, closing(other, collaboration.Expired)))
		if last := told[len(told)-1]; last.Action != collaboration.ActionClosed || last.Result != string(collaboration.Expired) {
			t.Errorf("told %+v", told)
		}
		told = nil
		if err := b.CheckTask(ctx, other, noon); err == nil || len(told) != 0 {
			t.Errorf("a step that fails: %v, told %v", err, told)
		}
	})
}

// TestBacklog counts what waits at all offices.
func TestBacklog(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		now := noon.AddDate(0, 0, 30)
		n := 0
		order := func(ago time.Duration) collaboration.Order {
			o := orderFor("c-1006")
			n++
			o.SolutionID = string(rune('a' + n))
			o.Activation = collaboration.NewActivationID(office, o.CustomerID, o.SolutionID)
			o.RequestedAt = now.Add(-ago)
			return o
		}
		invited := func(ago, expired time.Duration) {
			o := order(ago)
			b.provisioned(t, o)
			letter := invitation(o, 1)
			letter.ExpiresAt = now.Add(-expired)
			_, err := b.BeginMail(ctx, letter.Letter(), "")
			must(t, err)
			must(t, b.FinishMail(ctx, letter.Letter(), "", collaboration.DeliveryAccepted, "p"))
		}
		const day = 24 * time.Hour
		b.opened(t, order(14*time.Minute))
		b.opened(t, order(16*time.Minute)) // stuck
		invited(3*day, -day)
		invited(4*day, -day)
		invited(8*day, 59*time.Minute)
		invited(31*day, 61*time.Minute) // overdue
		b.active(t, order(40*day))
		got, err := b.Backlog(ctx, now)
		must(t, err)
		if !slices.Equal(got.ByAge, []int{3, 1, 1, 1}) || got.Stuck != 1 || got.Overdue != 1 {
			t.Errorf("%+v", got)
		}
	})
}
