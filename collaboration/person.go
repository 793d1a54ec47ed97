package collaboration

// Person is somebody who has logged in, with all that is theirs: a place at an
// office, customers that they answer for, both, or neither.
type Person struct {
	Name  string
	Email string
	// Employee is nil for who works at no office.
	Employee *Employee
	// Administers are the customers that the person is an administrator of.
	Administers []Administration
	// Operator is who may read what the engine holds encrypted.
	Operator bool
}

// Administration is one customer that a person answers for.
type Administration struct {
	// AdministratorID is who the person is at that customer.
	AdministratorID string
	CustomerID      string
	CustomerName    string
	OfficeID        string
	OfficeName      string
}

// AdministratorOf is who the person is at a customer; "" where nobody.
func (p Person) AdministratorOf(customerID string) string {
	for _, a := range p.Administers {
		if a.CustomerID == customerID {
			return a.AdministratorID
		}
	}
	return ""
}
