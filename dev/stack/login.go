package stack

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"countersign/dev/login"
	"countersign/internal/config"
	"countersign/internal/store"
)

// openLogin is the provider to log in at, as anybody who is in the facts at
// that moment. Its key is kept, so that tokens outlive the process.
func (o Options) openLogin(ctx context.Context, c config.Config) (*people, error) {
	key, err := keptKey(filepath.Join(o.Dir, "login.key"))
	if err != nil {
		return nil, err
	}
	facts, err := store.Open(ctx, c.DatabaseURL, store.MaxConns(2))
	if err != nil {
		return nil, err
	}
	p := &people{facts: facts}
	p.Provider, err = login.New(login.Config{Issuer: c.OIDC.Issuer, Sites: []string{c.PublicURL}, Key: key, People: p.list})
	return p, err
}

type people struct {
	*login.Provider
	facts *store.Store
}

func (p *people) close() { p.facts.Close() }

func (p *people) list(ctx context.Context) ([]login.Person, error) {
	everybody, err := p.facts.Everybody(ctx)
	if err != nil {
		return nil, err
	}
	return append(persons(everybody), operator, nobody), nil
}

// operator is somebody whom the settings name. No manager is one: who runs the
// system is not who works at the office.
var operator = login.Person{Group: login.Operators, Name: "Olle Drift", Email: "olle@drift.example", What: "reads histories in clear text in the Web UI"}

// nobody is somebody whom no office and no customer knows.
var nobody = login.Person{Group: login.Nowhere, Name: "Vera Utan", Email: "vera@nowhere.example", What: "known to no office and no customer"}

// persons is one for each address, with all that they are.
func persons(everybody []store.Occupation) []login.Person {
	var all []login.Person
	last := map[string]string{} // a person's role
	for _, o := range everybody {
		email, what := strings.ToLower(o.Email), o.Role+" at "+o.Place
		i := slices.IndexFunc(all, func(p login.Person) bool { return p.Email == email })
		switch {
		case i < 0 && o.Role == store.Administrator:
			all = append(all, login.Person{Group: login.Customers, Name: o.Name, Email: email, What: what})
		case i < 0:
			all = append(all, login.Person{Group: login.Office, Name: o.Name, Email: email, What: what})
		case last[email] == o.Role:
			all[i].What += ", " + o.Place
		default:
			all[i].What += ", " + what
		}
		last[email] = o.Role
	}
	return all
}
