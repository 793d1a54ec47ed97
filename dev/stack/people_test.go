package stack

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"countersign/collaboration"
	"countersign/dev/login"
	"countersign/internal/servertest"
	"countersign/internal/store/sqldb"
	"countersign/internal/store/storetest"
)

func create(url string) error { return storetest.Create(context.Background(), url) }

// The login page lists every employee, and of each office at most maxAdministrators
// administrators: one office may have hundreds of customers.
func TestLogin_ListsEmployeesBeforeAdministrators(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string { return servertest.PostgresFrom(t, "seeded", create) },
		"sqlite": func(t *testing.T) string {
			url := "sqlite:" + filepath.Join(t.TempDir(), "countersign.db")
			if err := create(url); err != nil {
				t.Fatal(err)
			}
			return url
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := url(t)
			large := storetest.Dataset{Offices: []collaboration.Office{{ID: "office-0", Name: "A large office"}}}
			for n := range 3 * maxAdministrators {
				id := fmt.Sprint("c-large-", n)
				large.Customers = append(large.Customers, collaboration.Customer{
					ID: id, OfficeID: "office-0", Name: id, OrganisationNumber: collaboration.OrganisationNumber(fmt.Sprint(n)),
					Administrators: []collaboration.Administrator{{ID: "a-" + id, Contact: collaboration.Contact{Name: "Åsa", Email: id + "@large.example"}, MainContact: true}},
				})
			}
			if err := storetest.Load(t.Context(), url, large); err != nil {
				t.Fatal(err)
			}
			conns, err := sqldb.Open(url, sqldb.Options{MaxConns: 1, Existing: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conns.Close() })
			people, err := (&loginProvider{conns: conns}).list(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			groups := map[string]int{}
			found := map[string]string{} // description by address
			for _, p := range people {
				groups[p.Group]++
				found[p.Email] = p.Description
			}
			const smallOffices = 10 // people who administer their customers
			if groups[login.Office] != 3 || groups[login.Customers] != maxAdministrators+smallOffices {
				t.Errorf("got %v", groups)
			}
			if people[0].Email != "maja@ekstroms.example" || people[0].Description != "manager at Ekströms Redovisning" {
				t.Errorf("the first is %+v", people[0])
			}
			if want := "administrator at Fågelsångs Förskola Ek. för., Norrskens Optik AB, Västkustens Varv AB"; found["tove@fagelsang.example"] != want {
				t.Errorf("a person with three roles is %q", found["tove@fagelsang.example"])
			}
		})
	}
}
