package api_test

import (
	"cmp"
	"context"
	"net/url"

	"countersign/collaboration"
	"countersign/internal/identity"
)

// People at the offices, and their tokens.
var (
	maja   = collaboration.Employee{ID: "emp-maja", OfficeID: "office-1", Name: "Maja Ekström", Email: "maja@byran.example", Role: collaboration.RoleManager}
	nils   = collaboration.Employee{ID: "emp-nils", OfficeID: "office-1", Name: "Nils Berg", Email: "nils@byran.example", Role: collaboration.RoleEmployee}
	sara   = collaboration.Employee{ID: "emp-sara", OfficeID: "office-2", Name: "Sara Sund", Email: "sara@annan.example", Role: collaboration.RoleManager}
	tokens = map[string]collaboration.Person{"maja-token": atOffice(maja), "nils-token": atOffice(nils), "sara-token": atOffice(sara), "english-token": atOffice(inEnglish(nils))}
)

// administrators are customers' administrators, by their token. Otto administers no
// customer, and Olle is an operator.
var administrators = map[string]string{"ake-token": "ake@akes.example", "asa-token": "asa@oberg.example", "otto-token": "otto@else.example", "olle-token": olle}

const (
	olle  = "olle@drift.example"
	webUI = "https://temporal.example"
)

func (w *world) Authenticate(ctx context.Context, token string) (collaboration.Person, error) {
	if p, ok := tokens[token]; ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.left == p.Employee.Email {
			p.Employee = nil
		}
		p.Administers = w.administrationsOf(p.Email)
		return p.SeparateDuties(), nil
	}
	if p, known, err := w.program(token); known {
		return p, err
	}
	if email, ok := administrators[token]; ok {
		p, err := w.Person(ctx, email)
		p.Email = email
		return p, err
	}
	return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeUnauthenticated}
}

// inEnglish returns an employee of an office with English as its default language.
func inEnglish(e collaboration.Employee) collaboration.Employee {
	e.OfficeLocale = collaboration.English
	return e
}

func atOffice(e collaboration.Employee) collaboration.Person {
	return collaboration.Person{Name: e.Name, Email: e.Email, Employee: &e}
}

// Begin redirects to a provider without a login form: the code is the e-mail address of
// the person.
func (w *world) Begin(_ context.Context, prompt string) (string, identity.Attempt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return "https://login.example/authorize?prompt=" + prompt, identity.Attempt{State: cmp.Or(w.nextState, "state")}, w.called("Begin")
}

func (w *world) Finish(_ context.Context, a identity.Attempt, query url.Values) (identity.Identity, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.called("Finish"); err != nil {
		return identity.Identity{Subject: query.Get("code")}, err
	}
	if query.Get("state") != a.State || query.Get("code") == "" {
		return identity.Identity{}, &collaboration.Error{Code: collaboration.CodeLoginRefused}
	}
	return identity.Identity{Issuer: "https://login.example", Subject: "sub-1", ACR: "2", AMR: []string{"pwd", "otp"}, Email: query.Get("code"), Name: "Name of " + query.Get("code"), IDToken: "id-token"}, nil
}

func (w *world) LogoutURL(idToken, returnTo string) string {
	return "https://login.example/logout?id_token_hint=" + idToken + "&post_logout_redirect_uri=" + returnTo
}

// Person returns the roles of an e-mail address in this world.
func (w *world) Person(_ context.Context, email string) (collaboration.Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.called("Person"); err != nil {
		return collaboration.Person{}, err
	}
	var p collaboration.Person
	for _, e := range []collaboration.Employee{maja, nils, sara} {
		if e.Email == email && e.Email != w.left {
			e.OfficeName, e.OfficeLogo = "Byrån", w.logos[e.OfficeID].Digest
			p.Employee = &e
		}
	}
	p.Administers = w.administrationsOf(email)
	return p.SeparateDuties(), nil
}

// administrationsOf returns the customers that an address administers. The caller holds the
// lock.
func (w *world) administrationsOf(email string) (all []collaboration.Administration) {
	for _, c := range w.customers {
		for _, a := range c.Administrators {
			if a.Email == email {
				all = append(all, collaboration.Administration{AdministratorID: a.ID, CustomerID: c.ID, CustomerName: c.Name, OfficeID: c.OfficeID, OfficeName: "Byrån"})
			}
		}
	}
	return all
}
