package identitytest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"countersign/internal/identity"
)

// Somebody is a person at the provider under test.
type Somebody struct{ Email, Name string }

// Provider is a provider under test.
type Provider struct {
	Config identity.ProviderConfig
	// LogIn goes to the address as the person's browser does, and is the answer
	// that leads back to us.
	LogIn func(t *testing.T, browser *http.Client, address string, who Somebody) *http.Response
	// AccessToken is one that the provider makes; nil where its own have no
	// e-mail address.
	AccessToken func(t *testing.T, who Somebody) string
	// LogsOut is whether it has an end_session_endpoint.
	LogsOut bool
}

// logIn is the query that somebody comes back with.
func (p Provider) logIn(t *testing.T, address string, who Somebody) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.Config.RedirectURL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	answer := p.LogIn(t, &http.Client{Jar: jar, CheckRedirect: stay}, address, who)
	answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatalf("the provider does not lead back: %s", answer.Status)
	}
	return back.Query()
}
