package collaboration_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// However often the length changes, every end is counted from the start.
func TestTermsOfChangingLengthNeverDrift(t *testing.T) {
	a := collaboration.Agreement{StartsOn: date(t, "2026-11-30"), Months: 3, Term: 1, Renews: true}
	months := 0
	for _, next := range []int{0, 12, 0, 3, 3, 12, 3, 0} {
		months += a.Months
		if want := date(t, "2026-11-30").AddMonths(months); a.EndsOn() != want || a.TermStartsOn() != date(t, "2026-11-30").AddMonths(months-a.Months) {
			t.Errorf("term %d runs from %s to %s, want until %s", a.Term, a.TermStartsOn(), a.EndsOn(), want)
		}
		if a.NextMonths = next; next == a.Months {
			a.NextMonths = 0
		}
		a = a.Renewed()
		if a.NextMonths != 0 {
			t.Errorf("the change is still to come: %+v", a)
		}
	}
	// 30 November and 3, 3, 12 months: the leap day is there in a leap year only.
	if end := (collaboration.Agreement{StartsOn: date(t, "2026-11-30"), Months: 12, Term: 2, Shift: -9}).EndsOn(); end != date(t, "2028-02-29") {
		t.Errorf("ends on %s", end)
	}
}

func TestWhetherAnAgreementContinues(t *testing.T) {
	base := collaboration.Agreement{StartsOn: date(t, "2027-01-01"), Months: 3, Term: 1, Renews: true}
	for name, tt := range map[string]struct {
		renews    bool
		endOn     string
		continues bool
		ends      string
		told      string
	}{
		"renews":          {true, "", true, "2027-04-01", "2027-03-02"},
		"notice":          {false, "", false, "2027-04-01", "2027-03-02"},
		"in this term":    {true, "2027-02-10", false, "2027-02-10", "2027-01-11"},
		"with the term":   {true, "2027-04-01", false, "2027-04-01", "2027-03-02"},
		"in a later term": {true, "2027-06-10", true, "2027-04-01", "2027-03-02"},
	} {
		a := base
		a.Renews = tt.renews
		if tt.endOn != "" {
			a.EndOn = date(t, tt.endOn)
		}
		if a.Continues() != tt.continues || a.EndsOn() != date(t, tt.ends) || !a.NoticeAt().Equal(date(t, tt.told).Start()) {
			t.Errorf("%s: continues %t, ends %s, told %s", name, a.Continues(), a.EndsOn(), a.NoticeAt())
		}
	}
}

func TestCheckEndOn(t *testing.T) {
	for on, want := range map[string]collaboration.Code{
		"2027-01-01": collaboration.CodeInThePast, "2026-12-31": collaboration.CodeInThePast, "2027-01-02": "", "2029-01-01": "", "2029-01-02": collaboration.CodeTooFarAhead,
	} {
		if got := collaboration.CheckEndOn(date(t, on), date(t, "2027-01-01")); got != want {
			t.Errorf("%s: %q, want %q", on, got, want)
		}
	}
	if got := collaboration.CheckEndOn(collaboration.Date{}, date(t, "2027-01-01")); got != collaboration.CodeRequired {
		t.Errorf("no day: %q", got)
	}
}

func TestRemindersOfAnInvitation(t *testing.T) {
	opened := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	expires := opened.Add(collaboration.InvitationLifetime)
	day := 24 * time.Hour
	for after, want := range map[time.Duration]int{0: 1, 3*day - 1: 1, 3 * day: 2, 7 * day: 3, 14 * day: 4, 28 * day: 0, 30 * day: 0} {
		next, ok := collaboration.NextReminder(expires, opened.Add(after))
		if ok != (want != 0) || next.Number != want {
			t.Errorf("after %s the next is no. %d, want %d", after, next.Number, want)
		}
	}
	for at, want := range map[time.Duration]int{3*day - 1: 0, 3 * day: 1, 13 * day: 2, 27 * day: 3, 29 * day: 4} {
		due, ok := collaboration.DueReminder(expires, opened.Add(at))
		if ok != (want != 0) || due.Number != want {
			t.Errorf("at %s no. %d is due, want %d", at, due.Number, want)
		}
	}
	if last := collaboration.Reminders(expires)[3]; !last.At.Equal(expires.Add(-48 * time.Hour)) {
		t.Errorf("the last is at %s", last.At)
	}
}

