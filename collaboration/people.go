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

// Role is the role of an employee.
type Role string

// The roles of employees.
const (
	RoleEmployee Role = "employee"
	RoleManager  Role = "manager"
)

// Employee is an employee of an office.
type Employee struct {
	ID       string
	OfficeID string
	Name     string
	Email    string
	Role     Role
}

// Customer is a customer of an office, with the data that determines its scenarios and
// forms.
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

// InvoiceRecipient is the party that pays for a solution.
type InvoiceRecipient string

// The invoice recipients.
const (
	PaidByOffice   InvoiceRecipient = "office"
	PaidByCustomer InvoiceRecipient = "customer"
)

// InvoiceRecipients returns the invoice recipients.
func InvoiceRecipients() []InvoiceRecipient { return []InvoiceRecipient{PaidByOffice, PaidByCustomer} }

// Person is a logged-in person: an employee, an administrator of customers, both or
// neither.
type Person struct {
	Name  string
	Email string
	// Employee is nil for other persons than employees.
	Employee *Employee
	// Administers has an entry for each customer that the person administers.
	Administers []Administration
	// Operator is true for a person with the right to decrypt the payloads in Temporal.
	Operator bool
}

// Administration is a customer that a person administers.
type Administration struct {
	// AdministratorID is the id of the person as an administrator of the customer.
	AdministratorID string
	CustomerID      string
	CustomerName    string
	OfficeID        string
	OfficeName      string
}

// AdministratorOf returns the person's administrator id at a customer; "" for none.
func (p Person) AdministratorOf(customerID string) string {
	for _, a := range p.Administers {
		if a.CustomerID == customerID {
			return a.AdministratorID
		}
	}
	return ""
}
