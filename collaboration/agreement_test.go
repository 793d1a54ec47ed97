package collaboration_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/collaboration"
)

func date(t testing.TB, s string) collaboration.Date {
	t.Helper()
	d, err := collaboration.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDate_AddMonthsClampsToEndOfMonth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from string
		n    int
		want string
	}{
		{"2027-01-31", 1, "2027-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2026-11-30", 3, "2027-02-28"},
		{"2027-11-30", 3, "2028-02-29"},
		{"2028-02-29", 12, "2029-02-28"},
		{"2028-02-29", 48, "2032-02-29"},
		{"2026-12-31", 3, "2027-03-31"},
		{"2026-08-31", 3, "2026-11-30"},
		{"2026-11-23", 12, "2027-11-23"},
		{"2026-12-01", 1, "2027-01-01"},
	}
	for _, tt := range tests {
		if got := date(t, tt.from).AddMonths(tt.n).String(); got != tt.want {
			t.Errorf("%s and %d months: %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestAgreement_EndsAtMidnightInStockholm(t *testing.T) {
	t.Parallel()
	tests := []struct{ startsOn, wantUTC string }{
		{"2026-01-15", "2026-04-14T22:00:00Z"}, // from winter into summer time
		{"2026-07-15", "2026-10-14T22:00:00Z"}, // summer to summer
		{"2026-08-15", "2026-11-14T23:00:00Z"}, // from summer into winter time
		{"2025-12-29", "2026-03-28T23:00:00Z"}, // the day of the change to summer time begins in winter time
		{"2026-07-25", "2026-10-24T22:00:00Z"}, // the day of the change to winter time begins in summer time
	}
	for _, tt := range tests {
		a := collaboration.Agreement{StartsOn: date(t, tt.startsOn), Months: 3, Term: 1}
		if got := a.Ends().UTC().Format(time.RFC3339); got != tt.wantUTC {
			t.Errorf("three months from %s end at %s, want %s", tt.startsOn, got, tt.wantUTC)
		}
	}
}

func dates() *rapid.Generator[collaboration.Date] {
	return rapid.Custom(func(t *rapid.T) collaboration.Date {
		days := rapid.IntRange(0, 36524).Draw(t, "days")
		return collaboration.DateOf(time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, days))
	})
}

func agreements() *rapid.Generator[collaboration.Agreement] {
	return rapid.Custom(func(t *rapid.T) collaboration.Agreement {
		return collaboration.Agreement{
			StartsOn: dates().Draw(t, "starts on"),
			Months:   rapid.SampledFrom(collaboration.AgreementMonthChoices()).Draw(t, "months"),
			Term:     rapid.IntRange(1, 80).Draw(t, "term"),
		}
	})
}

func TestAgreement_EndIsComputedFromStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := agreements().Draw(t, "agreement")
		end := a.EndsOn()
		months := (end.Year-a.StartsOn.Year)*12 + int(end.Month) - int(a.StartsOn.Month)
		if months != a.Months*a.Term {
			t.Fatalf("%+v ends on %s, %d months later", a, end, months)
		}
		last := time.Date(end.Year, end.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()
		if want := min(a.StartsOn.Day, last); end.Day != want {
			t.Fatalf("%+v ends on %s, want day %d", a, end, want)
		}
	})
}

func TestAgreement_TermsAreConsecutive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := agreements().Draw(t, "agreement")
		next := a.Renewed()
		if next.TermStartsOn() != a.EndsOn() {
			t.Fatalf("term %d ends on %s, the next starts on %s", a.Term, a.EndsOn(), next.TermStartsOn())
		}
		if !a.Ends().Before(next.Ends()) || !a.EndsOn().Before(next.EndsOn()) {
			t.Fatalf("the next term of %+v is not later", a)
		}
	})
}

func TestDate_StartIsFirstInstantOfDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := dates().Draw(t, "date")
		start := d.Start()
		if collaboration.DateOf(start) != d || collaboration.DateOf(start.Add(-time.Nanosecond)) == d {
			t.Fatalf("%s begins at %s", d, start)
		}
	})
}

