package collaboration

import "slices"

// State is a state of an activation.
type State string

// The states of an activation.
const (
	Activating       State = "activating"
	AwaitingApproval State = "awaiting_approval"
	Active           State = "active"
	Ended            State = "ended"
	Declined         State = "declined"
	Expired          State = "expired"
	Withdrawn        State = "withdrawn"
	Failed           State = "failed"
)

// Command is a command to an activation, or an event of its workflow.
type Command string

// The commands that people and other systems send. Each is the name of an Update.
const (
	CommandDecide       Command = "decide"
	CommandWithdraw     Command = "withdraw"
	CommandResend       Command = "resend"
	CommandCorrect      Command = "correct"
	CommandForward      Command = "forward"
	CommandHandOn       Command = "hand_on"
	CommandChange       Command = "change"
	CommandReport       Command = "report"
	CommandEnd          Command = "end"
	CommandRevokeNotice Command = "revoke_notice"
	// CommandDecideChange is the customer's answer to a proposal, CommandWithdrawChange its
	// withdrawal by the office.
	CommandDecideChange   Command = "decide_change"
	CommandWithdrawChange Command = "withdraw_change"
)

// The events that the workflow observes.
const (
	// EventInvited: the first invitation was sent.
	EventInvited Command = "(invitation sent)"
	// EventTakenOver: a collaboration that ran before was taken over.
	EventTakenOver Command = "(taken over)"
	// EventExpired: the invitation's lifetime has passed.
	EventExpired Command = "(invitation expired)"
	// EventFailed: a step failed and is not retried.
	EventFailed Command = "(step failed)"
	// EventCancelled: an operator cancelled the execution.
	EventCancelled Command = "(cancelled)"
	// EventTermEnded: the agreement's last term has ended.
	EventTermEnded Command = "(last term ended)"
)

// The events of proposals. They do not change the state.
const (
	// EventProposed: a change was proposed to the customer.
	EventProposed Command = "(change proposed)"
	// EventProposalClosed: a proposal expired or lapsed without an answer.
	EventProposalClosed Command = "(proposal closed)"
)

// lifecycle lists the commands that each state allows, and the states that may follow. A
// command that is not listed is rejected.
//
// The workflow's handlers read this table during replay. Adding a command to a state is
// safe. Removing one, or changing the next state, changes the effect of a recorded Signal
// and needs workflow.GetVersion (see docs/workflow.md).
var lifecycle = map[State]map[Command][]State{
	Activating: {
		CommandDecide:   {Active, Declined},
		CommandWithdraw: {Withdrawn},
		CommandResend:   {Activating},
		CommandCorrect:  {Activating},
		CommandForward:  {Activating},
		CommandChange:   {Activating},
		CommandReport:   {Activating},
		EventInvited:    {AwaitingApproval},
		EventTakenOver:  {Active},
		EventFailed:     {Failed},
		EventCancelled:  {Withdrawn},
	},
	AwaitingApproval: {
		CommandDecide:   {Active, Declined},
		CommandWithdraw: {Withdrawn},
		CommandResend:   {AwaitingApproval},
		CommandCorrect:  {AwaitingApproval},
		CommandForward:  {AwaitingApproval},
		CommandHandOn:   {AwaitingApproval},
		CommandChange:   {AwaitingApproval},
		CommandReport:   {AwaitingApproval},
		EventExpired:    {Expired},
		EventFailed:     {Failed},
		EventCancelled:  {Withdrawn},
	},
	Active: {
		CommandChange:         {Active},
		CommandEnd:            {Active, Ended},
		CommandRevokeNotice:   {Active},
		CommandDecideChange:   {Active},
		CommandWithdrawChange: {Active},
		EventTermEnded:        {Ended},
		EventFailed:           {Failed}, // before the agreement has started
		EventCancelled:        {Ended},
	},
}

// States returns the states in the order of the lifecycle.
func States() []State {
	return []State{Activating, AwaitingApproval, Active, Ended, Declined, Expired, Withdrawn, Failed}
}

