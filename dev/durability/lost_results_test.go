package durability_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/dev/stack"
)

// A worker is killed after it sends the invitation and before Temporal has the result
// of any local activity. A command then waits for the next worker, which handles it
// before it runs the steps again. The command takes effect once, and a decline
// compensates the killed worker's changes.
func TestHistories_CommandsAfterLostResults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := harness.StartStack(t, func(_ *testing.T, options *stack.Options) { options.Dir, options.NoWorker = dir, true })
	const invited = "requested task_checked solution_activated administrator_created invitation_queued invitation_sent"
	const compensated = " administrator_removed solution_deactivated closed"
	commands := []struct {
		name string
		send func(*harness.CrashScenario, *harness.CrashedActivation)
		want collaboration.State
		then string // the actions after the invitation
	}{
		{"approved", func(s *harness.CrashScenario, c *harness.CrashedActivation) { s.Answer(c, harness.AnswerApproved) }, collaboration.Active, " approved agreement_started"},
		{"declined", func(s *harness.CrashScenario, c *harness.CrashedActivation) { s.Answer(c, harness.AnswerDeclined) }, collaboration.Declined, compensated},
		{"withdrawn", func(s *harness.CrashScenario, c *harness.CrashedActivation) {
			s.Signal(c, message.Command{Kind: collaboration.CommandWithdraw, ID: "w", Activation: c.ID, By: "emp-maja"})
		}, collaboration.Withdrawn, compensated},
		{"cancelled", func(s *harness.CrashScenario, c *harness.CrashedActivation) { o.Cancel(c.ID) }, collaboration.Withdrawn, compensated},
		{"approved and ended", func(s *harness.CrashScenario, c *harness.CrashedActivation) {
			s.Answer(c, harness.AnswerApproved)
			s.Signal(c, message.Command{Kind: collaboration.CommandEnd, ID: "e", Activation: c.ID, End: &message.End{When: collaboration.EndNow}, By: "emp-maja"})
		}, collaboration.Ended, " approved agreement_started collaboration_ended"},
	}
	o.ImportCustomers(len(commands))
	s := &harness.CrashScenario{T: t, O: o, Dir: dir}
	lost := harness.ChildSpec{Role: "worker", Dir: dir, Temporal: o.TemporalAddress(), CrashAt: map[string]string{}}
	for range commands {
		s.Begin()
		lost.CrashAt[s.All[len(s.All)-1].ID.WorkflowID()] = "SendInvitation after"
	}
	harness.StartChild(t, lost).AwaitKilled("the invitations are sent")
	for i, c := range commands {
		c.send(s, s.All[i])
	}
	harness.StartChild(t, harness.ChildSpec{Role: "worker", Dir: dir, Temporal: o.TemporalAddress()})
	for i, c := range commands {
		if c.want != collaboration.Active {
			record(o, s.All[i].ID, "crashed_then_"+strings.ReplaceAll(c.name, " ", "_"))
		}
		if got := harness.Actions(o.AwaitState(s.All[i].ID, c.want)); got != invited+c.then {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, invited+c.then)
		}
	}
	s.CheckMails()
}
