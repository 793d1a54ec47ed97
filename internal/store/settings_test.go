package store_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
)

func TestSettings_SaveAndApply(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, changes := directoryOf(t, b)
		before, err := d.Settings(ctx, office)
		must(t, err)
		if rules := before.Defaults().Rules; rules.InvitationLifetime != collaboration.InvitationLifetime || !slices.Equal(rules.ReminderAfter, collaboration.CurrentRules().ReminderAfter) {
			t.Errorf("a new office has the rules %+v", rules)
		}
		s := before
		s.Email, s.Phone, s.SenderName, s.InvitationDays, s.ReminderDays = "hej@ekstroms.example", "08-123 45 67", "Ekströms", 14, []int{5}
		s.DefaultPayer, s.Notify = collaboration.PaidByCustomer, collaboration.NotifyOwner
		must(t, d.SaveSettings(ctx, maja, s, []int{before.Version}))
		must(t, d.SaveSettings(ctx, maja, s, nil)) // a repetition changes nothing
		wantCode(t, d.SaveSettings(ctx, maja, before, []int{before.Version}), collaboration.CodePreconditionFailed)
		if got := changes(); !slices.Equal(got, []string{"settings_edited"}) {
			t.Errorf("recorded %v", got)
		}

		o := orderFor("c-1004")
		defaults, err := b.OfficeDefaults(ctx, office)
		must(t, err)
		o.Rules = defaults.Rules
		b.invited(t, o)
		r := b.record(t, o.Activation)
		if r.Rules.InvitationLifetime != 14*24*time.Hour || r.OfficeEmail != "hej@ekstroms.example" || r.OfficePhone != "08-123 45 67" {
			t.Errorf("%+v", r)
		}
		// The owner of the task alone is notified.
		must(t, d.EditTask(ctx, maja, "c-1004", r.TaskID, directory.Task{Name: "Bokföring", Owner: "emp-nils", Open: true}, nil))
		to, err := b.Addressees(ctx, collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationExpired})
		must(t, err)
		if !slices.Equal(to, []string{"emp-nils"}) {
			t.Errorf("notified %v", to)
		}
	})
}

func TestLastLocale_IsThatOfLastInvitation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1001")
		o.Locale = collaboration.English
		if last, err := b.LastLocale(ctx, office, "c-1001", "a-1001"); err != nil || last != "" {
			t.Errorf("before an invitation: %q, %v", last, err)
		}
		b.invited(t, o)
		invited := b.record(t, o.Activation).InvitedID
		if last, err := b.LastLocale(ctx, office, "c-1001", invited); err != nil || last != collaboration.English {
			t.Errorf("%q, %v", last, err)
		}
		if last, err := b.LastLocale(ctx, "office-2", "c-1001", invited); err != nil || last != "" {
			t.Errorf("at another office: %q, %v", last, err)
		}
	})
}
