package e2e_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
	"countersign/dev/login"
)

// customer is somebody at a customer who has logged in, and asks the API.
type customer struct{ *office }

// customer logs in as whom the provider takes for the owner of an address.
func (o *office) customer(email string) customer {
	o.t.Helper()
	token, err := login.AccessToken(o.t.Context(), o.at.Login, email)
	if err != nil {
		o.t.Fatal(err)
	}
	return customer{o.with(o.t, token)}
}

// approve accepts the terms that are behind the link in a mail.
func (c customer) approve(link string) {
	c.t.Helper()
	var i api.InvitationView
	if r := c.call(http.MethodGet, invitationPath(link), nil, &i); r.StatusCode != http.StatusOK {
		c.t.Fatalf("the invitation: %s", r.Status)
	}
	c.decide(link, api.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, TermsHash: i.Terms.Hash, Locale: i.Terms.Locale})
}

func (c customer) decline(link string) {
	c.t.Helper()
	c.decide(link, api.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice})
}

func (c customer) decide(link string, d api.DecisionRequest) {
	c.t.Helper()
	if r := c.call(http.MethodPost, invitationPath(link)+"/decision", d, nil); r.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s", d.Outcome, r.Status)
	}
}

func invitationPath(link string) string {
	return "/v1/invitations/" + link[strings.LastIndex(link, "/")+1:]
}

// visitor is a browser: it keeps cookies and follows redirects.
func visitor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// logIn goes to a page of the product by way of the provider's form, and is
// what the page says.
func logIn(t *testing.T, v *http.Client, address, email string) string {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	site := to.Scheme + "://" + to.Host
	asked, err := v.Get(site + "/login?" + url.Values{"to": {to.RequestURI()}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if body := text(t, asked); asked.StatusCode != http.StatusOK || !strings.Contains(body, `value="`+email+`"`) {
		t.Fatalf("%s is not at the provider: %s\n%s", email, asked.Status, body)
	}
	back, err := v.PostForm(asked.Request.URL.String(), url.Values{"person": {email}})
	if err != nil {
		t.Fatal(err)
	}
	body := text(t, back)
	if back.StatusCode != http.StatusOK || back.Request.URL.RequestURI() != to.RequestURI() {
		t.Fatalf("the login ends at %s: %s\n%s", back.Request.URL, back.Status, body)
	}
	return body
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// formOf is a form's hidden fields.
func formOf(page string) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

// approveOnThePage logs in, reads, and approves at an address of the page.
func approveOnThePage(t *testing.T, link, at, email string) (page string) {
	t.Helper()
	v := visitor(t)
	page = logIn(t, v, link, email)
	form := formOf(page)
	form.Set("outcome", "approve")
	form.Set("accept_terms", "yes")
	response, err := v.PostForm(at, form)
	if err != nil {
		t.Fatal(err)
	}
	if body := text(t, response); response.StatusCode != http.StatusOK {
		t.Fatalf("approve: %s\n%s", response.Status, body)
	}
	return page
}

// openLogin is a provider for one site, which has these people.
func openLogin(t *testing.T, site string, people ...login.Person) (issuer string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	issuer = "http://" + server.Listener.Addr().String()
	list := func(context.Context) ([]login.Person, error) { return people, nil }
	server.Config.Handler, err = login.New(login.Config{Issuer: issuer, Sites: []string{site}, Key: key, People: list})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	return issuer
}
