package ops

import (
	"fmt"
	"time"

	"countersign/collaboration"
)

// Patience is what is no reason to worry yet.
type Patience struct {
	// Attempts is from which attempt on an activity counts as stuck.
	Attempts int
	// Wait is how long a task may wait for a worker, and a run past its time.
	Wait time.Duration
}

// DefaultPatience lets what mends itself within minutes do so.
var DefaultPatience = Patience{Attempts: 3, Wait: 10 * time.Minute}

// activatingFor is longer than a step on the way to the invitation is tried.
const activatingFor = 25 * time.Hour

// why says why a run is stuck; nothing where it is not.
func (p Patience) why(r Run, now time.Time) (reasons []string) {
	if r.Status != Running {
		return nil
	}
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	switch t := r.Task; {
	case t == nil:
	case t.Attempt > 1:
		add("its workflow task fails: %s, attempt %d", t.Failure, t.Attempt)
	case !t.Taken && now.Sub(t.Since) > p.Wait:
		add("no worker takes its workflow task, for %s", short(now.Sub(t.Since)))
	}
	for _, a := range r.Activities {
		switch {
		case a.Paused:
			add("%s is paused", a.Type)
		case a.Attempt >= p.Attempts:
			add("%s failed %d times: %s", a.Type, a.Attempt-1, a.Failure)
		case a.Due && now.Sub(a.Since) > p.Wait:
			add("no worker takes %s, for %s", a.Type, short(now.Sub(a.Since)))
		}
	}
	switch {
	case r.State == collaboration.Activating && now.Sub(r.StartedAt) > activatingFor:
		add("activating for %s", short(now.Sub(r.StartedAt)))
	case r.State == collaboration.Active && !r.AgreementEnds.IsZero() && now.Sub(r.AgreementEnds) > p.Wait:
		add("its agreement's term ended %s ago, and nothing followed", short(now.Sub(r.AgreementEnds)))
	}
	return reasons
}

// mayHaveExpired reports whether it is worth asking a run when its invitation
// expires: each new generation starts the clock again.
func mayHaveExpired(r Run, now time.Time) bool {
	return r.Status == Running && r.State == collaboration.AwaitingApproval && now.Sub(r.StartedAt) > collaboration.InvitationLifetime
}

// whyAwaiting says why a run has awaited the approval for too long.
func (p Patience) whyAwaiting(expires, now time.Time, err error) []string {
	switch {
	case err != nil:
		return []string{"it has awaited approval for over 30 days, and no worker says until when"}
	case !expires.IsZero() && now.Sub(expires) > p.Wait:
		return []string{fmt.Sprintf("its invitation expired %s ago, and nothing followed", short(now.Sub(expires)))}
	}
	return nil
}

// short is a duration as people say it.
func short(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	default:
		return d.Round(time.Second).String()
	}
}
