package durability_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/harness/faulty"
	"countersign/dev/stack"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
	"countersign/starter"
)

// signalCase is a command that Temporal has in the history before another event. One
// workflow task delivers both to the workflow.
type signalCase struct {
	name    string
	stage   signalStage
	command func(commandsTo, rest.ActivationView) command
	// send is how the command is sent; nil sends a Signal.
	send func(*signalled, command) error
	// follow makes the other event happen, which has the type event.
	follow func(*signalled)
	event  enums.EventType

	// The result: the state, the recorded actions after those of the stage, and the
	// kinds of the mails.
	state          collaboration.State
	actions, mails string
	// check describes another problem of the result; nil checks nothing.
	check func(rest.ActivationView) string
}

// signalStage brings an activation to where a signalCase sends its command.
type signalStage struct {
	// prepare runs while a worker runs, and returns when the workflow waits.
	prepare func(*signalled)
	// deadline is when the workflow's next timer fires; nil for cases without one.
	deadline func(rest.ActivationView) time.Time
	actions  string // recorded after the invitation
}

// signalled is the activation of a signalCase.
type signalled struct {
	signalCase
	*harness.DirectClient
	order    collaboration.Order
	id       collaboration.ActivationID
	failures *faulty.Steps
	to       commandsTo
	// isLate is set if the other event is not the one after the command.
	isLate bool
}

var (
	// beforeExpiry awaits the customer's answer without reminders.
	beforeExpiry = signalStage{
		prepare: func(s *signalled) {
			s.invite()
			s.mustUpdate(s.to.pauseReminders())
		},
		deadline: func(a rest.ActivationView) time.Time { return a.Invitation.ExpiresAt },
		actions:  " changed",
	}
	// beforeReminder awaits the customer's answer; a reminder is next.
	beforeReminder = signalStage{
		prepare: (*signalled).invite,
		deadline: func(a rest.ActivationView) time.Time {
			return collaboration.CurrentRules().Reminders(a.Invitation.ExpiresAt)[0].At
		},
	}
	// beforeTermEnds has an agreement in its first term. Both parties are notified of its end.
	beforeTermEnds = signalStage{
		prepare:  func(s *signalled) { s.startAgreement(); s.passNotice() },
		deadline: endOfTermOf,
		actions:  " approved agreement_started",
	}
	// afterNotice is beforeTermEnds with notice.
	afterNotice = signalStage{
		prepare: func(s *signalled) {
			s.startAgreement()
			s.mustUpdate(s.to.endOfTerm())
			s.passNotice()
		},
		deadline: endOfTermOf,
		actions:  " approved agreement_started notice_given",
	}
	// whileInviting retries the activity that sends the invitation.
	whileInviting = signalStage{
		prepare: func(s *signalled) {
			s.failures.Fail(s.order.Activation, "SendInvitation")
			s.id = s.MustStart(s.order)
			s.awaitRetries()
		},
	}
	// whileRenewing retries the activity that renews the agreement.
	whileRenewing = signalStage{
		prepare: func(s *signalled) {
			s.startAgreement()
			s.failures.Fail(s.id, "RenewAgreement")
			// The clock stops a little after the term's end, so that the interval
			// between two attempts stays short.
			s.FastForward(s.id, endOfTermOf(s.Activation(s.id)).Add(time.Second))
			s.awaitRetries()
		},
		actions: " approved agreement_started",
	}
)

func endOfTermOf(a rest.ActivationView) time.Time { return a.Agreement.EndsOn.Start() }

