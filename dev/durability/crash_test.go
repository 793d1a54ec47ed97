package durability_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/stack"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

// crashCase is a command that arrives after a worker crashed. The worker had committed
// a step, and Temporal does not have its result.
type crashCase struct {
	cause   crashCause
	step    string
	command string // a key of crashCommands
	by      string // "Update" or "Signal"
}

// crashCause makes an execution run steps.
type crashCause struct {
	name  string
	stage signalStage
	// happen runs without a worker; the next worker runs the steps.
	happen func(*signalled)
	steps  []string
}

func (s *signalled) mustSignal(c command) {
	s.T.Helper()
	harness.NoError(s.T, s.signal(c))
}

// passDeadline moves the clock to the next timer and waits until it has fired.
func (s *signalled) passDeadline() {
	fired := func() (n int) {
		for _, e := range s.History(s.id, "").Events {
			if e.EventType == enums.EVENT_TYPE_TIMER_FIRED {
				n++
			}
		}
		return n
	}
	before := fired()
	s.FastForward(s.id, s.stage.deadline(s.Activation(s.id)).Add(-time.Second))
	eventually.True(s.T, "the timer has fired", func() bool { return fired() > before })
}

// crashCauses has every step of an activation.
func crashCauses() []crashCause {
	invited := signalStage{prepare: (*signalled).invite}
	requested := signalStage{prepare: func(*signalled) {}}
	running := signalStage{prepare: (*signalled).startAgreement}
	closing := []string{"RemoveAdministrator", "DeactivateSolution", "CloseActivation"}
	sends := func(c func(commandsTo) command) func(*signalled) {
		return func(s *signalled) { s.mustSignal(c(s.to)) }
	}
	return []crashCause{
		{"request", requested, func(s *signalled) { s.MustStart(s.order) }, []string{"CheckTask", "ActivateSolution", "CreateAdministrator", "SendInvitation"}},
		{"cancellation", invited, (*signalled).cancel, closing},
		{"expiry", beforeExpiry, (*signalled).passDeadline, append(slices.Clone(closing), "SendNotification")},
		{"decline", invited, sends(commandsTo.decline), append(slices.Clone(closing), "SendNotification")},
		{"withdrawal", invited, sends(commandsTo.withdraw), closing},
		{"approval", invited, sends(commandsTo.approve), []string{"StartAgreement", "SendNotification"}},
		{"resend", invited, sends(commandsTo.resend), []string{"SendInvitation"}},
		{"correction", invited, func(s *signalled) { s.mustSignal(s.to.correct("right-" + string(s.id) + "@direct.example")) }, []string{"CorrectAddress", "SendInvitation"}},
		{"change", invited, sends(commandsTo.pauseReminders), []string{"ChangeActivation"}},
		{"reminder", beforeReminder, (*signalled).passDeadline, []string{"SendNotification"}},
		{"notice", running, sends(commandsTo.endOfTerm), []string{"RecordAgreement", "SendNotification"}},
		{"end", running, sends(commandsTo.endNow), []string{"EndCollaboration", "SendNotification"}},
		{"renewal", beforeTermEnds, (*signalled).passDeadline, []string{"RenewAgreement"}},
		{"end of the term", afterNotice, (*signalled).passDeadline, []string{"EndCollaboration", "SendNotification"}},
	}
}

// crashCommands are sent after the crash.
var crashCommands = map[string]func(commandsTo) command{
	"approve": commandsTo.approve, "decline": commandsTo.decline, "withdraw": commandsTo.withdraw, "resend": commandsTo.resend,
	"pause reminders": commandsTo.pauseReminders, "end": commandsTo.endNow, "give notice": commandsTo.endOfTerm, "revoke notice": commandsTo.revokeNotice,
}

// knownCrashes are the cases in which an execution once contradicted the database: a
// timer or a cancellation had caused the step, and no event of the history had the step.
var knownCrashes = []string{
	"cancellation, CloseActivation, approve", "expiry, CloseActivation, approve", "expiry, SendNotification, approve",
	"end of the term, EndCollaboration, revoke notice", "renewal, RenewAgreement, give notice", "renewal, RenewAgreement, end",
}

// crashCases has the known crashes, or all combinations.
func crashCases(all bool) (cases []crashCase) {
	for _, cause := range crashCauses() {
		for _, step := range cause.steps {
			for _, name := range slices.Sorted(maps.Keys(crashCommands)) {
				for _, by := range []string{"Update", "Signal"} {
					c := crashCase{cause: cause, step: step, by: by, command: name}
					if all || slices.Contains(knownCrashes, fmt.Sprintf("%s, %s, %s", cause.name, step, name)) {
						cases = append(cases, c)
					}
				}
			}
		}
	}
	return cases
}

