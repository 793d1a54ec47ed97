package collaboration

import (
	"slices"
	"time"
)

// Customer is a customer of an office, with the data that determines its scenarios and
// forms.
type Customer struct {
	ID                 string
	OfficeID           string
	Name               string
	OrganisationNumber OrganisationNumber
	CreatedAt          time.Time
	// Reference is the office's own id of the customer, or "".
	Reference string
	// ArchivedAt is zero for a customer that the office serves.
	ArchivedAt time.Time
	// Version rises with each change of the customer, its tasks or its administrators.
	Version        int
	Tasks          []Task
	Subscriptions  []Subscription
	Administrators []Administrator
}

// Scenario returns the customer's scenario for a solution.
func (c Customer) Scenario(solutionID string) Scenario {
	if c.Has(solutionID) {
		return HasSolution
	}
	if len(c.Administrators) > 0 {
		return OnPlatform
	}
	return NewCustomer
}

// Has reports whether the customer has the solution.
func (c Customer) Has(solutionID string) bool {
	_, has := c.Subscription(solutionID)
	return has
}

// Subscription returns the customer's subscription to a solution.
func (c Customer) Subscription(solutionID string) (Subscription, bool) {
	for _, s := range c.Subscriptions {
		if s.SolutionID == solutionID {
			return s, true
		}
	}
	return Subscription{}, false
}

// MainContact returns the administrator who receives invitations.
func (c Customer) MainContact() (Administrator, bool) {
	for _, a := range c.Administrators {
		if a.MainContact {
			return a, true
		}
	}
	return Administrator{}, false
}

// TaskOwner returns the customer that a task belongs to; "" for no task. It calls elsewhere
// for a task that is not one of this customer.
func (c Customer) TaskOwner(taskID string, elsewhere func() (customerID string, err error)) (customerID string, err error) {
	switch {
	case taskID == "":
		return "", nil
	case slices.ContainsFunc(c.Tasks, func(t Task) bool { return t.ID == taskID }):
		return c.ID, nil
	}
	return elsewhere()
}

// OpenTasks returns the tasks that a collaboration can be linked to.
func (c Customer) OpenTasks() []Task {
	var open []Task
	for _, t := range c.Tasks {
		if t.Open {
			open = append(open, t)
		}
	}
	return open
}

// Task is an assignment of the office for a customer.
type Task struct {
	ID         string
	CustomerID string
	Name       string
	// OwnerID is the id of the responsible employee.
	OwnerID string
	Open    bool
	// Reference is the office's own id of the task, or "".
	Reference string
}

// Subscription is a customer's right to a solution.
type Subscription struct {
	SolutionID string
	// Variant is empty for a solution without variants.
	Variant          string
	InvoiceRecipient InvoiceRecipient
	Since            time.Time
	// RenewsOn is when the customer's own agreement renews; zero if unknown.
	RenewsOn Date
	// ActivatedBy is the activation that created the subscription; empty if none did.
	ActivatedBy ActivationID
}

// Administrator is a person at the customer who manages users and can approve.
type Administrator struct {
	ID         string
	CustomerID string
	Contact
	MainContact bool
	// CreatedBy is the activation that created the administrator; empty if none did.
	CreatedBy ActivationID
}

// MayCorrect reports whether the invitation's address can be corrected: only that of a contact
// that the activation itself creates. Another address belongs to the customer's people. Without
// the invited administrator in c, the scenario decides.
func (r Activation) MayCorrect(c Customer) bool {
	i := slices.IndexFunc(c.Administrators, func(a Administrator) bool { return a.ID == r.InvitedID })
	return r.Scenario.CreatesAdministrator() && (i < 0 || c.Administrators[i].CreatedBy == r.ID)
}

// InvoiceRecipient is the party that pays for a solution.
type InvoiceRecipient string

// The invoice recipients.
const (
	PaidByOffice   InvoiceRecipient = "office"
	PaidByCustomer InvoiceRecipient = "customer"
)

// InvoiceRecipients returns the invoice recipients.
func InvoiceRecipients() []InvoiceRecipient { return []InvoiceRecipient{PaidByOffice, PaidByCustomer} }

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
