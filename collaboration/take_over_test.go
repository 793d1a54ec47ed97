package collaboration_test

import (
	"errors"
	"slices"
	"testing"

	"countersign/collaboration"
)

func TestNewOrder_TakeOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scenario collaboration.Scenario
		change   func(*collaboration.Request)
		want     []collaboration.FieldError
	}{
		"since last year":     {collaboration.HasSolution, func(*collaboration.Request) {}, nil},
		"a length of its own": {collaboration.OnPlatform, func(r *collaboration.Request) { r.AgreementMonths = 3 }, nil},
		"a wrong length": {collaboration.OnPlatform, func(r *collaboration.Request) { r.AgreementMonths = 5 },
			[]collaboration.FieldError{{Field: "agreement_months", Code: collaboration.CodeInvalidChoice}}},
		"tomorrow": {collaboration.HasSolution, func(r *collaboration.Request) { r.RunningSince = collaboration.DateOf(now.AddDate(0, 0, 1)) },
			[]collaboration.FieldError{{Field: "running_since", Code: collaboration.CodeTooFarAhead}}},
		"last century": {collaboration.HasSolution, func(r *collaboration.Request) { r.RunningSince = collaboration.Date{Year: 1990, Month: 1, Day: 1} },
			[]collaboration.FieldError{{Field: "running_since", Code: collaboration.CodeInThePast}}},
		"with a period": {collaboration.HasSolution, func(r *collaboration.Request) { r.Period.Start = collaboration.NextMonth },
			[]collaboration.FieldError{{Field: "period", Code: collaboration.CodeNotApplicable}}},
		"without an administrator": {collaboration.NewCustomer, func(*collaboration.Request) {},
			[]collaboration.FieldError{{Field: "customer_id", Code: collaboration.CodeAdministratorMissing}}},
	} {
		r := requestFor(c.scenario)
		r.Period, r.RunningSince = collaboration.Period{}, collaboration.Date{Year: 2025, Month: 5, Day: 1}
		c.change(&r)
		o, err := collaboration.NewOrder(r, customerIn(c.scenario), solution(t), "c-1", now)
		var e *collaboration.Error
		errors.As(err, &e)
		switch {
		case c.want == nil && (err != nil || o.RunningSince != r.RunningSince):
			t.Errorf("%s: %v, %+v", name, err, o)
		case c.want != nil && (e == nil || !slices.Equal(e.Fields, c.want)):
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// The current term contains the day of the take-over.
func TestRunningAgreement_IsCurrent(t *testing.T) {
	t.Parallel()
	for _, since := range []collaboration.Date{{Year: 2025, Month: 5, Day: 31}, {Year: 2026, Month: 11, Day: 23}, {Year: 2010, Month: 2, Day: 28}} {
		for _, months := range []int{3, 12} {
			a := collaboration.RunningAgreement(since, months, now)
			if !a.TermStartsOn().Start().Before(now) || !now.Before(a.Ends()) || a.StartsOn != since {
				t.Errorf("since %s, %d months: term %d from %s to %s", since, months, a.Term, a.TermStartsOn(), a.EndsOn())
			}
		}
	}
}

func TestNewOrder_ArchivedCustomer(t *testing.T) {
	t.Parallel()
	c := customerIn(collaboration.OnPlatform)
	c.ArchivedAt = now
	_, err := collaboration.NewOrder(requestFor(collaboration.OnPlatform), c, solution(t), "c-1", now)
	if collaboration.CodeOf(err) != collaboration.CodeCustomerArchived {
		t.Errorf("%v", err)
	}
}