// signalCases has every kind of command, and every event that a command can precede.
func signalCases() []signalCase {
	const (
		timer       = enums.EVENT_TYPE_TIMER_FIRED
		cancelled   = enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED
		completed   = enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
		compensated = " administrator_removed solution_deactivated closed"
		again       = " invitation_queued invitation_sent"
	)
	approve := func(to commandsTo, _ rest.ActivationView) command { return to.approve() }
	decline := func(to commandsTo, _ rest.ActivationView) command { return to.decline() }
	withdraw := func(to commandsTo, _ rest.ActivationView) command { return to.withdraw() }
	endNow := func(to commandsTo, _ rest.ActivationView) command { return to.endNow() }
	generation2 := func(a rest.ActivationView) string {
		if a.Invitation.Generation != 2 {
			return fmt.Sprintf("generation %d, want 2", a.Invitation.Generation)
		}
		return ""
	}
	inTerm := func(term, months int, renews bool) func(rest.ActivationView) string {
		return func(a rest.ActivationView) string {
			if g := a.Agreement; g.Term != term || g.Months != months || g.Renews != renews {
				return fmt.Sprintf("agreement %+v, want term %d of %d months, renews %t", *g, term, months, renews)
			}
			return ""
		}
	}
	return []signalCase{
		{name: "approval before expiry", stage: beforeExpiry, command: approve, event: timer,
			state: collaboration.Active, actions: " approved agreement_started", mails: "approved approved invitation"},
		{name: "approval by the starter before expiry", stage: beforeExpiry, command: approve, send: decideWithoutWorker, event: timer,
			state: collaboration.Active, actions: " approved agreement_started", mails: "approved approved invitation"},
		{name: "decline before expiry", stage: beforeExpiry, command: decline, event: timer,
			state: collaboration.Declined, actions: compensated, mails: "declined declined invitation"},
		{name: "withdrawal before expiry", stage: beforeExpiry, command: withdraw, event: timer,
			state: collaboration.Withdrawn, actions: compensated, mails: "invitation"},
		{name: "resend before expiry", stage: beforeExpiry, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command { return to.resend() },
			state:   collaboration.AwaitingApproval, actions: again, mails: "invitation invitation", check: generation2},
		{name: "correction before expiry", stage: beforeExpiry, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command { return to.correct("right@direct.example") },
			state:   collaboration.AwaitingApproval, actions: " address_corrected" + again, mails: "invitation invitation", check: generation2},
		{name: "forwarding before expiry", stage: beforeExpiry, event: timer,
			command: func(to commandsTo, a rest.ActivationView) command { return to.forward(a.Invitation.AdministratorID) },
			state:   collaboration.AwaitingApproval, actions: " forwarded" + again, mails: "invitation invitation", check: generation2},
		{name: "change of the invoice recipient before expiry", stage: beforeExpiry, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command {
				return to.changeInvoiceRecipient(collaboration.PaidByCustomer)
			},
			state: collaboration.AwaitingApproval, actions: " changed" + again, mails: "invitation invitation", check: generation2},

		{name: "approval before a reminder", stage: beforeReminder, command: approve, event: timer,
			state: collaboration.Active, actions: " approved agreement_started", mails: "approved approved invitation"},
		{name: "pause of reminders before a reminder", stage: beforeReminder, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command { return to.pauseReminders() },
			state:   collaboration.AwaitingApproval, actions: " changed", mails: "invitation"},
		{name: "bounce before a reminder", stage: beforeReminder, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command { return to.reportBounce() },
			state:   collaboration.AwaitingApproval, mails: "bounced invitation"},

		{name: "notice before the end of the term", stage: beforeTermEnds, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command { return to.endOfTerm() },
			state:   collaboration.Ended, actions: " notice_given collaboration_ended",
			mails: "approved approved ended ended invitation notice notice term_ends term_ends", check: inTerm(1, 12, false)},
		{name: "end before the end of the term", stage: beforeTermEnds, command: endNow, event: timer,
			state: collaboration.Ended, actions: " collaboration_ended",
			mails: "approved approved ended ended invitation term_ends term_ends", check: inTerm(1, 12, true)},
		{name: "end on a later day before the end of the term", stage: beforeTermEnds, event: timer,
			command: func(to commandsTo, a rest.ActivationView) command {
				return to.endOn(collaboration.DateOf(endOfTermOf(a).AddDate(0, 0, 60)))
			},
			state: collaboration.Active, actions: " end_set agreement_renewed",
			mails: "approved approved invitation notice notice renewed renewed term_ends term_ends",
			check: func(a rest.ActivationView) string {
				if a.Agreement.Term != 2 || a.Agreement.EndOn.IsZero() {
					return fmt.Sprintf("agreement %+v", *a.Agreement)
				}
				return ""
			}},
		{name: "revoked notice before the end of the term", stage: afterNotice, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command { return to.revokeNotice() },
			state:   collaboration.Active, actions: " notice_revoked agreement_renewed",
			mails: "approved approved invitation notice notice notice_revoked notice_revoked renewed renewed term_ends term_ends", check: inTerm(2, 12, true)},
		{name: "change of the agreement period before the end of the term", stage: beforeTermEnds, event: timer,
			command: func(to commandsTo, _ rest.ActivationView) command { return to.changeMonths(3) },
			state:   collaboration.Active, actions: " change_proposed agreement_renewed", // the customer has not consented
			mails: "approved approved change_proposed invitation renewed renewed term_ends term_ends", check: inTerm(2, 12, true)},

		{name: "approval before a cancellation", stage: beforeReminder, command: approve, follow: (*signalled).cancel, event: cancelled,
			state: collaboration.Ended, actions: " approved agreement_started collaboration_ended", mails: "approved approved ended ended invitation"},
		{name: "decline before a cancellation", stage: beforeReminder, command: decline, follow: (*signalled).cancel, event: cancelled,
			state: collaboration.Declined, actions: compensated, mails: "declined declined invitation"},

		{name: "withdrawal before the invitation is sent", stage: whileInviting, command: withdraw, event: completed,
			state: collaboration.Withdrawn, actions: compensated, mails: "invitation"},
		{name: "end before the agreement is renewed", stage: whileRenewing, command: endNow, event: completed,
			state: collaboration.Ended, actions: " agreement_renewed collaboration_ended",
			mails: "approved approved ended ended invitation renewed renewed term_ends term_ends", check: inTerm(2, 12, true)},
	}
}

