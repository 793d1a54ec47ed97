package page

import (
	"context"
	"crypto/hmac"
	"errors"
	"net/http"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
)

// maxForm bounds a posted form, in bytes.
const maxForm = 64 << 10

// admit runs the checks before the handler, in this order: cross-site requests,
// the form's size, authentication, authorization, the form's login. An upload is
// read after the authorization, so that no stranger can make the server parse one.
func (c *Context) admit(level request.AccessLevel) error {
	c.level = level
	if isPost(c.gin.Request) {
		if err := c.checkOrigin(); err != nil {
			return err
		}
		if c.maxUpload == 0 {
			if err := parseForm(c); err != nil {
				return err
			}
		}
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	if denied := level.Authorize(c.Person, c.gin.Request.Method); denied != nil {
		if isPost(c.gin.Request) && c.Person == nil {
			if err := storeDraft(c, false); err != nil {
				return err
			}
		}
		return denied
	}
	if isPost(c.gin.Request) && c.maxUpload > 0 {
		if err := parseUpload(c); err != nil {
			return err
		}
	}
	if isPost(c.gin.Request) && level != request.AccessPublic && !isFormOfThisLogin(c) {
		if err := storeDraft(c, false); err != nil {
			return err
		}
		return errStaleForm
	}
	if !isPost(c.gin.Request) {
		restoreDraft(c)
	}
	return nil
}

// Recheck checks the login and the rights again, for an event stream: a logout or a
// removed right ends it. It returns ctx with the current principal.
func (c *Context) Recheck(ctx context.Context) (context.Context, error) {
	// The request's context has the session as it was at the beginning.
	fresh, cancel := context.WithTimeout(context.Background(), c.kit.config.Timeout)
	defer cancel()
	person, err := c.kit.PeekPerson(c.gin.Request.WithContext(fresh))
	if err != nil {
		return ctx, err
	}
	if err := c.level.Authorize(person, http.MethodGet); err != nil {
		return ctx, err
	}
	return request.WithPerson(ctx, *person), nil
}

// checkOrigin rejects a cross-site request (CSRF) before the form is read.
//
// http.CrossOriginProtection compares Sec-Fetch-Site, or Origin with Host. A browser
// that sends neither is older than 2020; there the session cookie's SameSite=Lax
// keeps the cookie off cross-site POSTs.
func (c *Context) checkOrigin() error {
	if err := c.kit.crossOrigin.Check(c.gin.Request); err != nil {
		return &collaboration.Error{Code: collaboration.CodeForgedForm, Cause: err}
	}
	return nil
}

func parseForm(c *Context) error {
	r := c.gin.Request
	r.Body = http.MaxBytesReader(c.gin.Writer, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return problem.Unreadable(err)
	}
	request.NormalizeValues(r.PostForm)
	request.NormalizeValues(r.Form)
	return nil
}

// authenticate looks up the principal of the session.
func (c *Context) authenticate() error {
	person, err := c.kit.person(c.Context())
	if err != nil || person == nil {
		return err
	}
	c.Person = person
	c.gin.Request = c.gin.Request.WithContext(request.WithPerson(c.Context(), *person))
	return nil
}

// errStaleForm is the error for a form that was rendered in another login, maybe of
// another user. The response shows the form with its values; the user can send it again.
var errStaleForm = errors.New("the form was rendered in another login")

// isFormOfThisLogin compares the form's token with the session's, which is new
// with each login.
func isFormOfThisLogin(c *Context) bool {
	want := c.kit.config.Sessions.GetString(c.Context(), sessionFormToken)
	return want != "" && hmac.Equal([]byte(want), []byte(c.gin.Request.PostFormValue("token")))
}
