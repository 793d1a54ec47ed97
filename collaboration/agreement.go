package collaboration

import (
	"slices"
	"time"
)

// StartRule says when an approved agreement starts.
type StartRule string

// The start rules of a Period.
const (
	// OnApproval: on the day of approval. The default.
	OnApproval StartRule = "on_approval"
	// NextMonth: on the first of the month after approval.
	NextMonth StartRule = "next_month"
	// ChosenMonth: on a chosen first of a month, or on the day of approval
	// where that is later: an agreement never starts in the past.
	ChosenMonth StartRule = "chosen_month"
)

// Period is when the agreement starts.
type Period struct {
	Start StartRule `json:"start"`
	// Month is the chosen first of a month, for ChosenMonth only.
	Month Date `json:"month,omitzero"`
}

// StartOn is the day the agreement starts when it is approved on a day.
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

// maxMonthsAhead bounds how far ahead a chosen month may lie: two years.
const maxMonthsAhead = 24

func (p Period) check(today Date, wrong *fieldErrors) {
	switch p.Start {
	case OnApproval, NextMonth:
		if !p.Month.IsZero() {
			wrong.add("period.month", CodeNotApplicable)
		}
	case ChosenMonth:
		switch {
		case p.Month.IsZero():
			wrong.add("period.month", CodeRequired)
		case p.Month.Day != 1:
			wrong.add("period.month", CodeNotFirstOfMonth)
		case p.Month.Before(today):
			wrong.add("period.month", CodeInThePast)
		case today.AddMonths(maxMonthsAhead).Before(p.Month):
			wrong.add("period.month", CodeTooFarAhead)
		}
	case "":
		wrong.add("period.start", CodeRequired)
	default:
		wrong.add("period.start", CodeInvalidChoice)
	}
}

// AgreementMonthChoices are the lengths an agreement may have.
func AgreementMonthChoices() []int { return []int{3, 12} }

// ValidAgreementMonths reports whether an agreement may have that length.
func ValidAgreementMonths(n int) bool { return slices.Contains(AgreementMonthChoices(), n) }

// Agreement is one collaboration's run of periods. Every date is computed from
// the original start, so that clamping to a month's end never drifts:
// 31 January plus one month plus one month is 31 March.
type Agreement struct {
	StartsOn Date `json:"starts_on"`
	// Months is the length of the current term.
	Months int `json:"months"`
	// Term counts the periods, from 1.
	Term int `json:"term"`
	// Renews is false once notice has been given.
	Renews bool `json:"renews"`
	// Shift is how many months the terms before were longer, or shorter, than
	// this one; 0 where all have the same length.
	Shift int `json:"shift,omitempty"`
	// NextMonths is the length from the next renewal on; 0 where it stays.
	NextMonths int `json:"next_months,omitempty"`
	// EndOn is the day that was set for the end; zero where none was.
	EndOn Date `json:"end_on,omitzero"`
}

// EndsOn is the day the current term ends and the next would start, or the day
// that was set for the end where that is earlier. The agreement runs until the
// first instant of that day.
func (a Agreement) EndsOn() Date {
	if term := a.termEndsOn(); a.EndOn.IsZero() || term.Before(a.EndOn) {
		return term
	}
	return a.EndOn
}

func (a Agreement) termEndsOn() Date { return a.StartsOn.AddMonths(a.Months*a.Term + a.Shift) }

// TermStartsOn is the first day of the current term.
func (a Agreement) TermStartsOn() Date { return a.StartsOn.AddMonths(a.Months*(a.Term-1) + a.Shift) }

// Ends is the instant of EndsOn, in Stockholm.
func (a Agreement) Ends() time.Time { return a.EndsOn().Start() }

// Continues reports whether the agreement goes on after EndsOn. A day that was
// set for a later term's end keeps it going until then.
func (a Agreement) Continues() bool {
	if !a.EndOn.IsZero() {
		return a.termEndsOn().Before(a.EndOn)
	}
	return a.Renews
}

// Renewed is the agreement in its next term.
func (a Agreement) Renewed() Agreement {
	elapsed := a.Months*a.Term + a.Shift
	if a.NextMonths != 0 {
		a.Months, a.NextMonths = a.NextMonths, 0
	}
	a.Term++
	a.Shift = elapsed - a.Months*(a.Term-1)
	return a
}

// NoticeDays is how many days before the end both parties are told of it.
const NoticeDays = 30

// NoticeAt is when both parties are told what happens when the term ends: as
// that day begins in Stockholm.
func (a Agreement) NoticeAt() time.Time {
	e := a.EndsOn()
	return DateOf(time.Date(e.Year, e.Month, e.Day-NoticeDays, 12, 0, 0, 0, Stockholm)).Start()
}

// maxEndAhead bounds how far ahead an end may be set, in months.
const maxEndAhead = 24

// CheckEndOn refuses a day for the end that has come, or lies too far ahead;
// "" where it is good.
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