// A command that the history has before a timer, a cancellation or the completion of an
// activity takes effect before it, although no worker runs until the history has both.
func TestSignals_CountBeforeTimers(t *testing.T) {
	t.Parallel()
	cases := signalCases()
	runSignalCases(t, harness.OpenDirectClientWith(t, 3*len(cases), func(*stack.Options) {}), cases, nil, (*signalled).wantReplays)
}

// A command that Temporal has accepted takes effect before a timer, although Temporal is
// killed and no worker runs until the timer has fired.
func TestSignals_CountAfterTemporalRestarts(t *testing.T) {
	t.Parallel()
	cases := slices.DeleteFunc(signalCases(), func(c signalCase) bool {
		return c.event != enums.EVENT_TYPE_TIMER_FIRED || !rehearsal.Enabled && c.send == nil
	})
	server := harness.StartTemporalServer(t)
	d := harness.OpenDirectClientWith(t, 3*len(cases), func(o *stack.Options) {
		o.Temporal = stack.Temporal{Address: server.Address, Namespace: "default"}
	})
	runSignalCases(t, d, cases, func() { server.Kill(); server.Start() }, (*signalled).wantReplays)
}

// runSignalCases runs the cases on one stack, because the worker of a stack is away from
// all of them at once. It calls restart, unless it is nil, when Temporal has accepted every
// command, and then for each case with the right result.
//
// A slow machine can let a timer fire before its command is sent. The case then repeats
// with another activation and more time.
func runSignalCases(t *testing.T, d *harness.DirectClient, cases []signalCase, restart func(), then func(*signalled)) {
	t.Helper()
	mailer, failures := &external.RecordingMailer{}, &faulty.Steps{}
	for margin := 3 * time.Second; len(cases) > 0; margin *= 2 {
		all := make([]*signalled, len(cases))
		for i, c := range cases {
			order := d.Order()
			all[i] = &signalled{signalCase: c, order: order, id: order.Activation, to: commandsTo(order.Activation), failures: failures}
		}
		stop := d.RunWorkerWith(mailer, failures)
		isPrepared := eachSignalled(t, d, "prepare", all, (*signalled).prepare)
		stop()
		if !isPrepared || !eachSignalled(t, d, "accept", all, func(s *signalled) { s.accept(margin) }) {
			return
		}
		if restart != nil {
			restart()
		}
		stop = d.RunActivities(mailer)
		for _, s := range all {
			s.DirectClient = d
			s.awaitFollowing()
		}
		stop()
		cases = nil
		stop = d.RunWorkerWith(mailer)
		for _, s := range all {
			if s.isLate {
				cases = append(cases, s.signalCase)
				continue
			}
			t.Run(s.name, func(t *testing.T) {
				s.DirectClient = d.For(t)
				s.wantResult(mailer)
				then(s)
			})
		}
		stop()
	}
}

