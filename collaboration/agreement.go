package collaboration

import (
	"slices"
	"time"
)

// StartRule determines when an approved agreement starts.
type StartRule string

// The start rules of a Period.
const (
	// OnApproval: on the day of approval. The default.
	OnApproval StartRule = "on_approval"
	// NextMonth: on the first of the month after approval.
	NextMonth StartRule = "next_month"
	// ChosenMonth: on the first of a chosen month, or on the day of approval if that is
	// later, because an agreement never starts in the past.
	ChosenMonth StartRule = "chosen_month"
)

// Period is when the agreement starts.
type Period struct {
	Start StartRule `json:"start"`
	// Month is the first of the chosen month, for ChosenMonth only.
	Month Date `json:"month,omitzero"`
}

// StartOn returns the day on which an agreement starts that is approved on a day.
func (p Period) StartOn(approved Date) Date {
	switch {
	case p.Start == NextMonth:
		return approved.FirstOfNextMonth()
	case p.Start == ChosenMonth && approved.Before(p.Month):
		return p.Month
	default:
		return approved
	}
}

// maxMonthsAhead limits a chosen month to two years from today.
const maxMonthsAhead = 24

func (p Period) check(today Date, wrong *FieldErrors) {
	switch p.Start {
	case OnApproval, NextMonth:
		if !p.Month.IsZero() {
			wrong.Add("period.month", CodeNotApplicable)
		}
	case ChosenMonth:
		switch {
		case p.Month.IsZero():
			wrong.Add("period.month", CodeRequired)
		case p.Month.Day != 1:
			wrong.Add("period.month", CodeNotFirstOfMonth)
		case p.Month.Before(today):
			wrong.Add("period.month", CodeInThePast)
		case today.AddMonths(maxMonthsAhead).Before(p.Month):
			wrong.Add("period.month", CodeTooFarAhead)
		}
	case "":
		wrong.Add("period.start", CodeRequired)
	default:
		wrong.Add("period.start", CodeInvalidChoice)
	}
}

// AgreementMonthChoices returns the lengths of an agreement that can be chosen.
func AgreementMonthChoices() []int { return []int{3, 12} }

// ValidAgreementMonths reports whether an agreement can have a length.
func ValidAgreementMonths(n int) bool { return slices.Contains(AgreementMonthChoices(), n) }

// Agreement is the agreement of a collaboration, a series of terms. Every date is computed
// from the original start, so that clamping to the end of a month does not accumulate:
// 31 January plus two terms of one month is 31 March.
type Agreement struct {
	StartsOn Date `json:"starts_on"`
	// Started is true once StartsOn has come: the employees of the task have access, and the
	// invoice recipient pays. The workflow sets it.
	Started bool `json:"started,omitempty"`
	// Months is the length of the current term.
	Months int `json:"months"`
	// Term is the number of the current term, from 1.
	Term int `json:"term"`
	// Renews is false once notice has been given.
	Renews bool `json:"renews"`
	// TermOffsetMonths is the difference between the length of all earlier terms and that
	// of as many current ones; 0 if all terms have the same length.
	TermOffsetMonths int `json:"term_offset_months,omitempty"`
	// NextMonths is the length from the next renewal on; 0 for no change.
	NextMonths int `json:"next_months,omitempty"`
	// EndOn is the date that was set for the end; zero for none.
	EndOn Date `json:"end_on,omitzero"`
	// OnEnd is the policy that a party chose with the notice; "" for the default of the order.
	// After the end it is the policy that was applied.
	OnEnd EndPolicy `json:"on_end,omitempty"`
}

// EndsOn returns the day after the last day of the current term, or the date that was set
// for the end if that is earlier. It is exclusive: the agreement runs until the day begins.
func (a Agreement) EndsOn() Date {
	if term := a.termEndsOn(); a.EndOn.IsZero() || term.Before(a.EndOn) {
		return term
	}
	return a.EndOn
}

func (a Agreement) termEndsOn() Date {
	return a.StartsOn.AddMonths(a.Months*a.Term + a.TermOffsetMonths)
}

// TermStartsOn returns the first day of the current term.
func (a Agreement) TermStartsOn() Date {
	return a.StartsOn.AddMonths(a.Months*(a.Term-1) + a.TermOffsetMonths)
}

// LastDay returns the last day of the current term, or the last day that was set for the end.
func (a Agreement) LastDay() Date { return a.EndsOn().AddDays(-1) }

// FinalDay returns the last day of the agreement as it is now: the last day that was set for
// the end, also in a later term, or the last day of the current term.
func (a Agreement) FinalDay() Date {
	if a.EndOn.IsZero() {
		return a.LastDay()
	}
	return a.EndOn.AddDays(-1)
}

// Ends returns the instant at which EndsOn begins in Stockholm.
func (a Agreement) Ends() time.Time { return a.EndsOn().Start() }

// WillStart reports whether the agreement has not started, and starts before it ends.
func (a Agreement) WillStart() bool { return !a.Started && a.StartsOn.Before(a.EndsOn()) }

// StartIsDue reports whether the first day of an agreement that has not started has come.
func (a Agreement) StartIsDue(now time.Time) bool {
	return a.WillStart() && !now.Before(a.StartsOn.Start())
}

// IsTerminated reports whether notice was given, or a date was set for the end.
func (a Agreement) IsTerminated() bool { return !a.Renews || !a.EndOn.IsZero() }

// Continues reports whether a term follows after EndsOn. If a date after the current term
// was set for the end, the agreement renews until that date.
func (a Agreement) Continues() bool {
	if !a.EndOn.IsZero() {
		return a.termEndsOn().Before(a.EndOn)
	}
	return a.Renews
}

// Renewed returns the agreement in its next term.
func (a Agreement) Renewed() Agreement {
	elapsed := a.Months*a.Term + a.TermOffsetMonths
	if a.NextMonths != 0 {
		a.Months, a.NextMonths = a.NextMonths, 0
	}
	a.Term++
	a.TermOffsetMonths = elapsed - a.Months*(a.Term-1)
	return a
}

// RunningAgreement returns the current term of an agreement that began on a day and has
// renewed since.
func RunningAgreement(since Date, months int, now time.Time) Agreement {
	a := Agreement{StartsOn: since, Started: true, Months: months, Term: 1, Renews: true}
	for !now.Before(a.Ends()) {
		a = a.Renewed()
	}
	return a
}

// NoticeAt returns when both parties are notified of the term's end, by the current rules.
// The workflow uses the rules that were current when the activation started.
func (a Agreement) NoticeAt() time.Time { return CurrentRules().NoticeAt(a) }

// maxEndAhead limits the date of an end to that many months from today.
const maxEndAhead = 24

// CheckEndOn returns the reason why a date for the end is invalid; "" if it is valid.
func CheckEndOn(on, today Date) Code {
	switch {
	case on.IsZero():
		return CodeRequired
	case !today.Before(on):
		return CodeInThePast
	case today.AddMonths(maxEndAhead).Before(on):
		return CodeTooFarAhead
	}
	return ""
}
