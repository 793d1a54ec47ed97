package request

import (
	"net/http"

	"countersign/collaboration"
)

// AccessLevel is the role that a route requires. Whether one record belongs to
// the principal's office or customer is checked by the use cases.
type AccessLevel int

// The access levels. The zero value is employees.
const (
	AccessEmployee AccessLevel = iota
	AccessManager
	AccessManagerInPerson // managers, but no program with their rights
	AccessAdministrator   // administrators of any customer
	AccessOperator
	AccessAuthenticated // any principal
	AccessPublic        // no principal needed
)

// Authorize returns nil if the principal has the role, and otherwise an error
// with CodeUnauthenticated, CodeForbidden, or CodeSeparationOfDuties for an administrator
// who works at the office. p is nil without a principal. A program
// without the scope to write is allowed the methods that only read.
func (l AccessLevel) Authorize(p *collaboration.Person, method string) error {
	switch {
	case l == AccessPublic:
		return nil
	case p == nil:
		return &collaboration.Error{Code: collaboration.CodeUnauthenticated}
	case l == AccessAdministrator && len(p.Administers) == 0 && len(p.Conflicts) > 0:
		return &collaboration.Error{Code: collaboration.CodeSeparationOfDuties}
	case !l.allows(p), p.Scope == collaboration.ScopeRead && method != http.MethodGet:
		return &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	return nil
}

// Allows reports whether the principal has the role.
func (l AccessLevel) Allows(p *collaboration.Person) bool {
	return l.Authorize(p, http.MethodGet) == nil
}

func (l AccessLevel) allows(p *collaboration.Person) bool {
	switch l {
	case AccessEmployee:
		return p.Employee != nil
	case AccessManager:
		return p.Employee != nil && p.Employee.Role == collaboration.RoleManager
	case AccessManagerInPerson:
		return p.Scope == "" && AccessManager.allows(p)
	case AccessAdministrator:
		return len(p.Administers) > 0
	case AccessOperator:
		return p.Operator
	case AccessAuthenticated:
		return true
	}
	return false
}

// AccessTable records the access level of each "METHOD /path", in gin's syntax, so
// that a test can check that every route has one.
type AccessTable map[string]AccessLevel

// Set records the level of a route.
func (t AccessTable) Set(method, path string, level AccessLevel) { t[method+" "+path] = level }
