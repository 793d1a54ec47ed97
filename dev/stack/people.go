package stack

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"countersign/dev/login"
)

// role is one role of a person: employee or manager of an office, or administrator of a
// customer. Place is the office or the customer.
type role struct{ Name, Email, Role, Place string }

const administrator = "administrator"

// maxAdministrators limits the administrators that the login page lists for each office.
const maxAdministrators = 25

// readRoles returns the employees of every office, and the first administrators of each
// office's customers. Both are ordered by office.
func readRoles(ctx context.Context, database *sql.DB) (roles []role, err error) {
	const employees = `SELECT e.name, e.email, e.role, o.name FROM employees e JOIN offices o ON o.id = e.office_id
		WHERE e.kind = 'person' AND e.deactivated_at IS NULL
		ORDER BY o.id, e.role DESC, e.name, e.email`
	const administrators = `SELECT name, email, 'administrator', place FROM (
			SELECT a.name, a.email, c.name AS place, c.office_id,
				ROW_NUMBER() OVER (PARTITION BY c.office_id ORDER BY a.name, a.email, c.name) AS number
			FROM administrators a JOIN customers c ON c.id = a.customer_id) AS listed
		WHERE number <= $1 ORDER BY office_id, name, email, place`
	if roles, err = appendRoles(ctx, database, roles, employees); err != nil {
		return nil, err
	}
	return appendRoles(ctx, database, roles, administrators, maxAdministrators)
}

func appendRoles(ctx context.Context, database *sql.DB, roles []role, query string, arguments ...any) ([]role, error) {
	rows, err := database.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r role
		if err := rows.Scan(&r.Name, &r.Email, &r.Role, &r.Place); err != nil {
			return nil, err
		}
		roles = append(roles, r)
	}
	return roles, rows.Err()
}

// peopleOf returns one person for each e-mail address. The description has all the
// person's roles.
func peopleOf(roles []role) []login.Person {
	var all []login.Person
	lastRole := map[string]string{} // by e-mail address
	for _, r := range roles {
		email, description := strings.ToLower(r.Email), r.Role+" at "+r.Place
		i := slices.IndexFunc(all, func(p login.Person) bool { return p.Email == email })
		switch {
		case i < 0 && r.Role == administrator:
			all = append(all, login.Person{Group: login.Customers, Name: r.Name, Email: email, Description: description})
		case i < 0:
			all = append(all, login.Person{Group: login.Office, Name: r.Name, Email: email, Description: description})
		case lastRole[email] == r.Role:
			all[i].Description += ", " + r.Place
		default:
			all[i].Description += ", " + description
		}
		lastRole[email] = r.Role
	}
	return all
}
