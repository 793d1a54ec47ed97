package collaboration

import "slices"

// State is where an activation stands.
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

var transitions = map[State][]State{
	Activating:       {AwaitingApproval, Active, Declined, Expired, Withdrawn, Failed},
	AwaitingApproval: {Active, Declined, Expired, Withdrawn, Failed},
	Active:           {Ended},
}

// States lists every state, in the order of an activation's life.
func States() []State {
	return []State{Activating, AwaitingApproval, Active, Ended, Declined, Expired, Withdrawn, Failed}
}

// May reports whether an activation may go from s to the next state. Staying
// is not going: a resend keeps AwaitingApproval.
func (s State) May(next State) bool { return slices.Contains(transitions[s], next) }

// Pending reports whether the customer has yet to answer.
func (s State) Pending() bool { return s == Activating || s == AwaitingApproval }

// Live reports whether the activation stands in the way of another one for
// the same office, customer and solution.
func (s State) Live() bool { return s.Pending() || s == Active }
