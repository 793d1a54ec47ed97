package page

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/identity"
	"countersign/internal/limit"
)

// The keys of a session. A session stores no rights: every request looks them up,
// so that a revoked right ends at once.
const (
	sessionIdentity  = "identity"   // of the logged-in user
	sessionFormToken = "form-token" // ties forms to the login
	sessionDraft     = "draft"      // a form from before the login
)

// anonymousLifetime is the lifetime of a session without a login. Anyone can create one.
const anonymousLifetime = time.Hour

// maxAnonymous bounds the new anonymous sessions of all clients in this process.
var maxAnonymous = limit.Rate{Events: 1200, Per: time.Minute}

// loadSession loads the session of the request's cookie.
func (c *Context) loadSession() error {
	c.gin.Writer.Header().Add("Vary", "Cookie")
	ctx, err := c.kit.load(c.gin.Request)
	if err != nil {
		c.committed = true // there is no session to store
		return err
	}
	c.gin.Request = c.gin.Request.WithContext(ctx)
	return nil
}

func (k *Kit) load(r *http.Request) (context.Context, error) {
	token := ""
	if cookie, err := r.Cookie(k.config.Sessions.Cookie.Name); err == nil {
		token = cookie.Value
	}
	ctx, err := k.config.Sessions.Load(r.Context(), token)
	if err != nil {
		return nil, k.unavailable(r.Context(), err)
	}
	return ctx, nil
}

// unavailable counts and returns an error of the session store.
func (k *Kit) unavailable(ctx context.Context, err error) error {
	k.sessionErrors.Add(context.WithoutCancel(ctx), 1)
	k.config.Log.Error("sessions", "error", err.Error())
	return &collaboration.Error{Code: collaboration.CodeUnavailable, RetryAfter: 5 * time.Second, Cause: err}
}

// commit stores the session and sets its cookie, once, before the response is
// written. If a change of the session cannot be stored, the response is an error page.
// A page that only extends the session is shown.
func (c *Context) commit() error {
	if c.committed {
		return nil
	}
	c.committed = true
	sessions, ctx := c.kit.config.Sessions, c.Context()
	switch sessions.Status(ctx) {
	case scs.Modified:
		token, expiry, err := sessions.Commit(ctx)
		if err != nil {
			err = c.kit.unavailable(ctx, err)
			if !c.mustStore {
				return nil
			}
			c.Person, c.draft = nil, nil
			return err
		}
		sessions.WriteSessionCookie(ctx, c.gin.Writer, token, expiry)
	case scs.Destroyed:
		sessions.WriteSessionCookie(ctx, c.gin.Writer, "", time.Time{})
	}
	return nil
}

// put stores a value in the session. It creates an anonymous session if there is none.
func (c *Context) put(name string, value any) error {
	sessions := c.kit.config.Sessions
	c.mustStore = true
	if c.Person == nil {
		if sessions.Token(c.Context()) == "" {
			if err := c.kit.limitAnonymousSessions(c.Context()); err != nil {
				return err
			}
		}
		sessions.SetDeadline(c.Context(), time.Now().Add(anonymousLifetime))
	}
	sessions.Put(c.Context(), name, value)
	return nil
}

func (k *Kit) limitAnonymousSessions(ctx context.Context) error {
	if k.config.AnonymousPerMinute == 0 {
		return nil
	}
	rate := limit.Rate{Events: k.config.AnonymousPerMinute, Per: time.Minute}
	if err := problem.RateLimited(k.config.Limiter.Take(ctx, "visitor", request.From(ctx).ClientKey, rate)); err != nil {
		return err
	}
	return problem.RateLimited(k.config.Limiter.TakeLocally("visitor", "", maxAnonymous))
}

// person returns the logged-in user of the session in ctx with current rights; nil
// if the session has no login.
func (k *Kit) person(ctx context.Context) (*collaboration.Person, error) {
	id, ok := k.config.Sessions.Get(ctx, sessionIdentity).(identity.Identity)
	if !ok {
		return nil, nil
	}
	limited, cancel := context.WithTimeout(ctx, k.config.Timeout)
	defer cancel()
	person, err := k.config.People.Person(limited, id.Email)
	if err != nil {
		return nil, err
	}
	person.Name, person.Email, person.Login, person.Operator = id.Name, id.Email, id.Login(), k.config.IsOperator(id.Email)
	return &person, nil
}

// startSession stores the login under a new session id, so that an id from before
// the login (session fixation) gives no access. All values are written at once,
// because concurrent requests of one session overwrite each other's.
func startSession(c *Context, id identity.Identity) error {
	ctx, sessions := c.Context(), c.kit.config.Sessions
	c.mustStore = true
	if err := sessions.RenewToken(ctx); err != nil {
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	sessions.Put(ctx, sessionIdentity, id)
	sessions.Put(ctx, sessionFormToken, rand.Text())
	return nil
}

// PeekPerson returns the logged-in user of a request; nil without a login. It does not
// extend the session, so that a page that polls cannot keep a user logged in.
func (k *Kit) PeekPerson(r *http.Request) (*collaboration.Person, error) {
	if _, err := r.Cookie(k.config.Sessions.Cookie.Name); err != nil {
		return nil, nil
	}
	ctx, err := k.load(r)
	if err != nil {
		return nil, err
	}
	return k.person(ctx)
}
