package collaboration

import "time"

// Overview is the read model of an office's start page.
type Overview struct {
	// Pending counts the invitations without an answer, by the age of the request. It has
	// one element more than PendingDays.
	Pending []int
	// Running counts the collaborations by phase.
	Running map[Phase]int
	// Ending counts the collaborations with a term that ends within EndingDays, and
	// EndingForGood those of them that do not renew.
	Ending, EndingForGood int
	// Weeks counts the customers' decisions, starting with the oldest week.
	Weeks []Week
	// Bounced counts the invitations that were not delivered, Expiring those that expire
	// within UrgentBefore, and Declined those that were declined within DeclinedDays.
	Bounced, Expiring, Declined int
	// AskedAgain counts the requests for a new invitation that no later activation answers.
	AskedAgain int
	// AddressChanges counts the changes of administrators' addresses within AddressChangeDays,
	// and LastAddressChanges has the last ones.
	AddressChanges     int
	LastAddressChanges []AddressChange
	// The First lists have the first rows of each.
	FirstBounced, FirstExpiring, FirstDeclined, FirstAskedAgain, FirstEnding []Activation
}

// Week counts the decisions of a week.
type Week struct {
	Monday             Date
	Approved, Declined int
}

// AddressChange is a change of an administrator's e-mail address.
type AddressChange struct {
	CustomerID, CustomerName string
	// AdministratorName is "" after the removal of the administrator.
	AdministratorName  string
	OldEmail, NewEmail string
	// ActorName is the name of the employee; "" for another actor.
	ActorName string
	At        time.Time
}

// The limits of an overview.
const (
	OverviewWeeks = 12
	EndingDays    = 90
	DeclinedDays  = 7
	// AskedAgainDays is how long the overview shows a request for a new invitation.
	AskedAgainDays    = 90
	AddressChangeDays = 30
	UrgentBefore      = LastReminder
)

// PendingDays returns the limits of the age groups of pending invitations, in days.
func PendingDays() []int { return []int{3, 7, 14} }

// CustomerFilter filters an office's customers. A zero value does not filter.
type CustomerFilter struct {
	// Query is part of the name, or the start of the organisation number.
	Query string
	// Sharing is the customers' status for a solution, or for any without SolutionID.
	Sharing    Sharing
	SolutionID string
	// TaskOwnerID is the employee who owns an open task of the customer.
	TaskOwnerID string
	// Archived selects the archived customers instead of the others.
	Archived bool
	Page     Page
}

// Sharing is the status of a solution between an office and a customer: one of the
// statuses below, or a phase of a running collaboration.
type Sharing string

// The statuses of a solution that have several phases, or none.
const (
	NotShared Sharing = "none"    // no live activation
	Waiting   Sharing = "waiting" // for the customer's decision
	Shared    Sharing = "running"
)

// Sharings returns the statuses in the order of a choice.
func Sharings() []Sharing {
	all := []Sharing{NotShared, Waiting, Shared}
	for _, p := range Active.Phases() {
		all = append(all, Sharing(p))
	}
	return all
}

// Phases returns the phases of a live activation with the status. NotShared has none.
func (s Sharing) Phases() []Phase {
	switch s {
	case NotShared, "":
		return nil
	case Waiting:
		return PhasesOf(Activating, AwaitingApproval)
	case Shared:
		return Active.Phases()
	default:
		return []Phase{Phase(s)}
	}
}

// ActivationFilter filters an office's activations. A zero value does not filter.
type ActivationFilter struct {
	Phases     []Phase
	CustomerID string
	SolutionID string
	TaskID     string
	// TaskOwnerID is the employee who owns the activation's task.
	TaskOwnerID string
	// RequestedBy is the employee who sent the invitation.
	RequestedBy string
	// EndsBefore selects running collaborations with a term that ends before that day, sorted
	// by the end of the term.
	EndsBefore Date
	Page       Page
}

// Page is a page of a list: at most Limit rows after the cursor. Only the store
// interprets a cursor; "" is the beginning.
type Page struct {
	After string
	Limit int
}
