package office

import (
	"slices"
	"time"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// progressStep is one step of an activation. Status selects the text
// "office.progress.<status>".
type progressStep struct {
	Name, Status string
	At           time.Time
}

// The status of a step. The approval can also be declined, expired or withdrawn.
const (
	stepDone        = "done"
	stepNow         = "now"
	stepWaiting     = "waiting"
	stepLater       = "later"
	stepFailed      = "failed"
	stepCompensated = "compensated"
	stepSkipped     = "skipped"
)

// stepsOf returns the steps before the approval. Each is the action of the step and the
// action of its compensation, if it has one.
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

// progress returns every step of the scenario with its status.
func progress(r collaboration.Activation, events []collaboration.Event, l collaboration.Locale) []progressStep {
	when := func(a collaboration.Action) (at time.Time) {
		for _, e := range events {
			if e.Action == a {
				at = e.At
			}
		}
		return at
	}
	var all []progressStep
	reached := true // all earlier steps are done
	for _, s := range stepsOf(r.Scenario) {
		p := progressStep{Name: i18n.Text(l, "office.step."+string(s[0])), Status: stepLater, At: when(s[0])}
		switch undone := when(s[1]); {
		case s[1] != "" && !undone.IsZero():
			p.Status, p.At = stepCompensated, undone
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

// approvalStep returns the last step, the customer's approval.
func approvalStep(r collaboration.Activation, closed time.Time, l collaboration.Locale, failed bool) progressStep {
	p := progressStep{Name: i18n.Text(l, "office.step.approval"), Status: stepLater}
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

// Current reports whether the step is in progress.
func (p progressStep) Current() bool { return p.Status == stepNow || p.Status == stepWaiting }

// Mark returns the icon of the status.
func (p progressStep) Mark() string {
	switch p.Status {
	case stepDone:
		return "done"
	case stepNow, stepWaiting:
		return "now"
	case stepLater:
		return "later"
	case stepCompensated:
		return "compensated"
	}
	return "stopped"
}
