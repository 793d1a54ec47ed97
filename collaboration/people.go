package collaboration

import (
	"slices"
	"time"
)

// Office is an accounting office.
type Office struct {
	ID   string
	Name string
}

// Role is what an employee may do at the office.
type Role string

// The roles of an office's employees.
const (
	RoleEmployee Role = "employee"
	RoleManager  Role = "manager"
)

// Employee works at an office.
type Employee struct {
	ID       string
	OfficeID string
	Name     string
	Email    string
	Role     Role
}

// Customer is a company that an office serves, with all that decides its
// scenario and its form.
type Customer struct {
	ID                 string
	OfficeID           string
	Name               string
	OrganisationNumber OrganisationNumber
	CreatedAt          time.Time
	Tasks              []Task
	Subscriptions      []Subscription
	Administrators     []Administrator
}

// Scenario works out which of the three applies for a solution.
func (c Customer) Scenario(solutionID string) Scenario {
	if c.Has(solutionID) {
		return HasSolution
	}
	if len(c.Administrators) > 0 {
		return OnPlatform
	}
	return NewCustomer
}

// Has reports whether the customer may use the solution.
func (c Customer) Has(solutionID string) bool {
	_, has := c.Subscription(solutionID)
	return has
}

// Subscription is the customer's right to a solution, where it has one.
func (c Customer) Subscription(solutionID string) (Subscription, bool) {
	for _, s := range c.Subscriptions {
		if s.SolutionID == solutionID {
			return s, true
		}
	}
	return Subscription{}, false
}

// MainContact is the administrator that invitations go to.
func (c Customer) MainContact() (Administrator, bool) {
	for _, a := range c.Administrators {
		if a.MainContact {
			return a, true
		}
	}
	return Administrator{}, false
}

// TaskOwner is the customer that a task belongs to, "" for no task: this one, or the
// one that elsewhere knows.
func (c Customer) TaskOwner(taskID string, elsewhere func() (customerID string, err error)) (customerID string, err error) {
	switch {
	case taskID == "":
		return "", nil
	case slices.ContainsFunc(c.Tasks, func(t Task) bool { return t.ID == taskID }):
		return c.ID, nil
	}
	return elsewhere()
}

// OpenTasks are the tasks that a collaboration may hang on.
func (c Customer) OpenTasks() []Task {
	var open []Task
	for _, t := range c.Tasks {
		if t.Open {
			open = append(open, t)
		}
	}
	return open
}

// Task is an assignment the office has for one customer.
type Task struct {
	ID         string
	CustomerID string
	Name       string
	// OwnerID is the employee who answers for the task.
	OwnerID string
	Open    bool
}

// Subscription is a customer's right to a solution.
type Subscription struct {
	SolutionID string
	// Variant is empty where the solution has none.
	Variant          string
	InvoiceRecipient InvoiceRecipient
	Since            time.Time
	// RenewsOn is when the customer's own agreement renews; zero where that is
	// not known.
	RenewsOn Date
	// ActivatedBy is the activation that made it; empty where the customer
	// had it before.
	ActivatedBy ActivationID
}

// Administrator is the customer's person who manages users and can approve.
type Administrator struct {
	ID          string
	CustomerID  string
	Name        string
	Email       string
	Phone       string
	MainContact bool
	// CreatedBy is the activation that made it; empty where the person was
	// there before.
	CreatedBy ActivationID
}

// InvoiceRecipient is who pays for a solution.
type InvoiceRecipient string

// Who may pay.
const (
	PaidByOffice   InvoiceRecipient = "office"
	PaidByCustomer InvoiceRecipient = "customer"
)