// eachSignalled runs a phase of all cases in parallel. It reports whether all passed.
func eachSignalled(t *testing.T, d *harness.DirectClient, phase string, all []*signalled, do func(*signalled)) bool {
	t.Helper()
	return t.Run(phase, func(t *testing.T) {
		for _, s := range all {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				s.DirectClient = d.For(t)
				do(s)
			})
		}
	})
}

func (s *signalled) prepare() {
	s.stage.prepare(s)
	if s.event != enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED {
		awaitWaiting(s.DirectClient, s.id)
	}
}

// accept sends the command while no worker runs: margin before the timer, if the case
// has one.
func (s *signalled) accept(margin time.Duration) {
	a := s.Activation(s.id)
	if s.stage.deadline != nil && s.event == enums.EVENT_TYPE_TIMER_FIRED {
		s.FastForward(s.id, s.stage.deadline(a).Add(-margin))
	}
	send := s.send
	if send == nil {
		send = (*signalled).signal
	}
	harness.NoError(s.T, send(s, s.command(s.to, a)))
	if s.follow != nil {
		s.follow(s)
	}
}

func (s *signalled) signal(c command) error { return c.signal(s.T.Context(), s.Client) }

// decideWithoutWorker sends a decision as the API does, with a timeout that always
// expires.
func decideWithoutWorker(s *signalled, c command) error {
	if err := c.sendBy(s.T.Context(), starter.New(s.Client, harness.ShortTimeout)); collaboration.CodeOf(err) != collaboration.CodeOutcomeUnknown {
		return fmt.Errorf("without a worker the answer is %w", err)
	}
	return nil
}

func (s *signalled) cancel() { s.Cancel(s.id) }

// awaitFollowing waits for the other event. The history then has the command before it,
// and no workflow task between them has started; else the case is late.
func (s *signalled) awaitFollowing() {
	eventually.OK(s.T, "the history has "+s.event.String()+" after the Signal", func() error {
		var signals, others []int
		for i, e := range s.History(s.id, "").Events {
			switch e.EventType {
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
				signals = append(signals, i)
			case s.event:
				others = append(others, i)
			case enums.EVENT_TYPE_WORKFLOW_TASK_STARTED:
				others = nil // it came to the workflow before the command
			}
		}
		if len(signals) != 1 || len(others) == 0 {
			return fmt.Errorf("Signals at %v, %s at %v", signals, s.event, others)
		}
		s.isLate = others[0] < signals[0]
		return nil
	})
}

// wantResult waits until the workflow waits or has closed, and checks its status, the
// database and the mails.
func (s *signalled) wantResult(mailer *external.RecordingMailer) {
	awaitWaiting(s.DirectClient, s.id)
	a := s.Activation(s.id)
	want := strings.Join(harness.Scenarios[2].Events, " ") + s.stage.actions + s.actions
	if got := harness.Actions(a); a.State != s.state || got != want {
		s.T.Fatalf("the activation is %s, want %s; the actions are\n     %s\nwant %s", a.State, s.state, got, want)
	}
	if s.check != nil {
		if problem := s.check(a); problem != "" {
			s.T.Error(problem)
		}
	}
	wantRecorded(s.DirectClient, s.id)
	wantMails(s.DirectClient, s.id, mailer, s.mails)
	s.CheckAudit(s.id)
}

// wantReplays checks that the histories of all executions replay.
func (s *signalled) wantReplays() {
	for _, run := range s.Runs(s.id) {
		wantReplay(s.Office, s.History(s.id, run), s.name)
	}
}

