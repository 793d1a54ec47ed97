package activities

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// EmployeeStore reads the employees of offices.
type EmployeeStore interface {
	// EmployeeMail returns the mail to a new employee, without its link. The error is
	// CodeEmployeeNotFound for an employee that is not stored or was deactivated.
	EmployeeMail(ctx context.Context, officeID, employeeID string) (collaboration.EmployeeMail, error)
}

// SendEmployeeMail sends the mail that a new employee receives. Each call is one attempt.
func (a *Activities) SendEmployeeMail(ctx context.Context, in message.EmployeeMail) error {
	m, err := a.store.EmployeeMail(ctx, in.OfficeID, in.EmployeeID)
	if err != nil {
		return failure(err)
	}
	m.Link = a.links.HomeURL()
	_, err = a.mailer.SendEmployeeMail(ctx, m)
	return failure(err)
}
