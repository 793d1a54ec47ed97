package store_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/store"
)

// TestOnStepStored_RunsOncePerStep: each stored step is reported with its result. A
// repeated step is not.
func TestOnStepStored_RunsOncePerStep(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var told []store.StoredStep
		b.OnStepStored(func(r store.StoredStep) { told = append(told, r) })
		o := b.active(t, orderFor("c-1006"))
		for range 2 {
			must(t, b.approve(ctx, approval(o)))
			must(t, b.FinishMail(ctx, invitation(o, 1), "", collaboration.DeliveryAccepted, "provider-1"))
		}
		var actions []collaboration.Action
		for _, r := range told {
			if r.Activation != o.Activation {
				t.Errorf("%s of another activation", r.Action)
			}
			if r.Action == collaboration.ActionInvitationSent && r.Result != string(collaboration.DeliveryAccepted) {
				t.Errorf("the invitation was %q", r.Result)
			}
			if want := approval(o).Decision.At.Sub(o.RequestedAt); r.Action == collaboration.ActionApproved && (r.ApprovalDuration != want || want <= 0) {
				t.Errorf("waited %s, want %s", r.ApprovalDuration, want)
			}
			actions = append(actions, r.Action)
		}
		for _, want := range []collaboration.Action{collaboration.ActionRequested, collaboration.ActionInvitationQueued, collaboration.ActionInvitationSent, collaboration.ActionApproved, collaboration.ActionAgreementStarted} {
			if n := len(actions) - len(slices.DeleteFunc(slices.Clone(actions), func(a collaboration.Action) bool { return a == want })); n != 1 {
				t.Errorf("%s was reported %d times", want, n)
			}
		}

		told = nil
		other := b.invited(t, orderFor("c-1004"))
		told = nil
		must(t, b.CloseActivation(ctx, closing(other, collaboration.Expired)))
		if last := told[len(told)-1]; last.Action != collaboration.ActionClosed || last.Result != string(collaboration.Expired) {
			t.Errorf("reported %+v", told)
		}
		told = nil
		if err := b.CheckTask(ctx, other, noon); err == nil || len(told) != 0 {
			t.Errorf("a step that fails: %v, reported %v", err, told)
		}
	})
}

// TestBacklog counts the pending activations of all offices.
func TestBacklog(t *testing.T) {
	t.Parallel()
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
			notification := invitation(o, 1)
			notification.ExpiresAt = now.Add(-expired)
			_, err := b.BeginMail(ctx, notification, "")
			must(t, err)
			must(t, b.FinishMail(ctx, notification, "", collaboration.DeliveryAccepted, "p"))
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
