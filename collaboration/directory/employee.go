package directory

import (
	"strings"

	"countersign/collaboration"
)

// MaxTasks bounds the tasks of a customer, closed ones included: an answer has all of them.
const MaxTasks = 500

// The largest lengths, in characters.
const (
	maxName       = 200
	maxPersonName = 100
	maxReference  = 100
)

// By is the employee that changes the directory of the own office.
type By struct {
	OfficeID, ID string
	// IsManager allows what removes rights.
	IsManager bool
}

// Employee is what an office says about one of its employees.
type Employee struct {
	Name  string
	Email string
	Role  collaboration.Role
	// Reference is the office's own id of the employee, or "".
	Reference string
}

// Clean removes surrounding space.
func (e Employee) Clean() Employee {
	e.Name, e.Email, e.Reference = strings.TrimSpace(e.Name), strings.TrimSpace(e.Email), strings.TrimSpace(e.Reference)
	return e
}

// Check returns every invalid field of a clean employee.
func (e Employee) Check() error {
	var wrong collaboration.FieldErrors
	wrong.CheckText("name", e.Name, maxPersonName, collaboration.ValidPersonName)
	switch {
	case e.Email == "":
		wrong.Add("email", collaboration.CodeRequired)
	case !collaboration.ValidEmail(e.Email):
		wrong.Add("email", collaboration.CodeInvalidFormat)
	}
	switch {
	case e.Role == "":
		wrong.Add("role", collaboration.CodeRequired)
	case !e.Role.Valid():
		wrong.Add("role", collaboration.CodeInvalidChoice)
	}
	checkReference("reference", e.Reference, &wrong)
	return wrong.Err()
}

// checkReference accepts an id without control characters and slashes: it stands in URLs.
func checkReference(field, reference string, wrong *collaboration.FieldErrors) {
	if reference == "" {
		return
	}
	wrong.CheckText(field, reference, maxReference, validReference)
}

func validReference(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == '?' || r == '#' || r == '%' })
}
