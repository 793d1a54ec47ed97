package workflows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// suggestContinueAsNew makes the environment suggest a continue-as-new after some time.
func (s *scene) suggestContinueAsNew(after time.Duration) {
	s.after(after, func() { s.env.SetContinueAsNewSuggested(true) })
}

// A continue-as-new in any phase does not change the course of the activation.
func TestContinueAsNew_InEveryPhase(t *testing.T) {
	t.Parallel()
	unavailable := firstly(8, collaboration.CodeUnavailable)
	phases := map[string]struct {
		at      time.Duration
		prepare func(*scene)
		want    []string // without repeats of a failed activity
	}{
		"provisioning": {10 * time.Second, func(s *scene) {
			s.backend.fail["activate solution"] = unavailable
		}, []string{"check task", "activate solution", "mail", "invited", "deactivate solution", "close"}},
		"mailing the first invitation": {10 * time.Second, func(s *scene) {
			s.backend.fail["mail"] = unavailable
		}, []string{"check task", "activate solution", "mail failed", "mail", "invited", "deactivate solution", "close"}},
		"awaiting the decision": {5 * day, func(s *scene) {
			s.after(6*day, func() { s.update("u-2", s.change("c-2", collaboration.Change{TaskID: "t-2"})) })
			s.approveAfter(8 * day)
			s.after(20*day, func() { s.update("e-1", s.ending("e-1", collaboration.EndNow)) })
		}, []string{"check task", "activate solution", "mail", "invited", "change", "approve", "start agreement", "end"}},
		"storing a change": {day + 10*time.Second, func(s *scene) {
			s.backend.fail["change"] = unavailable
			s.after(day, func() { s.update("u-1", s.change("c-1", collaboration.Change{TaskID: "t-2"})) })
		}, []string{"check task", "activate solution", "mail", "invited", "change", "deactivate solution", "close"}},
		"mailing again": {day + 10*time.Second, func(s *scene) {
			s.backend.fail["mail"] = func(n int) error {
				if n == 1 {
					return nil
				}
				return unavailable(n - 1)
			}
			s.after(day, func() {
				s.update("u-1", message.Command{Kind: collaboration.CommandResend, ID: "r-1", Activation: s.order.Activation, By: "emp-2"})
			})
		}, []string{"check task", "activate solution", "mail", "invited", "mail failed", "mail", "invited", "deactivate solution", "close"}},
		"storing the approval": {day + 10*time.Second, func(s *scene) {
			s.backend.fail["approve"] = unavailable
			s.approveAfter(day)
			s.after(20*day, func() { s.update("e-1", s.ending("e-1", collaboration.EndNow)) })
		}, []string{"check task", "activate solution", "mail", "invited", "approve", "start agreement", "end"}},
		"waiting for the start": {20 * day, func(s *scene) {
			s.order.Period = collaboration.Period{Start: collaboration.ChosenMonth, Month: day2027(time.June, 1)}
			s.approveAfter(day)
			s.after(21*day, func() { s.update("e-1", s.ending("e-1", collaboration.EndOfTerm)) })
		}, []string{"check task", "activate solution", "mail", "invited", "approve", "notice_given", "start agreement", "end"}},
		"starting the agreement": {day + 10*time.Second, func(s *scene) {
			s.backend.fail["start agreement"] = unavailable
			s.approveAfter(day)
			s.after(20*day, func() { s.update("e-1", s.ending("e-1", collaboration.EndNow)) })
		}, []string{"check task", "activate solution", "mail", "invited", "approve", "start agreement", "end"}},
		"the term": {20 * day, func(s *scene) {
			s.approveAfter(day)
			s.after(21*day, func() { s.update("e-1", s.ending("e-1", collaboration.EndOfTerm)) })
		}, []string{"check task", "activate solution", "mail", "invited", "approve", "start agreement", "notice_given", "end"}},
		"compensating": {day + 10*time.Second, func(s *scene) {
			s.backend.fail["deactivate solution"] = unavailable
			s.after(day, func() { s.update("u-1", s.decision("d-1", collaboration.Decline)) })
		}, []string{"check task", "activate solution", "mail", "invited", "deactivate solution", "close"}},
		"ending": {20*day + 10*time.Second, func(s *scene) {
			s.backend.fail["end"] = unavailable
			s.approveAfter(day)
			s.after(20*day, func() { s.update("e-1", s.ending("e-1", collaboration.EndNow)) })
		}, []string{"check task", "activate solution", "mail", "invited", "approve", "start agreement", "end"}},
	}
	for name, p := range phases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.OnPlatform)
			p.prepare(s)
			s.suggestContinueAsNew(p.at)
			s.run()
			did := slices.Compact(slices.DeleteFunc(slices.Clone(s.backend.did), func(c string) bool { return c == "open" || c == "begin mail" || strings.HasPrefix(c, "notification ") }))
			if !slices.Equal(withoutRepeatedProvisioning(did), p.want) {
				t.Errorf("did\n%q, want\n%q", did, p.want)
			}
			if s.executions < 2 || s.executions > 4 {
				t.Errorf("%d executions", s.executions)
			}
		})
	}
}

