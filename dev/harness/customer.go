package harness

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

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/login"
)

// Customer is a client of the API with the access token of a customer's employee.
type Customer struct{ *Office }

// Customer logs in with an e-mail address at the OpenID provider of the stack.
func (o *Office) Customer(email string) Customer {
	o.T.Helper()
	token, err := login.AccessToken(o.T.Context(), o.At.Login, email)
	if err != nil {
		o.T.Fatal(err)
	}
	return Customer{o.As(o.T, token)}
}

// Approve reads an invitation by the link in its mail, accepts the terms and approves.
func (c Customer) Approve(link string) {
	c.T.Helper()
	var i rest.InvitationView
	if r := c.Call(http.MethodGet, InvitationPath(link), nil, &i); r.StatusCode != http.StatusOK {
		c.T.Fatalf("read the invitation: %s", r.Status)
	}
	c.decide(link, rest.DecisionRequest{Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: i.OfferHash, Locale: i.Terms.Locale})
}

// Decline declines an invitation by the link in its mail.
func (c Customer) Decline(link string) {
	c.T.Helper()
	c.decide(link, rest.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice})
}

// ApproveChange reads the proposed change of a collaboration, accepts its terms and approves.
func (c Customer) ApproveChange(id collaboration.ActivationID) {
	c.T.Helper()
	p := c.proposal(id)
	c.decideChange(id, p.Number, rest.DecisionRequest{
		Outcome: collaboration.Approve, AcceptTerms: true, OfferHash: p.OfferHash, Locale: p.Terms.Locale,
	})
}

// DeclineChange declines the proposed change of a collaboration.
func (c Customer) DeclineChange(id collaboration.ActivationID) {
	c.T.Helper()
	c.decideChange(id, c.proposal(id).Number, rest.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice})
}

func (c Customer) proposal(id collaboration.ActivationID) *rest.CustomerProposalView {
	c.T.Helper()
	var read rest.CollaborationView
	if r := c.Call(http.MethodGet, "/v1/collaborations/"+string(id), nil, &read); r.StatusCode != http.StatusOK || read.Proposal == nil {
		c.T.Fatalf("read the proposal: %s, %+v", r.Status, read.Proposal)
	}
	return read.Proposal
}

func (c Customer) decideChange(id collaboration.ActivationID, number int, d rest.DecisionRequest) {
	c.T.Helper()
	decision := rest.ChangeDecisionRequest{Number: number, DecisionRequest: d}
	if r := c.Call(http.MethodPost, "/v1/collaborations/"+string(id)+"/decide-change", decision, nil); r.StatusCode != http.StatusOK {
		c.T.Fatalf("%s the change: %s", d.Outcome, r.Status)
	}
}

// decide answers an invitation. A busy worker may take the answer after the request: 202.
func (c Customer) decide(link string, d rest.DecisionRequest) {
	c.T.Helper()
	if r := c.Call(http.MethodPost, InvitationPath(link)+"/decision", d, nil); r.StatusCode != http.StatusOK && r.StatusCode != http.StatusAccepted {
		c.T.Fatalf("%s: %s", d.Outcome, r.Status)
	}
}

// InvitationPath returns the API's path of the invitation with a link.
func InvitationPath(link string) string {
	return "/v1/invitations/" + link[strings.LastIndex(link, "/")+1:]
}

// NewBrowser returns an HTTP client that stores cookies and follows redirects.
func NewBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// LogIn opens a page of the product through the provider's login form and returns
// the page.
func LogIn(t *testing.T, v *http.Client, address, email string) string {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	site := to.Scheme + "://" + to.Host
	form, err := v.Get(site + "/login?" + url.Values{"to": {to.RequestURI()}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if body := Body(t, form); form.StatusCode != http.StatusOK || !strings.Contains(body, `value="`+email+`"`) {
		t.Fatalf("the provider's form does not offer %s: %s\n%s", email, form.Status, body)
	}
	page, err := v.PostForm(form.Request.URL.String(), url.Values{"person": {email}})
	if err != nil {
		t.Fatal(err)
	}
	body := Body(t, page)
	if page.StatusCode != http.StatusOK || page.Request.URL.RequestURI() != to.RequestURI() {
		t.Fatalf("the login ends at %s: %s\n%s", page.Request.URL, page.Status, body)
	}
	return body
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// hiddenFields returns the hidden fields of a page's form.
func hiddenFields(page string) url.Values {
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

// ApproveOnPage logs in, opens the link's page and posts its form to the address at,
// which may be that of another replica. It returns the page.
func ApproveOnPage(t *testing.T, link, at, email string) (page string) {
	t.Helper()
	v := NewBrowser(t)
	page = LogIn(t, v, link, email)
	form := hiddenFields(page)
	form.Set("outcome", "approve")
	form.Set("accept_terms", "yes")
	response, err := v.PostForm(at, form)
	if err != nil {
		t.Fatal(err)
	}
	if body := Body(t, response); response.StatusCode != http.StatusOK {
		t.Fatalf("approve: %s\n%s", response.Status, body)
	}
	return page
}

// startLogin starts an OpenID provider for one site, with these people.
func startLogin(t *testing.T, site string, people ...login.Person) (issuer string) {
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
