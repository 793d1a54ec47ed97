package collaboration

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

// Phases returns the phases in the order of the lifecycle.
func Phases() []Phase {
	var all []Phase
	for _, s := range States() {
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
