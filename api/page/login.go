package page

import (
	"net/http"
	"net/url"
	"strings"

	"countersign/api/i18n"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/identity"
)

// callbackPath is where the provider redirects to.
const callbackPath = "/login/callback"

// login redirects to the provider. With ?switch the provider asks for an account,
// even if the user is logged in.
func (k *Kit) login(c *Context) error {
	to, prompt := localPath(c.Query("to")), ""
	if c.Query("switch") != "" {
		prompt = "select_account"
	} else if c.Person != nil {
		return c.Redirect(to)
	}
	address, attempt, err := k.config.Login.Begin(c.Context(), prompt)
	if err != nil {
		return err
	}
	k.attemptsOf(c).store(loginAttempt{attempt, to})
	return c.Redirect(address)
}

// loginCallback finishes a login after the provider's redirect. An unknown state ends
// nothing: anybody can send such a link.
func (k *Kit) loginCallback(c *Context) error {
	query := c.Request().URL.Query()
	attempt, ok := k.attemptsOf(c).take(query.Get("state"))
	if !ok {
		if c.Person != nil { // the user reloaded the page
			return c.Redirect("/")
		}
		return &collaboration.Error{Code: collaboration.CodeLoginUnknown}
	}
	id, err := k.config.Login.Finish(c.Context(), attempt.Attempt, query)
	if err != nil {
		request.From(c.Context()).Credential = id.Subject
		return err
	}
	if err := startSession(c, id); err != nil {
		return err
	}
	return c.Redirect(attempt.To)
}

// logout ends the session here, then at the provider.
func (k *Kit) logout(c *Context) error {
	id, _ := k.config.Sessions.Get(c.Context(), sessionIdentity).(identity.Identity)
	c.mustStore = true
	if err := k.config.Sessions.Destroy(c.Context()); err != nil {
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	c.Person = nil
	page := c.Page("", i18n.Text(c.Locale, "logout.title"))
	page.GoTo = k.config.Login.LogoutURL(id.IDToken, strings.TrimSuffix(k.config.PublicURL, "/")+"/")
	return c.Render(http.StatusOK, "general/logout", page)
}

// LoginPath returns the address of the login that leads back to a local path.
func LoginPath(to string) string { return "/login?" + url.Values{"to": {to}}.Encode() }

// localPath returns to if it is a path of this site, and otherwise "/" (no open redirect).
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}
