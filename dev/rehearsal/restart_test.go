package rehearsal_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/dev/stack"
	"countersign/internal/rehearsal"
)

var restarts = flag.Int("restarts", 4, "how often TestStack_KilledAtRandom kills the stack")

// The process of a whole stack is killed at random moments during activations and
// customers' answers. Every accepted activation and every accepted answer
// exists once after the restart, and each activation reaches its expected state.
// Requests without an answer can be repeated.
func TestStack_KilledAtRandom(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	t.Logf("repeat these moments with -restarts %d -seed %d", *restarts, faultSeed())
	random := rand.New(rand.NewPCG(faultSeed(), 0))
	dir := t.TempDir()
	const each = 6

	c := harness.StartChild(t, harness.ChildSpec{Dir: dir})
	o := c.Office()
	lifetimes, _ := load.Lifetimes(o, *restarts*each)
	// If Temporal is killed while it registers its first worker, the worker gets no
	// tasks for a minute, and the other kills would interrupt nothing.
	lifetimes[0].Advance(o, nil)
	o.AwaitState(lifetimes[0].ID, collaboration.AwaitingApproval)
	for round := range *restarts {
		var wg sync.WaitGroup
		mails := load.MailsInInbox(t, dir)
		for _, l := range lifetimes[:(round+1)*each] {
			wg.Go(func() { l.Advance(o, mails) })
		}
		// The logarithm of the time is uniform between 50 ms and 3.2 s: short times
		// are as likely as long ones.
		time.Sleep(time.Duration(50 * math.Pow(64, random.Float64()) * float64(time.Millisecond)))
		c.Kill()
		wg.Wait()
		c = harness.StartChild(t, harness.ChildSpec{Dir: dir})
		o = c.Office()
	}
	accepted, answered := 0, 0
	for _, l := range lifetimes {
		if l.ID != "" {
			accepted++
		}
		if l.Answered {
			answered++
		}
	}
	t.Logf("before the last of %d kills, %d of %d activations were accepted and %d customers had answered", *restarts, accepted, len(lifetimes), answered)

	load.CheckLifetimes(t, o, dir, lifetimes)
}

// SIGKILL ends the worker before and after each step of each path. After a step,
// its transaction is committed and Temporal does not have its result. Another
// worker then completes every activation, and each effect exists once.
func TestCrash_AtEveryStep(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	dir := t.TempDir()
	o := harness.StartStack(t, func(_ *testing.T, options *stack.Options) { options.Dir, options.NoWorker = dir, true })
	o.ImportCustomers(40)
	s := &harness.CrashScenario{T: t, O: o, Dir: dir}

	for _, step := range []string{"CheckTask", "ActivateSolution", "CreateAdministrator", "mail", "SendInvitation"} {
		s.KillAround(step, func() { s.Begin() })
	}
	s.TakeOver()
	pending := slices.Clone(s.All)

	next := func() *harness.CrashedActivation { c := pending[0]; pending = pending[1:]; return c }
	s.KillAround("StartAgreement", func() { s.Answer(next(), harness.AnswerApproved) })
	for _, step := range []string{"RemoveAdministrator", "DeactivateSolution", "CloseActivation"} {
		s.KillAround(step, func() { s.Answer(next(), harness.AnswerDeclined) })
	}
	s.TakeOver()

	active := slices.DeleteFunc(slices.Clone(s.All), func(c *harness.CrashedActivation) bool { return c.Answer != harness.AnswerApproved })
	s.KillAround("EndCollaboration", func() { c := active[0]; active = active[1:]; s.End(c) })
	s.TakeOver()
	for _, c := range s.All {
		s.Check(c)
	}
	s.CheckMails()
}
