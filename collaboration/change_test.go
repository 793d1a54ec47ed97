package collaboration_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

func TestChange_Check(t *testing.T) {
	t.Parallel()
	s, _ := catalogue.Embedded.Solution("spiris-scanner") // its form has only a task
	customer := collaboration.Customer{ID: "c", Tasks: []collaboration.Task{{ID: "t", CustomerID: "c", Open: true}, {ID: "old", CustomerID: "c"}}}
	yes := true
	for name, tt := range map[string]struct {
		change collaboration.Change
		state  collaboration.State
		owner  string
		want   string
	}{
		"empty":               {collaboration.Change{}, collaboration.AwaitingApproval, "", "body required"},
		"valid":               {collaboration.Change{TaskID: "t", RemindersPaused: &yes}, collaboration.AwaitingApproval, "c", ""},
		"closed":              {collaboration.Change{TaskID: "old"}, collaboration.Active, "c", "task_id task_closed"},
		"of another customer": {collaboration.Change{TaskID: "x"}, collaboration.Active, "other", "task_id task_of_another_customer"},
		"unknown":             {collaboration.Change{TaskID: "x"}, collaboration.Active, "", "task_id task_not_found"},
		"not in the form":     {collaboration.Change{InvoiceRecipient: "office", Period: &collaboration.Period{Start: collaboration.NextMonth}, AgreementMonths: 3}, collaboration.AwaitingApproval, "", "invoice_recipient not_applicable, agreement_months not_applicable, period not_applicable"},
		"length, running":     {collaboration.Change{AgreementMonths: 3}, collaboration.Active, "", ""},
		"invalid length":      {collaboration.Change{AgreementMonths: 4}, collaboration.Active, "", "agreement_months invalid_choice"},
		"reminders, running":  {collaboration.Change{RemindersPaused: &yes}, collaboration.Active, "", "reminders_paused not_applicable"},
	} {
		err := tt.change.Check(collaboration.Activation{State: tt.state, Scenario: collaboration.OnPlatform}, customer, s, tt.owner, date(t, "2027-01-01"))
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "invalid_request: ")
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestEmployee_MayChange(t *testing.T) {
	t.Parallel()
	for _, role := range []collaboration.Role{collaboration.RoleEmployee, collaboration.RoleManager} {
		for _, state := range []collaboration.State{collaboration.AwaitingApproval, collaboration.Active} {
			e, r := collaboration.Employee{Role: role}, collaboration.Activation{State: state}
			free := role == collaboration.RoleManager || state == collaboration.AwaitingApproval
			if !e.MayChange(collaboration.Change{TaskID: "t"}, r) ||
				e.MayChange(collaboration.Change{InvoiceRecipient: "office"}, r) != free || e.MayChange(collaboration.Change{AgreementMonths: 3}, r) != free {
				t.Errorf("%s, %s", role, state)
			}
		}
	}
}