// Commands returns the commands that people and other systems send.
func Commands() []Command {
	return []Command{
		CommandDecide, CommandWithdraw, CommandResend, CommandCorrect, CommandForward, CommandHandOn, CommandChange,
		CommandReport, CommandEnd, CommandRevokeNotice, CommandDecideChange, CommandWithdrawChange,
	}
}

// WorkflowEvents returns the events that the workflow observes.
func WorkflowEvents() []Command {
	return []Command{EventInvited, EventTakenOver, EventExpired, EventFailed, EventCancelled, EventTermEnded}
}

// Refusal returns the reason why a state rejects a command: CodeAlreadyDecided,
// CodeNotPending or CodeNotActive; "" for an allowed one.
func (s State) Refusal(c Command) Code {
	_, allowed := lifecycle[s][c]
	switch {
	case allowed:
		return ""
	case c == CommandEnd || c == CommandRevokeNotice || c == CommandDecideChange || c == CommandWithdrawChange || c == CommandChange && s == Ended:
		return CodeNotActive
	case s == Active || s == Ended || s == Declined:
		return CodeAlreadyDecided
	default:
		return CodeNotPending
	}
}

// Allows reports whether a command is allowed in a state.
func (s State) Allows(c Command) bool { return s.Refusal(c) == "" }

// Follows reports whether a command may lead from s to the next state.
func (s State) Follows(c Command, next State) bool { return slices.Contains(lifecycle[s][c], next) }

// May reports whether any command leads from s to another state. The database may skip
// AwaitingApproval, if the decision was stored before the result of the mail.
func (s State) May(next State) bool {
	if s == next {
		return false
	}
	for _, followers := range lifecycle[s] {
		if slices.Contains(followers, next) {
			return true
		}
	}
	return s == Activating && AwaitingApproval.May(next)
}

// IsPending reports whether the customer can still answer.
func (s State) IsPending() bool { return s == Activating || s == AwaitingApproval }

// IsApproved reports whether the customer approved on the way to the state.
func (s State) IsApproved() bool { return s == Active || s == Ended }

// IsLive reports whether the activation prevents another one of the same subject.
func (s State) IsLive() bool { return s.IsPending() || s == Active }

// Phase is the state of an activation as people read it. It distinguishes three phases of the
// state Active; every other phase has the name of its state.
type Phase string

// The phases of the state Active.
const (
	// PhaseStarts: approved, and not started.
	PhaseStarts Phase = "starts"
	PhaseActive Phase = Phase(Active)
	// PhaseTerminated: notice was given, or a date was set for the end.
	PhaseTerminated Phase = "terminated"
)

// PhaseOf returns the phase of a state. The agreement is nil before it is stored.
//
// A phase depends on stored values only, not on today's date: the step that gives access to
// the employees ends the phase PhaseStarts. Therefore a list by phase needs one index, and
// never contradicts the access.
func PhaseOf(s State, a *Agreement) Phase {
	switch {
	case s != Active || a == nil:
		return Phase(s)
	case a.WillStart():
		return PhaseStarts
	case a.IsTerminated():
		return PhaseTerminated
	default:
		return PhaseActive
	}
}

// Phase returns the phase of the activation.
func (r Activation) Phase() Phase { return PhaseOf(r.State, r.Agreement) }

// LastDay returns the last day of a collaboration that has ended. An end at midnight, with the
// agreement, belongs to the day before.
func (r Activation) LastDay() Date {
	if r.Agreement != nil && !r.EndedAt.Before(r.Agreement.Ends()) {
		return r.Agreement.LastDay()
	}
	return DateOf(r.EndedAt)
}

// Phases returns the phases in the order of the lifecycle.
func Phases() []Phase { return PhasesOf(States()...) }

// PhasesOf returns the phases of some states.
func PhasesOf(states ...State) []Phase {
	var all []Phase
	for _, s := range states {
		all = append(all, s.Phases()...)
	}
	return all
}

// Phases returns the phases of a state.
func (s State) Phases() []Phase {
	if s == Active {
		return []Phase{PhaseStarts, PhaseActive, PhaseTerminated}
	}
	return []Phase{Phase(s)}
}
