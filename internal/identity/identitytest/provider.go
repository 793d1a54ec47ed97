package identitytest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"countersign/internal/identity"
)

// User is a user of the provider under test.
type User struct{ Email, Name string }

// Provider is a provider under test.
type Provider struct {
	Config identity.ProviderConfig
	// LogIn opens the address like the user's browser, and returns the response that
	// redirects to the product.
	LogIn func(t *testing.T, browser *http.Client, address string, user User) *http.Response
	// AccessToken returns an access token of the provider. It is nil if the provider's
	// tokens have no e-mail address.
	AccessToken func(t *testing.T, user User) string
	// HasLogout reports whether the provider has an end_session_endpoint.
	HasLogout bool
}

// logIn logs a user in and returns the query of the redirect.
func (p Provider) logIn(t *testing.T, address string, user User) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stopAtCallback := func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.Config.RedirectURL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	response := p.LogIn(t, &http.Client{Jar: jar, CheckRedirect: stopAtCallback}, address, user)
	response.Body.Close()
	callback, err := response.Location()
	if err != nil {
		t.Fatalf("the provider did not redirect to the callback: %s", response.Status)
	}
	return callback.Query()
}
