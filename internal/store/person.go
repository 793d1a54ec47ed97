package store

import (
	"cmp"
	"context"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// Person returns the employee and the administrations of an e-mail address; neither
// for an unknown address.
func (s Directory) Person(ctx context.Context, email string) (collaboration.Person, error) {
	p := collaboration.Person{Email: strings.ToLower(email)}
	if email == "" {
		return p, nil
	}
	rows, err := s.read.MembershipsByEmail(ctx, p.Email)
	if err != nil {
		return p, failure(err)
	}
	for _, row := range rows { // the employee first
		p.Name = cmp.Or(p.Name, row.Name)
		if row.CustomerID == "" {
			e := employee(db.Employee{ID: row.ID, OfficeID: row.OfficeID, Name: row.Name, Email: row.Email, Role: row.Role})
			p.Employee = &e
			continue
		}
		p.Administers = append(p.Administers, collaboration.Administration{
			AdministratorID: row.ID, CustomerID: row.CustomerID, CustomerName: row.CustomerName,
			OfficeID: row.OfficeID, OfficeName: row.OfficeName,
		})
	}
	return p, nil
}

// Administrator is the role of a customer's administrator, beside the roles of
// employees.
const Administrator = "administrator"

// Occupation is one role of an account: employee of an office or administrator of a
// customer.
type Occupation struct{ Name, Email, Role, Place string }

// Everybody returns all accounts, for the embedded login without passwords.
func (s Directory) Everybody(ctx context.Context) ([]Occupation, error) {
	rows, err := s.read.Everybody(ctx, 200)
	everybody := make([]Occupation, len(rows))
	for i, row := range rows {
		everybody[i] = Occupation(row)
	}
	return everybody, failure(err)
}