func TestPeriod_StartsOnOrAfterApproval(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		approved, month := dates().Draw(t, "approved"), dates().Draw(t, "month")
		month.Day = 1
		p := collaboration.Period{Start: rapid.SampledFrom([]collaboration.StartRule{
			collaboration.OnApproval, collaboration.NextMonth, collaboration.ChosenMonth}).Draw(t, "rule"), Month: month}
		start := p.StartOn(approved)
		if start.Before(approved) {
			t.Fatalf("%+v approved on %s starts on %s", p, approved, start)
		}
		if start != approved && start.Day != 1 {
			t.Fatalf("%+v approved on %s starts on %s, not on the first of a month", p, approved, start)
		}
	})
}

func TestDate_TextRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := dates().Draw(t, "date")
		b, _ := d.MarshalText()
		var back collaboration.Date
		if err := back.UnmarshalText(b); err != nil || back != d {
			t.Fatalf("%s became %s (%v)", d, back, err)
		}
	})
	for _, invalid := range []string{"2027-02-30", "2027-13-01", "27-01-01", "2027-1-1", "2027-01-01T00:00:00Z", "yesterday"} {
		if _, err := collaboration.ParseDate(invalid); err == nil {
			t.Errorf("%q was accepted as a date", invalid)
		}
	}
}

// Every end is computed from the start, also after several changes of the length.
func TestAgreement_ChangedLengthIsComputedFromStart(t *testing.T) {
	t.Parallel()
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
			t.Errorf("the next length is still set: %+v", a)
		}
	}
	// 30 November plus 3 and 12 months is the leap day in a leap year.
	if end := (collaboration.Agreement{StartsOn: date(t, "2026-11-30"), Months: 12, Term: 2, TermOffsetMonths: -9}).EndsOn(); end != date(t, "2028-02-29") {
		t.Errorf("ends on %s", end)
	}
}

func TestAgreement_Continues(t *testing.T) {
	t.Parallel()
	base := collaboration.Agreement{StartsOn: date(t, "2027-01-01"), Months: 3, Term: 1, Renews: true}
	for name, tt := range map[string]struct {
		renews    bool
		endOn     string
		continues bool
		ends      string
		notified  string
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
		if a.Continues() != tt.continues || a.EndsOn() != date(t, tt.ends) || !a.NoticeAt().Equal(date(t, tt.notified).Start()) {
			t.Errorf("%s: continues %t, ends %s, notified %s", name, a.Continues(), a.EndsOn(), a.NoticeAt())
		}
	}
}

func TestCheckEndOn_RejectsPastAndFarDates(t *testing.T) {
	t.Parallel()
	for on, want := range map[string]collaboration.Code{
		"2027-01-01": collaboration.CodeInThePast, "2026-12-31": collaboration.CodeInThePast, "2027-01-02": "", "2029-01-01": "", "2029-01-02": collaboration.CodeTooFarAhead,
	} {
		if got := collaboration.CheckEndOn(date(t, on), date(t, "2027-01-01")); got != want {
			t.Errorf("%s: %q, want %q", on, got, want)
		}
	}
	if got := collaboration.CheckEndOn(collaboration.Date{}, date(t, "2027-01-01")); got != collaboration.CodeRequired {
		t.Errorf("no date: %q", got)
	}
}

func TestFinalDay_IsInclusive(t *testing.T) {
	t.Parallel()
	a := collaboration.Agreement{StartsOn: date(t, "2026-12-01"), Months: 12, Term: 1, Renews: true}
	for end, want := range map[string]string{"": "2027-11-30", "2027-03-16": "2027-03-15", "2028-02-01": "2028-01-31"} {
		if a.EndOn = (collaboration.Date{}); end != "" {
			a.EndOn = date(t, end)
		}
		if got := a.FinalDay().String(); got != want {
			t.Errorf("end %q: %s, want %s", end, got, want)
		}
	}
}

func TestActivationLastDay_OfEndAtMidnight(t *testing.T) {
	t.Parallel()
	a := &collaboration.Agreement{StartsOn: date(t, "2026-12-01"), Months: 12, Term: 1}
	for on, want := range map[string]string{"2027-12-01": "2027-11-30", "2027-11-20": "2027-11-20"} {
		r := collaboration.Activation{Agreement: a, EndedAt: date(t, on).Start()}
		if got := r.LastDay().String(); got != want {
			t.Errorf("ended at the start of %s: %s, want %s", on, got, want)
		}
	}
}
