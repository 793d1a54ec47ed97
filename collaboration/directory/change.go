package directory

import (
	"time"

	"countersign/collaboration"
)

// Change is one recorded change of an office's directory.
type Change struct {
	ID string
	At time.Time
	// By is the id of an employee, or collaboration.ActorOperator.
	By     string
	ByName string // "" for the operator
	// Action is what happened, such as customer_added.
	Action string
	// Subject is the id of what changed. SubjectName is its current name, and CustomerName
	// that of its customer; "" for a removed entry.
	Subject, SubjectName, CustomerName string
	// Detail is a small JSON object without personal data.
	Detail string
}

// Colleague is an employee with the work that a leaver hands over.
type Colleague struct {
	collaboration.Employee
	OpenTasks       int
	LiveActivations int
}
