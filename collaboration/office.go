package collaboration

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Office is an accounting office.
type Office struct {
	ID   string
	Name string
	// Locale is the default language of invitations.
	Locale Locale
	// DeactivatedAt is zero for an active office. The employees of a deactivated one have
	// no rights; its collaborations go on.
	DeactivatedAt time.Time
}

// OfficeDefaults are the settings of an office that new activations take over.
type OfficeDefaults struct {
	Rules Rules
	// InvoiceRecipient is what forms suggest; "" for the solution's default.
	InvoiceRecipient InvoiceRecipient
}

// Notified says which employees receive the notifications about an activation.
type Notified string

// The choices of an office.
const (
	NotifySenderAndOwner Notified = "sender_and_owner"
	NotifySender         Notified = "sender" // who sent the invitation
	NotifyOwner          Notified = "owner"  // of the task
)

// NotifiedChoices returns the choices.
func NotifiedChoices() []Notified { return []Notified{NotifySenderAndOwner, NotifySender, NotifyOwner} }

// Valid reports whether the choice exists.
func (n Notified) Valid() bool { return slices.Contains(NotifiedChoices(), n) }

// Role is the role of an employee.
type Role string

// The roles of employees.
const (
	RoleEmployee Role = "employee"
	RoleManager  Role = "manager"
)

// Valid reports whether the role exists.
func (r Role) Valid() bool { return r == RoleEmployee || r == RoleManager }

// Scope bounds what an API key may do.
type Scope string

// The scopes of API keys.
const (
	// ScopeRead allows reading what an employee may read.
	ScopeRead Scope = "read"
	// ScopeWrite allows all that an employee may do.
	ScopeWrite Scope = "write"
	// ScopeManage allows all that a manager may do, except with API keys.
	ScopeManage Scope = "manage"
)

// Scopes returns all scopes, the smallest first.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeWrite, ScopeManage} }

// Valid reports whether the scope exists.
func (s Scope) Valid() bool { return slices.Contains(Scopes(), s) }

// Role returns the role with the rights of the scope.
func (s Scope) Role() Role {
	if s == ScopeManage {
		return RoleManager
	}
	return RoleEmployee
}

// ProgramPrefix begins the ids of programs, which act with an API key in place of an
// employee.
const ProgramPrefix = "key-"

// IsProgram reports whether an id in the place of an employee's belongs to a program.
func IsProgram(id string) bool { return strings.HasPrefix(id, ProgramPrefix) }

// Employee is an employee of an office.
type Employee struct {
	ID       string
	OfficeID string
	Name     string
	Email    string
	Role     Role
	// Reference is the office's own id of the employee, or "".
	Reference string
	// DeactivatedAt is zero for an employee with rights.
	DeactivatedAt time.Time
	// Version rises with each change.
	Version int
	// OfficeLocale is the office's default language; "" if it was not read.
	OfficeLocale Locale
	// OfficeName and OfficeLogo are for the employee's pages: the office's name and the
	// digest of its logo; "" for none.
	OfficeName, OfficeLogo string
}

// Logo is the logo of an office: an image that was checked.
type Logo struct {
	// Digest identifies the content. It is the ETag and part of the address.
	Digest        string
	ContentType   string
	Width, Height int
	Content       []byte
}

// Person is a logged-in person: an employee, an administrator of customers, both or
// neither. A program is a person with a scope.
type Person struct {
	Name  string
	Email string
	// Employee is nil for other persons than employees.
	Employee *Employee
	// Employers are the offices with an active employee of this address.
	Employers []string
	// Administers has an entry for each customer that the person may act for. Conflicts has
	// the others: the person administers them too, but works at their office.
	Administers []Administration
	Conflicts   []Administration
	// Scope is the scope of a program's API key. The employee is then the program itself;
	// "" for a person.
	Scope Scope
	// Login is the identity behind the request; empty for a program.
	Login Login
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

// SeparateDuties moves the administrations at the person's own office to Conflicts: an
// employee must not give the customer's answer.
func (p Person) SeparateDuties() Person {
	all := p.Administers
	p.Administers = nil
	for _, a := range all {
		if p.IsEmployeeOf(a.OfficeID) {
			p.Conflicts = append(p.Conflicts, a)
		} else {
			p.Administers = append(p.Administers, a)
		}
	}
	return p
}

// IsEmployeeOf reports whether the person, or the program, works at an office.
func (p Person) IsEmployeeOf(officeID string) bool {
	return slices.Contains(p.Employers, officeID) || p.Employee != nil && p.Employee.OfficeID == officeID
}

// Mailbox returns the mailbox of an e-mail address, in lower case. Providers deliver
// nils+customer@office.example to nils@office.example.
func Mailbox(email string) string {
	local, domain, _ := strings.Cut(strings.ToLower(email), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// NewOffice is an operator's request for an office with its first manager.
type NewOffice struct {
	Name         string
	Locale       Locale // Swedish by default
	ManagerName  string // the address by default
	ManagerEmail string
}

// Clean removes surrounding space and sets the defaults.
func (n NewOffice) Clean() NewOffice {
	n.Name, n.ManagerName, n.ManagerEmail = strings.TrimSpace(n.Name), strings.TrimSpace(n.ManagerName), strings.TrimSpace(n.ManagerEmail)
	n.Locale, n.ManagerName = cmp.Or(n.Locale, Swedish), cmp.Or(n.ManagerName, n.ManagerEmail)
	return n
}

// Check returns every invalid field of a clean request.
func (n NewOffice) Check() error {
	var wrong FieldErrors
	wrong.CheckText("name", n.Name, maxOfficeName, ValidName)
	if n.ManagerName == "" || n.ManagerName != n.ManagerEmail {
		wrong.CheckText("manager_name", n.ManagerName, maxOfficeName, ValidPersonName)
	}
	switch {
	case n.ManagerEmail == "":
		wrong.Add("manager", CodeRequired)
	case !ValidEmail(n.ManagerEmail):
		wrong.Add("manager", CodeInvalidFormat)
	}
	if !n.Locale.Valid() {
		wrong.Add("locale", CodeInvalidChoice)
	}
	return wrong.Err()
}

// CheckOfficeName returns the error of an office's new name.
func CheckOfficeName(name string) error {
	var wrong FieldErrors
	wrong.CheckText("name", name, maxOfficeName, ValidName)
	return wrong.Err()
}

// maxOfficeName is the largest length of a name, in characters.
const maxOfficeName = 100
