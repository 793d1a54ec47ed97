package store_test

import (
	"slices"
	"testing"

	"countersign/collaboration"
)

func TestPerson_ByEmail(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		email    string
		before   string // a statement that runs first
		want     string // the person's name
		employee string
		at       []string
		// conflicts are the customers of the person's own office.
		conflicts []string
	}{
		"employee":               {email: "maja@ekstroms.example", want: "Maja Ekström", employee: "emp-maja"},
		"in capitals":            {email: "NILS@Ekstroms.example", want: "Nils Berg", employee: "emp-nils"},
		"kept in capitals":       {email: "asa@bjorksbygg.example", before: "UPDATE administrators SET email = 'Asa@BjorksBygg.example' WHERE id = 'a-1001'", want: "Åsa Björk", at: []string{"c-1001"}},
		"administrator":          {email: "ture@blabarsbageriet.example", want: "Ture Blåbär", at: []string{"c-1003"}},
		"at both offices":        {email: "tove@fagelsang.example", want: "Tove Fågelsång", at: []string{"c-1010", "c-1007", "c-2001"}},
		"employee and customer":  {email: "nils@ekstroms.example", before: "UPDATE administrators SET email = 'nils@ekstroms.example' WHERE id = 'a-1005'", want: "Nils Berg", employee: "emp-nils", conflicts: []string{"c-1005"}},
		"in another case":        {email: "NILS@ekstroms.example", before: "UPDATE administrators SET email = 'Nils@Ekstroms.example' WHERE id = 'a-1005'", want: "Nils Berg", employee: "emp-nils", conflicts: []string{"c-1005"}},
		"mailbox of an employee": {email: "nils+customer@ekstroms.example", before: "UPDATE administrators SET email = 'nils+customer@ekstroms.example' WHERE id = 'a-1005'", want: "Örjan Ärlig", conflicts: []string{"c-1005"}},
		"deactivated employee":   {email: "nils@ekstroms.example", before: "UPDATE administrators SET email = 'nils@ekstroms.example' WHERE id = 'a-1005'; UPDATE employees SET deactivated_at = '2026-01-01 00:00:00+00:00' WHERE id = 'emp-nils'", want: "Örjan Ärlig", at: []string{"c-1005"}},
		"deactivated office":     {email: "nils@ekstroms.example", before: "UPDATE administrators SET email = 'nils@ekstroms.example' WHERE id = 'a-1005'; UPDATE offices SET deactivated_at = '2026-01-01 00:00:00+00:00' WHERE id = 'office-1'", want: "Örjan Ärlig", conflicts: []string{"c-1005"}},
		"of another office":      {email: "sara@sundlind.example", before: "UPDATE administrators SET email = 'sara@sundlind.example' WHERE id = 'a-1005'", want: "Sara Lind", employee: "emp-sara", at: []string{"c-1005"}},
		"nobody":                 {email: "nobody@else.example"},
		"no address":             {email: "", before: "UPDATE administrators SET email = '' WHERE id = 'a-1005'"},
		"a pattern":              {email: "%@ekstroms.example"},
		"erased is nobody again": {email: "asa@bjorksbygg.example", before: "DELETE FROM administrators WHERE customer_id = 'c-1001'"},
	}
	eachOnBoth(t, cases, func(t *testing.T, b backend, c struct {
		email    string
		before   string
		want     string
		employee string
		at       []string
		// conflicts are the customers of the person's own office.
		conflicts []string
	}) {
		if c.before != "" {
			_, err := b.raw.Exec(c.before)
			must(t, err)
		}
		p, err := b.Person(ctx, c.email)
		must(t, err)
		var employee string
		if p.Employee != nil {
			employee = p.Employee.ID
		}
		customers := func(all []collaboration.Administration) (ids []string) {
			for _, a := range all {
				ids = append(ids, a.CustomerID)
			}
			return ids
		}
		if p.Name != c.want || employee != c.employee || !slices.Equal(customers(p.Administers), c.at) || !slices.Equal(customers(p.Conflicts), c.conflicts) {
			t.Errorf("got %+v, employee %q", p, employee)
		}
	})
}

func TestAdministrations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		p, err := b.Person(ctx, "tove@fagelsang.example")
		must(t, err)
		want := []collaboration.Administration{
			{AdministratorID: "a-1010", CustomerID: "c-1010", CustomerName: "Fågelsångs Förskola Ek. för.", OfficeID: "office-1", OfficeName: "Ekströms Redovisning"},
			{AdministratorID: "a-1007-2", CustomerID: "c-1007", CustomerName: "Norrskens Optik AB", OfficeID: "office-1", OfficeName: "Ekströms Redovisning"},
			{AdministratorID: "a-2001-2", CustomerID: "c-2001", CustomerName: "Västkustens Varv AB", OfficeID: "office-2", OfficeName: "Sund & Lind"},
		}
		if !slices.Equal(p.Administers, want) {
			t.Errorf("got %+v", p.Administers)
		}
		if p.AdministratorOf("c-2001") != "a-2001-2" || p.AdministratorOf("c-1001") != "" {
			t.Error("administrator of the wrong customers")
		}
	})
}
