package workflows_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/rehearsal"
	"countersign/workflows"
)

// drawFailures selects steps that fail: a few times, for days, or without retries.
func drawFailures(r *rapid.T) map[string]func(int) error {
	fail := map[string]func(int) error{}
	final := map[string]collaboration.Code{
		"check task": collaboration.CodeTaskClosed, "activate solution": collaboration.CodePlatformRefused,
		"create administrator": collaboration.CodePlatformRefused, "mail": collaboration.CodeMailRejected,
		"start agreement": collaboration.CodePlatformRefused, "hand on": collaboration.CodePlatformRefused,
	}
	for _, name := range []string{
		"check task", "activate solution", "create administrator", "mail", "invited", "change", "correct address", "forward", "hand on",
		"approve", "start agreement", "renew", "end", "close", "deactivate solution", "remove administrator",
		string(collaboration.ActionNoticeGiven), string(collaboration.ActionNoticeRevoked), string(collaboration.ActionEndSet),
	} {
		switch rapid.IntRange(0, 5).Draw(r, name+" fails") {
		case 0:
			times := rapid.IntRange(1, 5).Draw(r, "times")
			if name == "invited" {
				times = min(times, 2) // the activity retries this one by the wall clock
			}
			wait := rapid.SampledFrom([]time.Duration{0, time.Hour, 5 * day}).Draw(r, "retry delay")
			fail[name] = func(n int) error {
				if n > times {
					return nil
				}
				return &collaboration.Error{Code: collaboration.CodeUnavailable, RetryAfter: wait}
			}
		case 1:
			if code := final[name]; code != "" && rapid.IntRange(0, 3).Draw(r, "non-retryable") == 0 {
				fail[name] = always(code)
			}
		}
	}
	return fail
}

// TestRandomLives_InvariantsHoldUnderFailures runs random lives with failing steps. The model
// does not predict their course, but these invariants hold.
func TestRandomLives_InvariantsHoldUnderFailures(t *testing.T) {
	t.Parallel()
	checkLives(t, rehearsal.Enabled, func(r *rapid.T) {
		d := drawLife(r)
		fail := drawFailures(r)
		for i := range d.sent {
			d.sent[i].bySignal = false // an Update has a reply
		}
		s := d.play(t, fail)
		l := invariants{T: r, scene: s, accepted: map[string]message.Command{}}
		l.gather(d)
		l.oneEnd()
		l.compensated()
		l.decided()
		l.recorded()
		l.agreed(d)
		l.hasAccess()
	})
}

// invariants are the conditions that hold after any failure.
type invariants struct {
	*rapid.T
	scene *scene
	// accepted has the accepted commands by id.
	accepted map[string]message.Command
	// amended is the last accepted amendment of the agreement's end.
	amended *message.Command

	approved, started, closed, ended, renewed bool
}

func (l *invariants) gather(d *draw) {
	for _, m := range d.sent {
		if _, before := l.accepted[m.c.ID]; before || !m.reply.answered || m.reply.err != nil {
			continue
		}
		l.accepted[m.c.ID] = m.c
		switch m.c.Kind {
		case collaboration.CommandEnd, collaboration.CommandRevokeNotice:
			l.amended = &m.c
		}
	}
	count := func(name string) bool {
		n := 0
		for _, did := range l.scene.backend.did {
			if did == name {
				n++
			}
		}
		if n > 1 {
			l.Errorf("%q was called %d times", name, n)
		}
		return n > 0
	}
	l.approved = count("approve")
	l.started, l.closed, l.ended, l.renewed = count("start agreement"), count("close"), count("end"), count("renew")
}

func (l *invariants) oneEnd() {
	switch {
	case l.closed && !l.started && !l.ended && !l.renewed:
	case !l.closed && l.approved && (l.ended || l.renewed):
	default:
		l.Errorf("no valid end: %q", l.scene.backend.did)
	}
}

// compensated checks that a closed activation compensates all steps, any other none, and that
// no step runs after its compensation.
func (l *invariants) compensated() {
	did := l.scene.backend.did
	for _, compensation := range compensated[collaboration.NewCustomer] {
		at := slices.Index(did, compensation)
		if want := l.closed && slices.Contains(compensated[l.scene.order.Scenario], compensation); (at >= 0) != want {
			l.Errorf("%s: %v, want %v: %q", compensation, at >= 0, want, did)
		}
		makes := map[string]string{"deactivate solution": "activate solution", "remove administrator": "create administrator"}[compensation]
		if at >= 0 && slices.Contains(did[at:], makes) {
			l.Errorf("repeated after its compensation: %q", did)
		}
	}
}

