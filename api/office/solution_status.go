package office

import (
	"countersign/api/i18n"
	"countersign/api/present"
	"countersign/api/view"
	"countersign/collaboration"
)

// solutionStatus is the status of one solution for a customer.
type solutionStatus struct {
	Solution present.Solution
	// State is the state of an activation or a constant below, as its Badge says.
	State string
	Badge view.Badge
	// Detail is the text with the start, renewal or end date.
	Detail string
	// Activation is the latest activation, or "".
	Activation collaboration.ActivationID
	// Live is true if the activation is live and blocks another one.
	Live bool
	// Before describes the outcome of the latest activation if it is over.
	Before string
}

// The states of a customer without a live activation.
const (
	stateNone  = "none"
	stateAlone = "alone" // the customer has the solution without the office
)

func withoutActivation(c collaboration.Customer, s collaboration.Solution, l collaboration.Locale) solutionStatus {
	st := solutionStatus{Solution: present.NewSolution(s, l), State: stateNone}
	if c.Has(s.ID) {
		st.State, st.Badge.Tone = stateAlone, "info"
	}
	st.Badge.Text = i18n.Text(l, "state."+st.State)
	return st
}

// statuses returns the status of every solution of the catalogue for a customer. The
// activations are sorted newest first.
func (h pages) statuses(c collaboration.Customer, records []collaboration.Activation, l collaboration.Locale) []solutionStatus {
	var all []solutionStatus
	for _, solution := range h.catalogue.For(c.OfficeID).Solutions() {
		st := withoutActivation(c, solution, l)
		for _, r := range records {
			if r.SolutionID == solution.ID {
				st.setActivation(r, l)
				break
			}
		}
		all = append(all, st)
	}
	return all
}

// setActivation adds the latest activation of the solution. An activation that is over does not
// change the state.
func (st *solutionStatus) setActivation(r collaboration.Activation, l collaboration.Locale) {
	st.Activation, st.Live = r.ID, r.State.IsLive()
	if !st.Live {
		st.Before = i18n.Text(l, "office.before."+string(r.State), i18n.LongDate(overOn(r), l))
		return
	}
	st.State, st.Badge = string(r.State), view.NewBadge(r.State, r.Agreement, l)
	st.Detail = sinceOrUntil(r, l)
}

func overOn(r collaboration.Activation) collaboration.Date {
	if !r.EndedAt.IsZero() {
		return r.LastDay()
	}
	return collaboration.DateOf(r.UpdatedAt)
}

// sinceOrUntil returns the text with the relevant date of a live activation.
func sinceOrUntil(r collaboration.Activation, l collaboration.Locale) string {
	switch {
	case r.State == collaboration.AwaitingApproval && !r.SentAt.IsZero():
		return i18n.Text(l, "office.detail.waiting", i18n.LongDate(collaboration.DateOf(r.SentAt), l))
	case r.State != collaboration.Active || r.Agreement == nil || r.Phase() == collaboration.PhaseTerminated:
		return "" // the badge has the date
	case r.Agreement.IsTerminated():
		return i18n.Text(l, "office.detail.ends", i18n.LongDate(r.Agreement.FinalDay(), l))
	default:
		return i18n.Text(l, "office.detail.renews", i18n.LongDate(r.Agreement.LastDay(), l))
	}
}
