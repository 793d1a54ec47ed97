package login

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"countersign/collaboration"
)

//go:embed page.html
var pages string

//go:embed style.css
var style string

var page = template.Must(template.New("").Parse(pages))

// showPeople handles the authorization request: it shows the people to log in as.
func (p *Provider) showPeople(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !p.validate(w, r, q) {
		return
	}
	people, err := p.People(r.Context())
	if err != nil {
		p.show(w, http.StatusServiceUnavailable, "message", "The list of people is not available right now. Try again shortly.")
		return
	}
	view := peopleView{Action: "/authorize?" + r.URL.RawQuery, Hint: q.Get("login_hint")}
	for _, name := range []string{Office, Customers, Operators, Nowhere} {
		members := group{Name: name}
		for _, person := range people {
			if person.Group == name {
				members.People = append(members.People, person)
			}
			if strings.EqualFold(person.Email, view.Hint) {
				view.HintedPerson = person.Email
			}
		}
		view.Groups = append(view.Groups, members)
	}
	p.show(w, http.StatusOK, "people", view)
}

type group struct {
	Name   string
	People []Person
}

// peopleView is the data of the page. The focus is on the button of HintedPerson. For
// a login_hint without a person, it is on the e-mail field with Hint.
type peopleView struct {
	Action             string
	Groups             []group
	Hint, HintedPerson string
}

// authorize handles the page's form: it redirects to the client with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !p.validate(w, r, q) {
		return
	}
	email := strings.TrimSpace(cmp.Or(r.PostFormValue("person"), r.PostFormValue("email")))
	if !collaboration.ValidEmail(email) {
		p.show(w, http.StatusUnprocessableEntity, "message", "This is not an e-mail address. Go back and try again.")
		return
	}
	code := p.addGrant(grant{
		person: p.person(r.Context(), email, strings.TrimSpace(r.PostFormValue("name"))), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), redirectURI: q.Get("redirect_uri"), expiresAt: time.Now().Add(codeLifetime),
	})
	http.Redirect(w, r, withQuery(q.Get("redirect_uri"), "code", code, "state", q.Get("state"), "iss", p.Issuer), http.StatusSeeOther)
}

// validate checks an authorization request and responds to an invalid one. It redirects
// to the client with the error only if the redirect URI is registered.
func (p *Provider) validate(w http.ResponseWriter, r *http.Request, q url.Values) bool {
	redirectURI := q.Get("redirect_uri")
	if q.Get("client_id") != ClientID || !p.isSiteURL(redirectURI, "/login/callback") {
		p.show(w, http.StatusBadRequest, "message", "No client is registered with this client_id and redirect_uri.")
		return false
	}
	problem := ""
	switch {
	case q.Get("response_type") != "code":
		problem = "unsupported_response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		problem = "invalid_scope"
	case q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "":
		problem = "invalid_request"
	case q.Get("prompt") == "none": // the provider has no login session
		problem = "login_required"
	default:
		return true
	}
	http.Redirect(w, r, withQuery(redirectURI, "error", problem, "state", q.Get("state")), http.StatusSeeOther)
	return false
}

// person returns the person with an e-mail address from the list, or a new one with
// the name that the form has.
func (p *Provider) person(ctx context.Context, email, name string) Person {
	people, _ := p.People(ctx) // after an error the form's name is used
	for _, person := range people {
		if strings.EqualFold(person.Email, email) {
			return person
		}
	}
	return Person{Email: strings.ToLower(email), Name: cmp.Or(name, email)}
}

// addGrant stores a grant under a new code, and deletes expired codes.
func (p *Provider) addGrant(g grant) (code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for code, old := range p.codes {
		if time.Now().After(old.expiresAt) {
			delete(p.codes, code)
		}
	}
	code = rand.Text()
	p.codes[code] = g
	return code
}

// show writes a page. Its Content-Security-Policy restricts the form's redirects to the
// sites of the product.
func (p *Provider) show(w http.ResponseWriter, status int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' "+strings.Join(p.Sites, " "))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = page.ExecuteTemplate(w, name, data) // an error means that the client has disconnected
}

// withQuery adds names and values to an address. It omits empty values.
func withQuery(address string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return address
	}
	return address + "?" + q.Encode()
}
