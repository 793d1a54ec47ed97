package stack

import (
	"context"
	"path/filepath"

	"countersign/dev/login"
	"countersign/internal/config"
	"countersign/internal/store/sqldb"
)

// openLogin returns the OpenID provider. It lists the people in the database, read
// again for every page. Its key is stored, so that tokens remain valid after a restart.
func (o Options) openLogin(c config.Config) (*loginProvider, error) {
	key, err := loadSigningKey(filepath.Join(o.Dir, "login.key"))
	if err != nil {
		return nil, err
	}
	conns, err := sqldb.Open(c.DatabaseURL, sqldb.Options{MaxConns: 2, Existing: true})
	if err != nil {
		return nil, err
	}
	p := &loginProvider{conns: conns}
	p.Provider, err = login.New(login.Config{Issuer: c.OIDC.Issuer, Sites: []string{c.PublicURL}, Key: key, People: p.list})
	return p, err
}

type loginProvider struct {
	*login.Provider
	conns *sqldb.DB
}

func (p *loginProvider) close() { p.conns.Close() }

func (p *loginProvider) list(ctx context.Context) ([]login.Person, error) {
	roles, err := readRoles(ctx, p.conns.Reader)
	if err != nil {
		return nil, err
	}
	return append(peopleOf(roles), operator, stranger), nil
}

// operator is the operator in the settings. It is a separate person, because no
// employee of an office operates the system.
var operator = login.Person{Group: login.Operators, Name: "Olle Drift", Email: "olle@drift.example", Description: "reads histories in clear text in the Web UI"}

// stranger belongs to no office and to no customer.
var stranger = login.Person{Group: login.Nowhere, Name: "Vera Utan", Email: "vera@nowhere.example", Description: "belongs to no office and to no customer"}
