package e2e_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/dev/stack"
)

// The worker is killed when the invitation is out and the engine knows nothing
// of any step. What is answered then waits for the next worker, which takes it
// before it goes through the steps again: it counts, once, and what the killed
// worker had made is undone where the answer is no.
func TestHistoriesOfAnswersBeforeTheStepsAreRepeated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := start(t, func(_ *testing.T, options *stack.Options) { options.Dir, options.NoWorker = dir, true })
	const made = "requested task_checked solution_activated administrator_created invitation_queued invitation_sent"
	const undone = " administrator_removed solution_deactivated closed"
	messages := []struct {
		name string
		send func(*crashScene, *crashed)
		want collaboration.State
		then string
	}{
		{"approved", func(s *crashScene, c *crashed) { s.answer(c, approved) }, collaboration.Active, " agreement_started"},
		{"declined", func(s *crashScene, c *crashed) { s.answer(c, declined) }, collaboration.Declined, undone},
		{"withdrawn", func(s *crashScene, c *crashed) {
			s.signal(c, collaboration.WithdrawMessage, collaboration.Withdrawal{ID: "w", Activation: c.id, By: "emp-maja"})
		}, collaboration.Withdrawn, undone},
		{"cancelled", func(s *crashScene, c *crashed) { o.cancel(c.id) }, collaboration.Withdrawn, undone},
		{"approved and ended", func(s *crashScene, c *crashed) {
			s.answer(c, approved)
			s.signal(c, collaboration.EndMessage, collaboration.Ending{ID: "e", Activation: c.id, When: collaboration.EndNow, By: "emp-maja"})
		}, collaboration.Ended, " agreement_started collaboration_ended"},
	}
	o.importCustomers(len(messages))
	s := &crashScene{t: t, o: o, dir: dir}
	for range messages {
		const point = "SendInvitation after"
		worker := startChild(t, childOrder{Role: "worker", Dir: dir, Engine: o.at.Engine, Crash: point})
		s.begin()
		worker.awaitDeath(point)
	}
	for i, m := range messages {
		m.send(s, s.all[i])
	}
	startChild(t, childOrder{Role: "worker", Dir: dir, Engine: o.at.Engine})
	for i, m := range messages {
		if m.want != collaboration.Active {
			o.record(s.all[i].id, "crashed_then_"+strings.ReplaceAll(m.name, " ", "_"))
		}
		if got := actions(o.await(s.all[i].id, m.want)); got != made+m.then {
			t.Errorf("%s\n got %s\nwant %s", m.name, got, made+m.then)
		}
	}
	s.checkMails()
}

func (s *crashScene) signal(c *crashed, name string, message any) {
	s.t.Helper()
	engine := s.o.engine()
	defer engine.Close()
	if err := engine.SignalWorkflow(s.t.Context(), c.id.WorkflowID(), "", name, message); err != nil {
		s.t.Fatal(err)
	}
}
