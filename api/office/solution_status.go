package office

import (
	"countersign/api/i18n"
	"countersign/api/present"
	"countersign/collaboration"
)

// solutionStatus is the status of one solution for a customer.
type solutionStatus struct {
	Solution present.Solution
	// State is the state of an activation or a constant below. It selects the text
	// "state.<state>".
	State string
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

func stateWithoutActivation(c collaboration.Customer, solutionID string) string {
	if c.Has(solutionID) {
		return stateAlone
	}
	return stateNone
}

// statuses returns the status of every solution of the catalogue for a customer. The
// activations are sorted newest first.
func (h pages) statuses(c collaboration.Customer, records []collaboration.Activation, l collaboration.Locale) []solutionStatus {
	var all []solutionStatus
	for _, solution := range h.catalogue.For(c.OfficeID).Solutions() {
		st := solutionStatus{Solution: present.NewSolution(solution, l), State: stateWithoutActivation(c, solution.ID)}
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
	st.State = string(r.State)
	st.Detail = sinceOrUntil(r, l)
}

func overOn(r collaboration.Activation) collaboration.Date {
	if !r.EndedAt.IsZero() {
		return collaboration.DateOf(r.EndedAt)
	}
	return collaboration.DateOf(r.UpdatedAt)
}

// sinceOrUntil returns the text with the relevant date of a live activation.
func sinceOrUntil(r collaboration.Activation, l collaboration.Locale) string {
	switch {
	case r.State == collaboration.AwaitingApproval && !r.SentAt.IsZero():
		return i18n.Text(l, "office.detail.waiting", i18n.LongDate(collaboration.DateOf(r.SentAt), l))
	case r.State == collaboration.Active && r.Agreement != nil && r.Agreement.Continues():
		return i18n.Text(l, "office.detail.renews", i18n.LongDate(r.Agreement.EndsOn(), l))
	case r.State == collaboration.Active && r.Agreement != nil:
		return i18n.Text(l, "office.detail.ends", i18n.LongDate(r.Agreement.EndsOn(), l))
	}
	return ""
}