func TestCheckChange(t *testing.T) {
	s, _ := collaboration.DefaultCatalogue.Solution("spiris-scanner") // asks for a task and nothing else
	customer := collaboration.Customer{ID: "c", Tasks: []collaboration.Task{{ID: "t", CustomerID: "c", Open: true}, {ID: "old", CustomerID: "c"}}}
	yes := true
	for name, tt := range map[string]struct {
		change collaboration.Change
		state  collaboration.State
		owner  string
		want   string
	}{
		"nothing":              {collaboration.Change{}, collaboration.AwaitingApproval, "", "body required"},
		"good":                 {collaboration.Change{TaskID: "t", RemindersPaused: &yes}, collaboration.AwaitingApproval, "c", ""},
		"closed":               {collaboration.Change{TaskID: "old"}, collaboration.Active, "c", "task_id task_closed"},
		"foreign":              {collaboration.Change{TaskID: "x"}, collaboration.Active, "other", "task_id task_of_another_customer"},
		"unknown":              {collaboration.Change{TaskID: "x"}, collaboration.Active, "", "task_id task_not_found"},
		"what it does not ask": {collaboration.Change{InvoiceRecipient: "office", Period: &collaboration.Period{Start: collaboration.NextMonth}, AgreementMonths: 3}, collaboration.AwaitingApproval, "", "invoice_recipient not_applicable, agreement_months not_applicable, period not_applicable"},
		"its length, running":  {collaboration.Change{AgreementMonths: 3}, collaboration.Active, "", ""},
		"no such length":       {collaboration.Change{AgreementMonths: 4}, collaboration.Active, "", "agreement_months invalid_choice"},
		"reminders of nothing": {collaboration.Change{RemindersPaused: &yes}, collaboration.Active, "", "reminders_paused not_applicable"},
	} {
		err := tt.change.Check(collaboration.Record{State: tt.state, Scenario: collaboration.OnPlatform}, customer, s, tt.owner, date(t, "2027-01-01"))
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "invalid_request: ")
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestWhoMayChangeWhat(t *testing.T) {
	for _, role := range []collaboration.Role{collaboration.RoleEmployee, collaboration.RoleManager} {
		for _, state := range []collaboration.State{collaboration.AwaitingApproval, collaboration.Active} {
			e, r := collaboration.Employee{Role: role}, collaboration.Record{State: state}
			free := role == collaboration.RoleManager || state == collaboration.AwaitingApproval
			if !e.MayChange(collaboration.Change{TaskID: "t"}, r) ||
				e.MayChange(collaboration.Change{InvoiceRecipient: "office"}, r) != free || e.MayChange(collaboration.Change{AgreementMonths: 3}, r) != free {
				t.Errorf("%s, %s", role, state)
			}
		}
	}
}

func TestWhomLettersGoTo(t *testing.T) {
	for _, k := range collaboration.LetterKinds() {
		if !k.ToCustomer() && !k.ToOffice() {
			t.Errorf("%s goes to nobody", k)
		}
		if k.AsksToApprove() && (k.ToOffice() || !k.ToCustomer()) {
			t.Errorf("%s asks the office to approve", k)
		}
	}
}

func TestParseBatch(t *testing.T) {
	rows, bad, err := collaboration.ParseBatch(strings.NewReader("\ufefforganisation_number;period;agreement_months;contact_email;Locale\n559220-1007;2027-02-01;12;;\n\n5592412117;next_month;;asa@x.example;en\n"), "financial-overview")
	if err != nil || len(bad) > 0 || len(rows) != 2 {
		t.Fatalf("%+v, %+v, %v", rows, bad, err)
	}
	first, second := rows[0].Request, rows[1].Request
	if rows[0].OrganisationNumber != "5592201007" || first.Period.Month != date(t, "2027-02-01") || first.Period.Start != collaboration.ChosenMonth || first.AgreementMonths != 12 || first.Contact != nil {
		t.Errorf("first %+v", rows[0])
	}
	if rows[1].Line != 4 || second.Period.Start != collaboration.NextMonth || second.Contact.Email != "asa@x.example" || second.Locale != collaboration.English || second.SolutionID != "financial-overview" {
		t.Errorf("second %+v", rows[1])
	}
	for file, want := range map[string][]collaboration.RowError{
		"":                                {{Line: 1, Code: collaboration.CodeRequired}},
		"customer_id\n":                   {{Line: 1, Code: collaboration.CodeRequired}},
		"customer_id,colour\nc,1":         {{Line: 1, Field: "colour", Code: collaboration.CodeUnknownField}},
		"customer_id,period\n,2027-13-01": {{Line: 2, Field: "customer_id", Code: collaboration.CodeRequired}, {Line: 2, Field: "period", Code: collaboration.CodeInvalidFormat}},
		"customer_id\n\"":                 {{Line: 2, Code: collaboration.CodeInvalidCSV}},
	} {
		if _, bad, err := collaboration.ParseBatch(strings.NewReader(file), "s"); err != nil || !slices.Equal(bad, want) {
			t.Errorf("%q: %+v, %v", file, bad, err)
		}
	}
}

func FuzzParseBatch(f *testing.F) {
	f.Add("customer_id;period\nc;2027-01-01\n")
	f.Add("organisation_number,agreement_months\n5592201007,x\n")
	f.Add("\ufeff\"")
	f.Fuzz(func(t *testing.T, file string) {
		rows, bad, err := collaboration.ParseBatch(strings.NewReader(file), "s")
		if err != nil || len(rows)+len(bad) == 0 {
			t.Errorf("%q says nothing: %v", file, err)
		}
		for _, r := range rows {
			if r.Request.CustomerID == "" && r.OrganisationNumber == "" {
				t.Errorf("%q: a row of nobody", file)
			}
		}
	})
}

func TestTheOnlyOpenTaskIsTaken(t *testing.T) {
	one := collaboration.Customer{Tasks: []collaboration.Task{{ID: "a", Open: true}, {ID: "b"}}}
	two := collaboration.Customer{Tasks: []collaboration.Task{{ID: "a", Open: true}, {ID: "b", Open: true}}}
	if r := (collaboration.Request{}).WithTask(one); r.TaskID != "a" {
		t.Errorf("took %q", r.TaskID)
	}
	if r := (collaboration.Request{}).WithTask(two); r.TaskID != "" {
		t.Errorf("took %q of two", r.TaskID)
	}
	if r := (collaboration.Request{TaskID: "b"}).WithTask(one); r.TaskID != "b" {
		t.Errorf("took %q instead of the one that was named", r.TaskID)
	}
}
