package directory_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
)

func validSettings() directory.Settings {
	return directory.Settings{Name: "Byrån", Locale: collaboration.Swedish, InvitationDays: 30, ReminderDays: []int{14, 3, 3}, Notify: collaboration.NotifySender}
}

func TestSettings_Check(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*directory.Settings)
		wants  []string
	}{
		"valid":            {func(*directory.Settings) {}, nil},
		"no name, address": {func(s *directory.Settings) { s.Name, s.Email = " ", "x" }, []string{"name", "email"}},
		"too short":        {func(s *directory.Settings) { s.InvitationDays, s.ReminderDays = 6, nil }, []string{"invitation_days"}},
		"too long":         {func(s *directory.Settings) { s.InvitationDays = 91 }, []string{"invitation_days"}},
		"late reminder":    {func(s *directory.Settings) { s.ReminderDays = []int{30} }, []string{"reminder_days"}},
		"early reminder":   {func(s *directory.Settings) { s.ReminderDays = []int{0} }, []string{"reminder_days"}},
		"many reminders":   {func(s *directory.Settings) { s.ReminderDays = []int{1, 2, 3, 4, 5, 6} }, []string{"reminder_days"}},
		"unknown choices": {func(s *directory.Settings) { s.Locale, s.DefaultPayer, s.Notify = "fi", "nobody", "" },
			[]string{"locale", "default_payer", "notify"}},
		"phone, sender": {func(s *directory.Settings) { s.Phone, s.SenderName = "x", "http://evil.example" }, []string{"phone", "sender_name"}},
	} {
		s := validSettings()
		c.change(&s)
		err := s.Clean().Check()
		var e *collaboration.Error
		var got []string
		if errors.As(err, &e) {
			for _, f := range e.Fields {
				got = append(got, f.Field)
			}
		}
		if !slices.Equal(got, c.wants) {
			t.Errorf("%s: invalid %v, want %v", name, got, c.wants)
		}
	}
}

func TestSettings_Defaults(t *testing.T) {
	t.Parallel()
	got := validSettings().Clean().Defaults().Rules
	if want := []time.Duration{3 * 24 * time.Hour, 14 * 24 * time.Hour}; !slices.Equal(got.ReminderAfter, want) || got.InvitationLifetime != 30*24*time.Hour || got.NoticeDays != collaboration.NoticeDays {
		t.Errorf("%+v", got)
	}
}

func TestTask_NameMayBeSentence(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]bool{"Bokslut klart. Granskas av Maja": true, "Klart. Se https://evil.example": false} {
		task := directory.Task{Name: name, Owner: "emp-maja"}
		if err := task.Check(); (err == nil) != valid {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCustomer_WithKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key, number, reference string
		want                   directory.Customer
		wrong                  string
	}{
		"a number":        {"556677-8899", "", "", directory.Customer{Number: "5566778899"}, ""},
		"the same number": {"5566778899", "556677-8899", "K1", directory.Customer{Number: "5566778899", Reference: "K1"}, ""},
		"another number":  {"5566778899", "5592201007", "", directory.Customer{Number: "5592201007"}, "organisation_number"},
		"an own id":       {"K1", "5566778899", "", directory.Customer{Number: "5566778899", Reference: "K1"}, ""},
		"another own id":  {"K1", "", "K2", directory.Customer{Reference: "K2"}, "reference"},
	} {
		got, wrong := directory.Customer{Number: c.number, Reference: c.reference}.WithKey(c.key)
		if got != c.want || (len(wrong) == 0) != (c.wrong == "") || len(wrong) > 0 && wrong[0].Field != c.wrong {
			t.Errorf("%s: %+v, %v", name, got, wrong)
		}
	}
}
