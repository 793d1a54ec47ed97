package page

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"countersign/internal/identity"
)

// A login attempt is kept in a cookie of its own, named by its state, until the provider
// redirects back. So the tabs of a browser log in independently, and a visitor needs no
// session. The cookie is as protected as the session's: __Host- keeps other sites from
// writing it.
const (
	attemptSuffix   = "-login-"
	attemptLifetime = time.Hour
	// maxAttempts bounds the size of the Cookie header; the oldest attempt is dropped.
	maxAttempts = 5
	// maxReturnPath bounds the path to return to, in bytes.
	maxReturnPath = 2000
)

// loginAttempt is a login attempt at the provider, and where to redirect afterwards.
type loginAttempt struct {
	identity.Attempt
	To string
}

// attempts are the login attempts of one browser.
type attempts struct {
	request *http.Request
	writer  http.ResponseWriter
	session scs.SessionCookie
	prefix  string // of the cookies' names
}

func (k *Kit) attemptsOf(c *Context) attempts {
	cookie := k.config.Sessions.Cookie
	return attempts{c.gin.Request, c.gin.Writer, cookie, cookie.Name + attemptSuffix}
}

func (a attempts) store(attempt loginAttempt) {
	if len(attempt.To) > maxReturnPath {
		attempt.To = "/"
	}
	var pending []string
	for _, cookie := range a.request.Cookies() { // browsers send the oldest first
		if strings.HasPrefix(cookie.Name, a.prefix) {
			pending = append(pending, strings.TrimPrefix(cookie.Name, a.prefix))
		}
	}
	for len(pending) >= maxAttempts {
		a.setCookie(pending[0], "", -1)
		pending = pending[1:]
	}
	raw, _ := json.Marshal(attempt) // strings only: marshalling cannot fail
	a.setCookie(attempt.State, base64.RawURLEncoding.EncodeToString(raw), int(attemptLifetime.Seconds()))
}

// take returns the attempt with a state, and removes it.
func (a attempts) take(state string) (loginAttempt, bool) {
	cookie, err := a.request.Cookie(a.prefix + state)
	if err != nil {
		return loginAttempt{}, false
	}
	a.setCookie(state, "", -1)
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	var attempt loginAttempt
	if err != nil || json.Unmarshal(raw, &attempt) != nil || attempt.State != state {
		return loginAttempt{}, false
	}
	attempt.To = localPath(attempt.To)
	return attempt, true
}

func (a attempts) setCookie(state, value string, maxAge int) {
	setCookie(a.writer, a.session, attemptSuffix+state, value, maxAge)
}

// setCookie sets a cookie with the protection of the session's, and a suffix to its name. It
// removes the cookie with a negative age.
func setCookie(w http.ResponseWriter, session scs.SessionCookie, suffix, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{Name: session.Name + suffix, Value: value, Path: session.Path, MaxAge: maxAge,
		HttpOnly: session.HttpOnly, Secure: session.Secure, SameSite: session.SameSite})
}
