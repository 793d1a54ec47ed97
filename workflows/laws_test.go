package workflows_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/collaboration"
)

// drawFailures makes steps fail: for a while, for days, or for good.
func drawFailures(r *rapid.T, w *world) {
	final := map[string]collaboration.Code{
		"check task": collaboration.CodeTaskClosed, "activate solution": collaboration.CodePlatformRefused,
		"create administrator": collaboration.CodePlatformRefused, "mail": collaboration.CodeMailRejected,
	}
	for _, name := range []string{
		"check task", "activate solution", "create administrator", "mail", "invited", "change", "correct address", "forward",
		"start agreement", "renew", "end", "close", "deactivate solution", "remove administrator",
		string(collaboration.ActionNoticeGiven), string(collaboration.ActionNoticeTakenBack), string(collaboration.ActionEndSet),
	} {
		switch rapid.IntRange(0, 5).Draw(r, name+" fails") {
		case 0:
			times := rapid.IntRange(1, 5).Draw(r, "times")
			wait := rapid.SampledFrom([]time.Duration{0, time.Hour, 5 * day}).Draw(r, "and asks to wait")
			w.fail[name] = func(n int) error {
				if n > times {
					return nil
				}
				return &collaboration.Error{Code: collaboration.CodeUnavailable, RetryAfter: wait}
			}
		case 1:
			if code := final[name]; code != "" && rapid.IntRange(0, 3).Draw(r, "for good") == 0 {
				w.fail[name] = always(code)
			}
		}
	}
}

// TestNoFailureBreaksALaw plays lives in which steps fail. When what happens
// then is nobody's to foretell; what may never happen is.
func TestNoFailureBreaksALaw(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawLife(r)
		s := newScene(t, d.order.Scenario)
		drawFailures(r, s.world)
		for i := range d.sent {
			d.sent[i].bySignal = false // so that it says whether it was taken
		}
		d.play(s)
		l := laws{T: r, scene: s, taken: map[string]any{}}
		l.gather(d)
		l.oneEnd()
		l.undone()
		l.decided()
		l.recorded()
		l.agreed(d)
	})
}

// laws are what holds whatever fails.
type laws struct {
	*rapid.T
	scene *scene
	// taken are the messages that were answered as taken, by id.
	taken map[string]any
	// amended is the last one taken about how the agreement ends.
	amended any

	started, closed, ended, renewed bool
}

func (l *laws) gather(d *draw) {
	for _, m := range d.sent {
		if !m.reply.answered || m.reply.err != nil {
			continue
		}
		id, _ := m.m.(interface {
			Ref() (string, collaboration.ActivationID)
		}).Ref()
		if l.taken[id] != nil {
			continue
		}
		l.taken[id] = m.m
		switch m.m.(type) {
		case collaboration.Ending, collaboration.TakingBack:
			l.amended = m.m
		}
	}
	count := func(name string) bool {
		n := 0
		for _, did := range l.scene.world.did {
			if did == name {
				n++
			}
		}
		if n > 1 {
			l.Errorf("%q happened %d times", name, n)
		}
		return n > 0
	}
	l.started, l.closed, l.ended, l.renewed = count("start agreement"), count("close"), count("end"), count("renew")
}

func (l *laws) oneEnd() {
	switch {
	case l.closed && !l.started && !l.ended && !l.renewed:
	case !l.closed && l.started && l.ended != l.renewed:
	default:
		l.Errorf("no lawful end: %q", l.scene.world.did)
	}
}

// undone is everything that was made, or nothing, and what is undone is not
// made again.
func (l *laws) undone() {
	did := l.scene.world.did
	for _, undo := range undone[collaboration.NewCustomer] {
		at := slices.Index(did, undo)
		if want := l.closed && slices.Contains(undone[l.scene.order.Scenario], undo); (at >= 0) != want {
			l.Errorf("%s: %v, want %v: %q", undo, at >= 0, want, did)
		}
		makes := map[string]string{"deactivate solution": "activate solution", "remove administrator": "create administrator"}[undo]
		if at >= 0 && slices.Contains(did[at:], makes) {
			l.Errorf("made again after its undo: %q", did)
		}
	}
}

// decided: one decision counts, and what counts comes about.
func (l *laws) decided() {
	decisions := 0
	for _, m := range l.taken {
		switch m := m.(type) {
		case collaboration.Decision:
			decisions++
			if approved := m.Outcome == collaboration.Approve; approved != l.started || !approved && l.scene.world.closing.State != collaboration.Declined {
				l.Errorf("%s was taken; started %v, closed as %q", m.Outcome, l.started, l.scene.world.closing.State)
			}
		case collaboration.Withdrawal:
			if l.scene.world.closing.State != collaboration.Withdrawn {
				l.Errorf("a withdrawal was taken, and it is closed as %q", l.scene.world.closing.State)
			}
		}
	}
	if decisions > 1 || l.started && decisions == 0 {
		l.Errorf("%d decisions were taken; started %v", decisions, l.started)
	}
}

// recorded is each message that was taken, once, and each invitation is sent
// once.
func (l *laws) recorded() {
	want := map[string]int{"correct address": 0, "forward": 0, "change": 0}
	for _, m := range l.taken {
		switch m.(type) {
		case collaboration.Correction:
			want["correct address"]++
		case collaboration.Forwarding:
			want["forward"]++
		case collaboration.Change:
			want["change"]++
		}
	}
	for name, n := range want {
		if got := len(slices.DeleteFunc(slices.Clone(l.scene.world.did), func(did string) bool { return did != name })); got != n {
			l.Errorf("%q was recorded %d times, and taken %d times", name, got, n)
		}
	}
	invited := map[int]int{}
	for _, letter := range l.scene.world.invited() {
		if invited[letter.Generation]++; invited[letter.Generation] > 1 && l.scene.world.fail["invited"] == nil {
			l.Errorf("generation %d was sent %d times", letter.Generation, invited[letter.Generation])
		}
	}
	for _, letter := range l.scene.world.sent(collaboration.LetterReminder) {
		if l.started && letter.At.After(l.scene.world.start.Decision.At) {
			l.Errorf("reminded at %s, after the decision at %s", letter.At, l.scene.world.start.Decision.At)
		}
	}
}

// agreed is how the agreement ends: as the last message that was taken has it.
func (l *laws) agreed(d *draw) {
	switch m := l.amended.(type) {
	case collaboration.Ending:
		if m.When == collaboration.EndNow && !l.ended {
			l.Errorf("its end was taken, and it goes on")
		}
		if m.When == collaboration.EndOfTerm && l.renewed && l.carried().Renews {
			l.Errorf("notice was taken, and it renews again: %+v", l.carried())
		}
		if m.When == collaboration.EndOnDate && l.renewed && l.carried().EndOn != m.On {
			l.Errorf("an end on %s was taken: %+v", m.On, l.carried())
		}
	case collaboration.TakingBack:
		if d.cancelled.IsZero() && (!l.renewed || !l.carried().Renews) {
			l.Errorf("notice was taken back, and it ends")
		}
	}
}

func (l *laws) carried() collaboration.Agreement {
	return *l.scene.continued().Carried.Standing.Agreement
}
