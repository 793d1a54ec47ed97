package durability_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/harness/faulty"
	"countersign/dev/stack"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

const (
	// concurrentSenders stays below Temporal's limit of ten Updates in progress.
	concurrentSenders = 8
	// oneSignalIn is how many messages contain one Signal. The others are Updates.
	oneSignalIn = 5
)

// messagePhase is a state in which an execution gets many messages.
type messagePhase struct {
	name string
	// reach brings the activation into the state and returns when the workflow waits.
	reach func(*signalled)
	// rejected is set if the state allows no command.
	rejected bool
	// leave ends the phase and returns the state that the activation must reach.
	leave func(*signalled) collaboration.State
}

// An execution that gets thousands of messages continues as new in every state. Each
// Update is answered, each accepted command is recorded once, and no history grows far
// beyond the number of events from which Temporal suggests continue-as-new.
func TestManyMessages_AreAllAnswered(t *testing.T) {
	t.Parallel()
	// A history may exceed the suggestion by the messages that arrive before the execution
	// can continue as new.
	messages, maxEvents, use := 200, 2*harness.ShortHistory, harness.UseShortHistories
	if rehearsal.Enabled {
		// Temporal suggests it from 4096 events on, and accepts 2000 Updates of an execution.
		messages, maxEvents, use = 3000, 5000, harness.UseEmbedded
	}
	phases := []messagePhase{
		{name: "activating, while a step is retried", reach: whileInviting.prepare, leave: func(s *signalled) collaboration.State {
			s.failures.Recover(s.id, "SendInvitation")
			s.AwaitState(s.id, collaboration.AwaitingApproval)
			s.mustUpdate(s.to.approve())
			return collaboration.Active
		}},
		{name: "awaiting approval", reach: (*signalled).invite, leave: func(s *signalled) collaboration.State {
			s.mustUpdate(s.to.approve())
			return collaboration.Active
		}},
		{name: "active", reach: (*signalled).startAgreement, leave: func(s *signalled) collaboration.State {
			s.mustUpdate(s.to.endNow())
			return collaboration.Ended
		}},
		{name: "closing, while a compensation is retried", rejected: true, reach: func(s *signalled) {
			s.invite()
			s.failures.Fail(s.id, "RemoveAdministrator")
			harness.NoError(s.T, s.signal(s.to.decline()))
			s.awaitRetries()
		}, leave: func(s *signalled) collaboration.State {
			s.failures.Recover(s.id, "RemoveAdministrator")
			return collaboration.Declined
		}},
	}
	d := harness.OpenDirectClientWith(t, len(phases), func(o *stack.Options) { use(t, o) })
	failures := &faulty.Steps{}
	t.Cleanup(d.RunWorkerWith(&external.RecordingMailer{}, failures))
	for _, p := range phases {
		order := d.Order()
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := &signalled{DirectClient: d.For(t), order: order, id: order.Activation, to: commandsTo(order.Activation), failures: failures}
			p.reach(s)
			before := strings.Count(harness.Actions(s.Activation(s.id)), string(collaboration.ActionChanged))
			accepted := s.sendMany(messages, p.rejected)
			want := p.leave(s)
			s.AwaitState(s.id, want)
			awaitWaiting(s.DirectClient, s.id)
			if got := strings.Count(harness.Actions(s.Activation(s.id)), string(collaboration.ActionChanged)) - before; got != accepted {
				t.Errorf("%d changes are recorded, and %d were accepted", got, accepted)
			}
			wantRecorded(s.DirectClient, s.id)
			s.wantBounded(maxEvents)
		})
	}
}

// sendMany sends changes to the activation and returns how many were accepted: all of
// them, or none if they must be rejected.
func (s *signalled) sendMany(messages int, isRejected bool) (accepted int) {
	task := s.order.TaskID
	var next, failed atomic.Int64
	harness.Concurrently(concurrentSenders, func(int) harness.Answer {
		for n := next.Add(1); n <= int64(messages); n = next.Add(1) {
			c, ctx := s.to.changeTask(task), eventually.Context(s.T)
			var err error
			if isSignal := n%oneSignalIn == 0; isSignal {
				err = c.signal(ctx, s.Client)
			} else if err = c.update(ctx, s.Client); isRejected {
				err = wantRejected(err)
			}
			if err != nil && failed.Add(1) == 1 {
				s.T.Errorf("message %d is not answered: %v", n, err)
			}
		}
		return harness.Answer{}
	})
	if n := failed.Load(); n > 0 {
		s.T.Errorf("%d of %d messages are not answered", n, messages)
	}
	if isRejected {
		return 0
	}
	return messages - int(failed.Load())
}

// wantBounded checks the length of every execution's history.
func (s *signalled) wantBounded(maxEvents int) {
	var events []int
	for _, run := range s.Runs(s.id) {
		events = append(events, len(s.History(s.id, run).Events))
	}
	s.T.Logf("%d executions with %v events", len(events), events)
	if longest := slices.Max(events); longest > maxEvents {
		s.T.Errorf("a history has %d events, want at most %d", longest, maxEvents)
	}
}
