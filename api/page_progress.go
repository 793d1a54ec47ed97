package api

import (
	"slices"
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// progressStep is one step on the way to a collaboration. Status names the
// text "office.progress.<status>".
type progressStep struct {
	Name, Status string
	At           time.Time
}

// What can be said of a step. An approval can also be declined, expired or
// withdrawn.
const (
	stepDone    = "done"
	stepNow     = "now"
	stepWaiting = "waiting"
	stepLater   = "later"
	stepFailed  = "failed"
	stepUndone  = "undone"
	stepSkipped = "skipped"
)

// steps are what is done before the customer is asked: each has an action, and
// where it can be undone the action of that.
func stepsOf(sc collaboration.Scenario) [][2]collaboration.Action {
	steps := [][2]collaboration.Action{{collaboration.ActionTaskChecked}}
	if sc.ActivatesSolution() {
		steps = append(steps, [2]collaboration.Action{collaboration.ActionSolutionActivated, collaboration.ActionSolutionDeactivated})
	}
	if sc.CreatesAdministrator() {
		steps = append(steps, [2]collaboration.Action{collaboration.ActionAdministratorCreated, collaboration.ActionAdministratorRemoved})
	}
	return append(steps, [2]collaboration.Action{collaboration.ActionInvitationSent})
}

// progress is every step of the scenario with what has come of it.
func progress(r collaboration.Record, events []collaboration.Event, l collaboration.Locale) []progressStep {
	when := func(a collaboration.Action) (at time.Time) {
		for _, e := range events {
			if e.Action == a {
				at = e.At
			}
		}
		return at
	}
	var all []progressStep
	reached := true // everything before is done
	for _, s := range stepsOf(r.Scenario) {
		p := progressStep{Name: web.Text(l, "office.step."+string(s[0])), Status: stepLater, At: when(s[0])}
		switch undone := when(s[1]); {
		case s[1] != "" && !undone.IsZero():
			p.Status, p.At = stepUndone, undone
		case !p.At.IsZero(), r.State == collaboration.AwaitingApproval || r.State == collaboration.Active || r.State == collaboration.Ended:
			p.Status = stepDone
		case reached:
			p.Status = map[collaboration.State]string{collaboration.Activating: stepNow, collaboration.Failed: stepFailed}[r.State]
			reached = false
		}
		if p.Status == "" || p.Status == stepLater && r.State != collaboration.Activating {
			p.Status = stepSkipped
		}
		all = append(all, p)
	}
	return append(all, approvalStep(r, when(collaboration.ActionClosed), l, slices.ContainsFunc(all, func(p progressStep) bool { return p.Status == stepFailed })))
}

// approvalStep is the last one, the customer's.
func approvalStep(r collaboration.Record, closed time.Time, l collaboration.Locale, failed bool) progressStep {
	p := progressStep{Name: web.Text(l, "office.step.approval"), Status: stepLater}
	if r.Decision != nil {
		p.At = r.Decision.At
	}
	switch r.State {
	case collaboration.AwaitingApproval:
		p.Status = stepWaiting
	case collaboration.Active, collaboration.Ended:
		p.Status = stepDone
	case collaboration.Failed:
		p.Status = stepFailed
		if failed {
			p.Status = stepSkipped
		}
	case collaboration.Declined, collaboration.Expired, collaboration.Withdrawn:
		p.Status = string(r.State)
		if p.At.IsZero() {
			p.At = closed
		}
	}
	return p
}

// Current is whether the step is the one that things stand at.
func (p progressStep) Current() bool { return p.Status == stepNow || p.Status == stepWaiting }

// Mark is how its status is drawn: done, on the way, broken off, or not yet.
func (p progressStep) Mark() string {
	switch p.Status {
	case stepDone:
		return "done"
	case stepNow, stepWaiting:
		return "now"
	case stepLater:
		return "later"
	case stepUndone:
		return "undone"
	}
	return "stopped"
}