// withoutRepeatedProvisioning removes the steps that were repeated after a continue-as-new
// during provisioning. They are idempotent.
func withoutRepeatedProvisioning(did []string) []string {
	for len(did) > 1 && did[0] == "check task" && slices.Contains(did[1:], "check task") {
		did = did[1:]
	}
	return did
}

// The timeout of provisioning includes all executions, and the delays that providers request.
func TestProvisioning_FailsAfterADay(t *testing.T) {
	t.Parallel()
	for name, suggest := range map[string]bool{"in one execution": false, "continued as new": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.OnPlatform)
			s.backend.fail["activate solution"] = func(int) error {
				return &collaboration.Error{Code: collaboration.CodePlatformUnavailable, RetryAfter: 20 * day}
			}
			if suggest {
				s.suggestContinueAsNew(10 * time.Hour)
				s.after(10*time.Hour+time.Second, func() { s.send(s.change("c-1", collaboration.Change{TaskID: "t-2"})) })
			}
			s.run()
			if took := s.env.Now().Sub(requestedAt); took < day || took > day+time.Minute {
				t.Errorf("it failed after %s, want one day", took)
			}
			if c := s.backend.closing; c.State != collaboration.Failed || c.Code != collaboration.CodePlatformUnavailable {
				t.Errorf("closed as %s (%s)", c.State, c.Code)
			}
		})
	}
}

// A cancelled activation ends as cancelled, even if the next execution completes its
// compensation.
func TestContinueAsNew_KeepsTheCancellation(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["deactivate solution"] = firstly(8, collaboration.CodeUnavailable)
	s.after(day, func() { s.env.CancelWorkflow() })
	s.suggestContinueAsNew(day + 10*time.Second)
	s.run()
	if s.backend.closing.State != collaboration.Withdrawn || !temporal.IsCanceledError(s.env.GetWorkflowError()) {
		t.Errorf("closed as %s, %v", s.backend.closing.State, s.env.GetWorkflowError())
	}
}

// Temporal suggests a continue-as-new while the last Updates are handled. Each is answered,
// and its effect is stored.
func TestContinueAsNew_AnswersUpdatesFirst(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["change"] = firstly(1, collaboration.CodeUnavailable)
	s.suggestContinueAsNew(day + 500*time.Millisecond) // while the first is retried
	var replies []*reply
	s.after(day, func() {
		for _, id := range []string{"a", "b", "c"} {
			replies = append(replies, s.update("u-"+id, s.change("c-"+id, collaboration.Change{TaskID: "t-" + id})))
		}
		s.signal(s.change("c-d", collaboration.Change{TaskID: "t-d"}))
	})
	s.run()
	for i, r := range replies {
		if !r.answered || r.err != nil {
			t.Errorf("Update %d: %+v", i, r)
		}
	}
	var tasks []string
	for _, c := range s.backend.changes {
		tasks = append(tasks, c.Change.TaskID)
	}
	if want := []string{"t-a", "t-b", "t-c", "t-d"}; !slices.Equal(slices.Compact(tasks), want) { // the first was retried
		t.Errorf("stored %q, want %q", tasks, want)
	}
}

// The state has the ids of the latest processed commands, up to a limit.
func TestState_HasLatestProcessedCommands(t *testing.T) {
	t.Parallel()
	var s message.State
	id := func(n int) string { return time.Duration(n).String() }
	for n := range 5000 {
		s.MarkProcessed(id(n))
	}
	if len(s.Processed) != 1000 || !s.HasProcessed(id(4999)) || !s.HasProcessed(id(4000)) || s.HasProcessed(id(3999)) {
		t.Errorf("%d ids, from %s", len(s.Processed), s.Processed[0])
	}
}
