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

// openLogin returns the OpenID provider. It lists the people in the database, read
// again for every page. Its key is stored, so that tokens remain valid after a restart.
func (o Options) openLogin(ctx context.Context, c config.Config) (*loginProvider, error) {
	key, err := loadSigningKey(filepath.Join(o.Dir, "login.key"))
	if err != nil {
		return nil, err
	}
	database, err := store.Open(ctx, c.DatabaseURL, store.MaxConns(2))
	if err != nil {
		return nil, err
	}
	p := &loginProvider{database: database}
	p.Provider, err = login.New(login.Config{Issuer: c.OIDC.Issuer, Sites: []string{c.PublicURL}, Key: key, People: p.list})
	return p, err
}

type loginProvider struct {
	*login.Provider
	database *store.Store
}

func (p *loginProvider) close() { p.database.Close() }

func (p *loginProvider) list(ctx context.Context) ([]login.Person, error) {
	accounts, err := p.database.Everybody(ctx)
	if err != nil {
		return nil, err
	}
	return append(peopleOf(accounts), operator, stranger), nil
}

// operator is the operator in the settings. It is a separate person, because no
// employee of an office operates the system.
var operator = login.Person{Group: login.Operators, Name: "Olle Drift", Email: "olle@drift.example", Description: "reads histories in clear text in the Web UI"}

// stranger belongs to no office and to no customer.
var stranger = login.Person{Group: login.Nowhere, Name: "Vera Utan", Email: "vera@nowhere.example", Description: "belongs to no office and to no customer"}

// peopleOf returns one person for each e-mail address. The description has all the
// person's roles.
func peopleOf(accounts []store.Occupation) []login.Person {
	var all []login.Person
	lastRole := map[string]string{} // by e-mail address
	for _, o := range accounts {
		email, description := strings.ToLower(o.Email), o.Role+" at "+o.Place
		i := slices.IndexFunc(all, func(p login.Person) bool { return p.Email == email })
		switch {
		case i < 0 && o.Role == store.Administrator:
			all = append(all, login.Person{Group: login.Customers, Name: o.Name, Email: email, Description: description})
		case i < 0:
			all = append(all, login.Person{Group: login.Office, Name: o.Name, Email: email, Description: description})
		case lastRole[email] == o.Role:
			all[i].Description += ", " + o.Place
		default:
			all[i].Description += ", " + description
		}
		lastRole[email] = o.Role
	}
	return all
}
