package page

import (
	"net/http"
	"net/url"
	"strings"

	"countersign/api/i18n"
	"countersign/collaboration"
	"countersign/internal/identity"
)

// pendingLogin is a login attempt at the provider, and where to redirect afterwards.
type pendingLogin struct {
	identity.Attempt
	To string
}

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
	if err := c.put(sessionPendingLogin, pendingLogin{attempt, to}); err != nil {
		return err
	}
	return c.Redirect(address)
}

// loginCallback finishes a login after the provider's redirect.
func (k *Kit) loginCallback(c *Context) error {
	pending, ok := k.config.Sessions.Pop(c.Context(), sessionPendingLogin).(pendingLogin)
	if !ok {
		if c.Person != nil { // the user reloaded the page
			return c.Redirect("/")
		}
		return &collaboration.Error{Code: collaboration.CodeUnauthenticated}
	}
	id, err := k.config.Login.Finish(c.Context(), pending.Attempt, c.Request().URL.Query())
	if err != nil {
		return err
	}
	if err := k.startSession(c.Context(), id); err != nil {
		return err
	}
	return c.Redirect(pending.To)
}

// logout ends the session here, then at the provider.
func (k *Kit) logout(c *Context) error {
	id, _ := k.config.Sessions.Get(c.Context(), sessionIdentity).(identity.Identity)
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
