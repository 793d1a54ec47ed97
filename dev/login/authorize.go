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

// choose shows who there is.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !p.mayAsk(w, r, q) {
		return
	}
	people, err := p.People(r.Context())
	if err != nil {
		p.show(w, http.StatusServiceUnavailable, "message", "The people cannot be read right now. Try again shortly.")
		return
	}
	view := peopleView{Action: "/authorize?" + r.URL.RawQuery, Hint: q.Get("login_hint")}
	for _, name := range []string{Office, Customers, Operators, Nowhere} {
		of := group{Name: name}
		for _, person := range people {
			if person.Group == name {
				of.People = append(of.People, person)
			}
			if strings.EqualFold(person.Email, view.Hint) {
				view.Known = person.Email
			}
		}
		view.Groups = append(view.Groups, of)
	}
	p.show(w, http.StatusOK, "people", view)
}

type group struct {
	Name   string
	People []Person
}

// peopleView begins at who is hinted at: a known person's button, or the field.
type peopleView struct {
	Action      string
	Groups      []group
	Hint, Known string
}

// chosen leads back with a code.
func (p *Provider) chosen(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !p.mayAsk(w, r, q) {
		return
	}
	email := strings.TrimSpace(cmp.Or(r.PostFormValue("person"), r.PostFormValue("email")))
	if !collaboration.ValidEmail(email) {
		p.show(w, http.StatusUnprocessableEntity, "message", "That is no e-mail address. Go back and try again.")
		return
	}
	code := p.grant(grant{
		who: p.somebody(r.Context(), email, strings.TrimSpace(r.PostFormValue("name"))), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), back: q.Get("redirect_uri"), until: time.Now().Add(codeLifetime),
	})
	http.Redirect(w, r, withQuery(q.Get("redirect_uri"), "code", code, "state", q.Get("state"), "iss", p.Issuer), http.StatusSeeOther)
}

// mayAsk answers a request that is wrong: where it came from, if that is one of
// ours.
func (p *Provider) mayAsk(w http.ResponseWriter, r *http.Request, q url.Values) bool {
	back := q.Get("redirect_uri")
	if q.Get("client_id") != ClientID || !p.leadsTo(back, "/login/callback") {
		p.show(w, http.StatusBadRequest, "message", "Nobody is registered here with that client_id and redirect_uri.")
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
	case q.Get("prompt") == "none": // nobody stays logged in here
		problem = "login_required"
	default:
		return true
	}
	http.Redirect(w, r, withQuery(back, "error", problem, "state", q.Get("state")), http.StatusSeeOther)
	return false
}

// somebody is called what the list says, or else what they say.
func (p *Provider) somebody(ctx context.Context, email, name string) Person {
	people, _ := p.People(ctx) // without the list a name is not known
	for _, person := range people {
		if strings.EqualFold(person.Email, email) {
			return person
		}
	}
	return Person{Email: strings.ToLower(email), Name: cmp.Or(name, email)}
}

// grant keeps what a code stands for.
func (p *Provider) grant(g grant) (code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for code, old := range p.codes {
		if time.Now().After(old.until) {
			delete(p.codes, code)
		}
	}
	code = rand.Text()
	p.codes[code] = g
	return code
}

// show lets the page's form lead back to the sites, and nowhere else.
func (p *Provider) show(w http.ResponseWriter, status int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' "+strings.Join(p.Sites, " "))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = page.ExecuteTemplate(w, name, data) // whoever asked has gone
}

// withQuery adds names and values to an address, but for empty values.
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