func (c crashCase) String() string {
	return fmt.Sprintf("%s after %s of %s by %s", c.command, c.step, c.cause.name, c.by)
}

// A worker is killed after a step's commit and before Temporal has the step's result.
// The command that arrives next takes effect in the execution and in the database, or in
// neither, and no mail is sent twice.
func TestCrash_ExecutionAndDatabaseAgree(t *testing.T) {
	t.Parallel()
	const executions = 80 // of one crash
	for cases := range slices.Chunk(crashCases(rehearsal.Enabled), executions) {
		t.Run("from "+cases[0].String(), func(t *testing.T) {
			t.Parallel()
			runCrashCases(t, harness.OpenDirectClientWith(t, len(cases), func(*stack.Options) {}), cases)
		})
	}
}

// crashed is the activation of a crashCase.
type crashed struct {
	crashCase
	*signalled
	answer chan error // of an Update
}

func runCrashCases(t *testing.T, d *harness.DirectClient, cases []crashCase) {
	t.Helper()
	mailer, all := &external.RecordingMailer{}, make([]*crashed, len(cases))
	spec := harness.ChildSpec{Role: "worker", Dir: d.Dir, Temporal: d.TemporalAddress(), CrashAt: map[string]string{}}
	for i, c := range cases {
		order := d.Order()
		s := &signalled{signalCase: signalCase{name: c.String(), stage: c.cause.stage}, order: order, id: order.Activation, to: commandsTo(order.Activation)}
		all[i] = &crashed{c, s, make(chan error, 1)}
		spec.CrashAt[s.id.WorkflowID()] = c.step + " after"
	}
	each := func(phase string, do func(*crashed)) bool {
		return t.Run(phase, func(t *testing.T) {
			for _, c := range all {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.DirectClient = d.For(t)
					do(c)
				})
			}
		})
	}
	stop := d.RunWorkerWith(mailer)
	isPrepared := each("prepare", func(c *crashed) {
		c.stage.prepare(c.signalled)
		if c.cause.name != "request" {
			awaitWaiting(c.DirectClient, c.id)
		}
	})
	stop()
	if !isPrepared || !each("cause", func(c *crashed) { c.cause.happen(c.signalled) }) {
		return
	}
	harness.StartChild(t, spec).AwaitKilled("the steps of the cases")

	for _, c := range all {
		send := crashCommands[c.crashCase.command](c.to)
		if c.by == "Signal" {
			// An execution closes without its last mail if the mail server holds it for long.
			var closed *serviceerror.NotFound
			if err := send.signal(t.Context(), d.Client); err != nil && !errors.As(err, &closed) {
				t.Fatal(err)
			}
			continue
		}
		go func() { c.answer <- send.update(eventually.Context(t), d.Client) }()
	}
	d.StartWorker()
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			c.DirectClient = d.For(t)
			c.wantConsistent(mailer)
		})
	}
}

// wantConsistent waits until the execution waits or has closed, and checks it, the
// database, the mails and the answer to an Update.
func (c *crashed) wantConsistent(mailer *external.RecordingMailer) {
	var answer error
	if c.by == "Update" {
		answer = eventually.Receive(c.T, "the Update is answered", c.answer)
	}
	awaitWaiting(c.DirectClient, c.id)
	wantRecorded(c.DirectClient, c.id)
	c.CheckAudit(c.id)
	a := c.Activation(c.id)
	if effect := crashEffects[c.crashCase.command]; c.by == "Update" && answer == nil && !effect(a) {
		c.T.Errorf("the command was answered without an error, and has no effect: the activation is %s after %s", a.State, harness.Actions(a))
	}
	sent := c.SentByChildren()
	for _, m := range c.Deliveries(c.id) {
		if n := mailer.Sent(m.ID) + sent[m.ID]; n > 1+m.Unknown {
			c.T.Errorf("the mail %s was sent %d times", m.Kind, n)
		}
	}
}

// crashEffects report whether the database has the effect of a command.
var crashEffects = map[string]func(rest.ActivationView) bool{
	"approve": func(a rest.ActivationView) bool {
		return a.Decision != nil && a.Decision.Outcome == collaboration.Approve
	},
	"decline":         func(a rest.ActivationView) bool { return a.State == collaboration.Declined },
	"withdraw":        func(a rest.ActivationView) bool { return a.State == collaboration.Withdrawn },
	"resend":          func(a rest.ActivationView) bool { return a.Invitation != nil && a.Invitation.Generation > 1 },
	"pause reminders": harness.HasHappened(collaboration.ActionChanged),
	"end":             func(a rest.ActivationView) bool { return a.State == collaboration.Ended },
	"give notice":     func(a rest.ActivationView) bool { return a.Agreement != nil && !a.Agreement.Renews },
	"revoke notice":   harness.HasHappened(collaboration.ActionNoticeRevoked),
}
