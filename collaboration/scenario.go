package collaboration

// Scenario is the customer's relation to the platform. It determines the form, the steps
// and the invitation.
type Scenario string

// The three scenarios.
const (
	// HasSolution: the customer already has the solution.
	HasSolution Scenario = "has_solution"
	// OnPlatform: the customer has an administrator but not the solution.
	OnPlatform Scenario = "on_platform"
	// NewCustomer: the customer is not on the platform; a contact becomes its
	// administrator.
	NewCustomer Scenario = "new_customer"
)

// Scenarios returns the scenarios.
func Scenarios() []Scenario { return []Scenario{HasSolution, OnPlatform, NewCustomer} }

// ActivatesSolution reports whether the solution is activated with the
// collaboration.
func (s Scenario) ActivatesSolution() bool { return s == OnPlatform || s == NewCustomer }

// CreatesAdministrator reports whether an administrator is created too.
func (s Scenario) CreatesAdministrator() bool { return s == NewCustomer }
