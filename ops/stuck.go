package ops

import (
	"fmt"
	"time"

	"countersign/collaboration"
)

// Thresholds define when an execution counts as stuck.
type Thresholds struct {
	// Attempts is the attempt from which an activity counts as stuck.
	Attempts int
	// Wait is how long a task may wait for a worker, and an execution may be overdue.
	Wait time.Duration
	// Events is the length of a history from which an execution should have continued as
	// new. Temporal accepts 10,000 Signals and 2,000 Updates of one execution, and
	// terminates it at 51,200 events.
	Events int
}

// DefaultThresholds ignore failures that retries resolve within minutes, and histories up to
// twice the length at which Temporal suggests a continue-as-new.
var DefaultThresholds = Thresholds{Attempts: 3, Wait: 10 * time.Minute, Events: 8192}

// maxActivating exceeds the retry period of a step before the invitation.
const maxActivating = 25 * time.Hour

// reasons returns why an execution is stuck; none if it is not.
func (t Thresholds) reasons(x Execution, now time.Time) (reasons []string) {
	if x.Status != Running {
		return nil
	}
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	switch task := x.Task; {
	case task == nil:
	case task.Attempt > 1:
		add("its workflow task fails: %s, attempt %d", task.Failure, task.Attempt)
	case !task.Started && now.Sub(task.Since) > t.Wait:
		add("its workflow task has waited %s for a worker", roughly(now.Sub(task.Since)))
	}
	for _, a := range x.Activities {
		switch {
		case a.Paused:
			add("%s is paused", a.Type)
		case a.Attempt >= t.Attempts:
			add("%s failed %d times: %s", a.Type, a.Attempt-1, a.Failure)
		case a.Due && now.Sub(a.Since) > t.Wait:
			add("%s has waited %s for a worker", a.Type, roughly(now.Sub(a.Since)))
		}
	}
	if x.Events >= t.Events {
		add("its history has %d events and grows until it accepts no more commands", x.Events)
	}
	switch {
	case x.State == collaboration.Activating && now.Sub(x.StartedAt) > maxActivating:
		add("activating for %s", roughly(now.Sub(x.StartedAt)))
	case x.State == collaboration.Active && !x.AgreementEnds.IsZero() && now.Sub(x.AgreementEnds) > t.Wait:
		add("its agreement's term ended %s ago without renewal or end", roughly(now.Sub(x.AgreementEnds)))
	}
	return reasons
}

// mayHaveExpired reports whether to query an execution for its invitation's expiry. Each
// new generation of the link extends it.
func mayHaveExpired(x Execution, now time.Time) bool {
	return x.Status == Running && x.State == collaboration.AwaitingApproval && now.Sub(x.StartedAt) > collaboration.InvitationLifetime
}

// reasonsAwaiting returns why an execution has awaited approval for too long.
func (t Thresholds) reasonsAwaiting(expires, now time.Time, err error) []string {
	switch {
	case err != nil:
		return []string{"awaiting approval for over 30 days, and no worker answers the query for the expiry"}
	case !expires.IsZero() && now.Sub(expires) > t.Wait:
		return []string{fmt.Sprintf("its invitation expired %s ago and is still open", roughly(now.Sub(expires)))}
	}
	return nil
}

// roughly rounds a duration to days, hours or seconds.
func roughly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	default:
		return d.Round(time.Second).String()
	}
}
