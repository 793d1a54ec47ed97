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

// Agreement is one collaboration's run of equal periods. Every date is
// computed from the original start, so that clamping to a month's end never
// drifts: 31 January plus one month plus one month is 31 March.
type Agreement struct {
	StartsOn Date `json:"starts_on"`
	Months   int  `json:"months"`
	// Term counts the periods, from 1.
	Term int `json:"term"`
	// Renews is false once notice has been given.
	Renews bool `json:"renews"`
}

// EndsOn is the day the current term ends and the next would start. The
// agreement runs until the first instant of that day.
func (a Agreement) EndsOn() Date { return a.StartsOn.AddMonths(a.Months * a.Term) }

// TermStartsOn is the first day of the current term.
func (a Agreement) TermStartsOn() Date { return a.StartsOn.AddMonths(a.Months * (a.Term - 1)) }

// Ends is the instant the current term ends, in Stockholm.
func (a Agreement) Ends() time.Time { return a.EndsOn().Start() }

// Renewed is the agreement in its next term.
func (a Agreement) Renewed() Agreement {
	a.Term++
	return a
}
