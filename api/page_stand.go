package api

import (
	"countersign/api/web"
	"countersign/collaboration"
)

// stand is how far a customer has come with one solution.
type stand struct {
	Solution SolutionView
	// State is an activation's, or one of the two below: "stands.<state>".
	State string
	// Detail is since when, or until when.
	Detail string
	// Activation is the one that State tells of; "" for none.
	Activation collaboration.ActivationID
	// Live stands in the way of another one.
	Live bool
	// Before is what became of the latest one, where nothing is live.
	Before string
}

// What a customer without a live activation has.
const (
	stateNone  = "none"
	stateAlone = "alone" // the solution, without the office
)

func standsApart(c collaboration.Customer, solutionID string) string {
	if c.Has(solutionID) {
		return stateAlone
	}
	return stateNone
}

// stands are all solutions of the catalogue, for a customer with these
// activations, newest first.
func (s *Server) stands(c collaboration.Customer, records []collaboration.Record, l collaboration.Locale) []stand {
	var all []stand
	for _, solution := range s.Catalogue.Solutions() {
		st := stand{Solution: viewSolution(solution, l), State: standsApart(c, solution.ID)}
		for _, r := range records {
			if r.SolutionID == solution.ID {
				st.tell(r, l)
				break
			}
		}
		all = append(all, st)
	}
	return all
}

// tell takes in the latest activation of the solution. One that is over leaves
// the customer as it stands without.
func (st *stand) tell(r collaboration.Record, l collaboration.Locale) {
	st.Activation, st.Live = r.ID, r.State.Live()
	if !st.Live {
		st.Before = web.Text(l, "office.before."+string(r.State), web.LongDate(overOn(r), l))
		return
	}
	st.State = string(r.State)
	st.Detail = sinceOrUntil(r, l)
}

func overOn(r collaboration.Record) collaboration.Date {
	if !r.EndedAt.IsZero() {
		return collaboration.DateOf(r.EndedAt)
	}
	return collaboration.DateOf(r.UpdatedAt)
}

// sinceOrUntil is the date that matters about a live activation.
func sinceOrUntil(r collaboration.Record, l collaboration.Locale) string {
	switch {
	case r.State == collaboration.AwaitingApproval && !r.SentAt.IsZero():
		return web.Text(l, "office.detail.waiting", web.LongDate(collaboration.DateOf(r.SentAt), l))
	case r.State == collaboration.Active && r.Agreement != nil && r.Agreement.Continues():
		return web.Text(l, "office.detail.renews", web.LongDate(r.Agreement.EndsOn(), l))
	case r.State == collaboration.Active && r.Agreement != nil:
		return web.Text(l, "office.detail.ends", web.LongDate(r.Agreement.EndsOn(), l))
	}
	return ""
}
