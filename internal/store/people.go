package store

import (
	"cmp"
	"context"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Person is what is theirs who has that e-mail address: maybe nothing. An
// address that two employees have is no employee's: nobody could tell which of
// the two is there, and at which office.
func (s *Store) Person(ctx context.Context, email string) (collaboration.Person, error) {
	p := collaboration.Person{Email: strings.ToLower(email)}
	if email == "" {
		return p, nil
	}
	rows, err := s.read.OccupationsByEmail(ctx, p.Email)
	if err != nil {
		return p, failure(err)
	}
	var employees []collaboration.Employee
	there := map[string]bool{}
	for _, row := range rows {
		switch {
		case row.CustomerID == "":
			employees = append(employees, employee(db.Employee{ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Email: row.Email, Role: row.Role}))
		case !there[row.CustomerID]:
			there[row.CustomerID] = true
			p.Name = cmp.Or(p.Name, row.Name)
			p.Administers = append(p.Administers, collaboration.Administration{
				AdministratorID: row.ID, CustomerID: row.CustomerID, CustomerName: row.CustomerName,
				OfficeID: row.OfficeID, OfficeName: row.OfficeName,
			})
		}
	}
	if len(employees) == 1 {
		p.Name, p.Employee = employees[0].Name, &employees[0]
	}
	return p, nil
}

// Administrator is the role of who is one, beside the roles of employees.
const Administrator = "administrator"

// Occupation is one thing that somebody is: an employee of an office, in a
// role, or a customer's administrator.
type Occupation struct{ Name, Email, Role, Place string }

// Everybody is who there is to log in as, where nobody needs a password.
func (s *Store) Everybody(ctx context.Context) ([]Occupation, error) {
	rows, err := s.read.Everybody(ctx, 200)
	everybody := make([]Occupation, len(rows))
	for i, row := range rows {
		everybody[i] = Occupation(row)
	}
	return everybody, failure(err)
}