// decided checks that one decision is accepted, and that it has its effect.
func (l *invariants) decided() {
	decisions := 0
	for _, c := range l.accepted {
		switch c.Kind {
		case collaboration.CommandDecide:
			decisions++
			if approved := c.Decision.Outcome == collaboration.Approve; approved != l.approved || !approved && l.scene.backend.closing.State != collaboration.Declined {
				l.Errorf("%s was accepted; stored %v, closed as %q", c.Decision.Outcome, l.approved, l.scene.backend.closing.State)
			}
		case collaboration.CommandWithdraw:
			if l.scene.backend.closing.State != collaboration.Withdrawn {
				l.Errorf("a withdrawal was accepted, but the activation is closed as %q", l.scene.backend.closing.State)
			}
		}
	}
	if decisions > 1 || l.approved && decisions == 0 {
		l.Errorf("%d decisions were accepted; approved %v", decisions, l.approved)
	}
}

// recorded checks that each accepted command is stored once, and each invitation sent once.
func (l *invariants) recorded() {
	want := map[string]int{"correct address": 0, "forward": 0, "hand on": 0}
	for _, c := range l.accepted {
		switch c.Kind {
		case collaboration.CommandCorrect:
			want["correct address"]++
		case collaboration.CommandForward:
			want["forward"]++
		case collaboration.CommandHandOn:
			want["hand on"]++
		case collaboration.CommandDecideChange:
			want["proposal "+map[collaboration.Outcome]string{collaboration.Approve: "approved", collaboration.Decline: "declined"}[c.Decision.Outcome]]++
		case collaboration.CommandWithdrawChange:
			want["proposal withdrawn"]++
		}
	}
	for name, n := range want {
		if name == "hand on" && l.refused(name) {
			n = 0
		}
		if got := len(slices.DeleteFunc(slices.Clone(l.scene.backend.did), func(did string) bool { return did != name })); got != n {
			l.Errorf("%q was stored %d times, but accepted %d times", name, got, n)
		}
	}
	mails := map[string]int{}
	for _, mail := range l.scene.backend.directoryMails {
		if mails[mail]++; mails[mail] > 1 || want["correct address"] == 0 {
			l.Errorf("the mail %q was sent %d times, after %d corrections", mail, mails[mail], want["correct address"])
		}
	}
	invited := map[int]int{}
	for _, notification := range l.scene.backend.invited() {
		if invited[notification.Generation]++; invited[notification.Generation] > 1 && l.scene.backend.fail["invited"] == nil {
			l.Errorf("generation %d was sent %d times", notification.Generation, invited[notification.Generation])
		}
	}
	for _, notification := range l.scene.backend.sent(collaboration.NotificationReminder) {
		if l.approved && notification.At.After(l.scene.backend.approval.Decision.At) {
			l.Errorf("reminded at %s, after the decision at %s", notification.At, l.scene.backend.approval.Decision.At)
		}
	}
}

// refused reports whether every attempt of a step failed without retries.
func (l *invariants) refused(name string) bool {
	f := l.scene.backend.fail[name]
	return f != nil && !collaboration.CodeOf(f(math.MaxInt)).Retryable()
}

// agreed checks that the agreement ends according to the last accepted command.
func (l *invariants) agreed(d *draw) {
	unapproved := slices.ContainsFunc(l.scene.backend.proposals, func(p message.ProposalInput) bool { return p.Proposal.Ends() })
	refused := l.approved && l.scene.backend.closing.State == collaboration.Failed
	switch c := l.amended; {
	case c == nil || unapproved || refused: // neither the customer's answer nor the platform's refusal is an amendment
	case c.Kind == collaboration.CommandRevokeNotice:
		if d.cancelled.IsZero() && (!l.renewed || !l.carried().Renews) {
			l.Errorf("the notice was revoked, but the agreement ends")
		}
	case c.End.When == collaboration.EndNow && !l.ended:
		l.Errorf("the end was accepted, but the agreement continues")
	case c.End.When == collaboration.EndOfTerm && l.renewed && l.carried().Renews:
		l.Errorf("the notice was accepted, but the agreement renews: %+v", l.carried())
	case c.End.When == collaboration.EndOnDate && l.renewed && l.carried().EndOn != c.End.On:
		l.Errorf("an end on %s was accepted: %+v", c.End.On, l.carried())
	}
}

// hasAccess checks that employees get access on the first day of the agreement, and only
// before its end.
func (l *invariants) hasAccess() {
	starts := l.scene.backend.approval.Agreement.StartsOn.Start()
	switch did := l.scene.backend.did; {
	case l.started && l.scene.backend.start.At.Before(starts):
		l.Errorf("access from %s, but the agreement starts on %s", l.scene.backend.start.At, starts)
	case l.ended && l.started && slices.Index(did, "end") < slices.Index(did, "start agreement"):
		l.Errorf("access after the end: %q", did)
	case l.renewed && !l.started:
		l.Errorf("renewed without a start: %q", did)
	}
}

// carried returns the agreement of the next term, with its pending commands applied.
func (l *invariants) carried() collaboration.Agreement {
	state := l.scene.continued()
	agreement := *state.Status.Agreement
	for _, c := range state.Pending {
		agreement = workflows.AmendedBy(agreement, c)
	}
	return agreement
}