// wantRecorded checks that the database has the result of the workflow execution: the
// state, the customer's decision, the agreement and, unless the state is terminal, the
// generation. The execution must be closed exactly if the state is terminal.
func wantRecorded(d *harness.DirectClient, id collaboration.ActivationID) {
	d.T.Helper()
	a := d.Activation(id)
	var status message.Status
	eventually.OK(d.T, "the workflow answers a query", func() (err error) {
		status, err = queryStatus(d.T.Context(), d.Client, id)
		return err
	})
	recorded, kept := string(a.State), string(status.State)
	if a.Decision != nil {
		recorded += " " + string(a.Decision.Outcome)
	}
	if status.Decision != nil {
		kept += " " + string(status.Decision.Outcome)
	}
	if a.Invitation != nil && a.State.IsLive() {
		recorded += fmt.Sprintf(" generation %d", a.Invitation.Generation)
		kept += fmt.Sprintf(" generation %d", status.Generation)
	}
	if g := a.Agreement; g != nil {
		recorded += fmt.Sprintf(" term %d of %d months until %s, renews %t", g.Term, g.Months, g.EndsOn, g.Renews)
	}
	if g := status.Agreement; g != nil {
		kept += fmt.Sprintf(" term %d of %d months until %s, renews %t", g.Term, g.Months, g.EndsOn(), g.Renews)
	}
	if recorded != kept {
		d.T.Errorf("the database has  %s\nthe workflow has  %s", recorded, kept)
	}
	if isLive := a.State.IsLive(); isLive != isRunning(describe(d, id)) {
		d.T.Errorf("the activation is %s, and the execution is running: %t", a.State, !isLive)
	}
}

// wantMails waits for the mails of an activation, given by their kinds in alphabetical
// order. Each must be sent once.
func wantMails(d *harness.DirectClient, id collaboration.ActivationID, mailer *external.RecordingMailer, want string) {
	d.T.Helper()
	eventually.OK(d.T, "the mails are "+want, func() error {
		var kinds []string
		missing := strings.Fields(want)
		for _, m := range d.Deliveries(id) {
			kinds = append(kinds, string(m.Kind))
			if n := slices.Index(missing, string(m.Kind)); n >= 0 && m.Status == collaboration.DeliveryAccepted {
				missing = slices.Delete(missing, n, n+1)
			}
			if n := mailer.Sent(m.ID); n > 1 {
				d.T.Fatalf("the mail %s was sent %d times", m.Kind, n)
			}
		}
		if len(kinds) > len(strings.Fields(want)) {
			d.T.Fatalf("the mails are %s, want %s", strings.Join(kinds, " "), want)
		}
		if len(missing) > 0 {
			return fmt.Errorf("%s are missing", strings.Join(missing, " "))
		}
		return nil
	})
}

// awaitWaiting waits until the workflow execution has closed, or waits for a command or
// a timer.
func awaitWaiting(d *harness.DirectClient, id collaboration.ActivationID) {
	d.T.Helper()
	eventually.OK(d.T, "the workflow waits", func() error {
		// A closed execution keeps its pending children.
		if x := describe(d, id); isRunning(x) && (harness.HasPendingWork(x) || len(x.PendingChildren) > 0) {
			return errors.New("it has pending work")
		}
		return nil
	})
}

func describe(d *harness.DirectClient, id collaboration.ActivationID) *workflowservice.DescribeWorkflowExecutionResponse {
	d.T.Helper()
	x, err := d.Client.DescribeWorkflowExecution(d.T.Context(), id.WorkflowID(), "")
	harness.NoError(d.T, err)
	return x
}

func isRunning(x *workflowservice.DescribeWorkflowExecutionResponse) bool {
	return x.WorkflowExecutionInfo.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// invite starts the activation and waits for its invitation.
func (s *signalled) invite() {
	s.MustStart(s.order)
	s.AwaitState(s.id, collaboration.AwaitingApproval)
}

// startAgreement approves by an Update.
func (s *signalled) startAgreement() {
	s.invite()
	s.mustUpdate(s.to.approve())
	s.AwaitState(s.id, collaboration.Active)
}

// passNotice moves the clock past the time at which both parties are notified of the end of
// the term.
func (s *signalled) passNotice() {
	awaitWaiting(s.DirectClient, s.id)
	s.FastForward(s.id, endOfTermOf(s.Activation(s.id)).AddDate(0, 0, -collaboration.NoticeDays+1))
}

func (s *signalled) mustUpdate(c command) {
	s.T.Helper()
	harness.NoError(s.T, c.update(eventually.Context(s.T), s.Client))
}

// awaitRetries waits until Temporal retries an activity.
func (s *signalled) awaitRetries() {
	eventually.OK(s.T, "an activity is retried", func() error {
		pending := describe(s.DirectClient, s.id).PendingActivities
		if len(pending) != 1 || pending[0].Attempt < 2 {
			return fmt.Errorf("pending activities %v", pending)
		}
		return nil
	})
}
