package page

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"countersign/api/i18n"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
)

// Context is one request for a page.
type Context struct {
	Locale collaboration.Locale
	// Person is the principal; nil if the user is not logged in.
	Person *collaboration.Person

	kit   *Kit
	gin   *gin.Context
	level request.AccessLevel // of the route
	// maxUpload bounds the multipart forms of the route, in bytes; 0 if it accepts none.
	maxUpload int64
	// draft has the values of a form that was posted before; nil if there are none. It is
	// isAnswered if it was posted with a valid login.
	draft      url.Values
	isAnswered bool
	// isAnswering is true while the handler answers a posted form.
	isAnswering bool
	// notice names the text that the redirect to this page shows; "" for none.
	notice      string
	keepsNotice bool
	// mustStore is true if the session has a change that must not be lost.
	mustStore, committed bool
}

// Context returns the request's context.
func (c *Context) Context() context.Context { return c.gin.Request.Context() }

// Request returns the request, with its form parsed if it is a POST.
func (c *Context) Request() *http.Request { return c.gin.Request }

// Param returns a parameter of the route.
func (c *Context) Param(name string) string { return c.gin.Param(name) }

// Query returns a query parameter.
func (c *Context) Query(name string) string { return c.gin.Query(name) }

// FormValue returns a field of the posted form, or of the restored draft.
func (c *Context) FormValue(name string) string {
	if c.draft != nil {
		return c.draft.Get(name)
	}
	return c.gin.Request.PostFormValue(name)
}

// HasDraft reports whether the form was posted before and is shown again.
func (c *Context) HasDraft() bool { return c.draft != nil }

// FormValues returns the posted form, or the restored draft.
func (c *Context) FormValues() url.Values {
	if c.draft != nil {
		return c.draft
	}
	return c.gin.Request.PostForm
}

// isPost reports whether a request may change something: pages change by POST alone.
func isPost(r *http.Request) bool { return r.Method == http.MethodPost }

// Page returns the data that all pages share. section is the active part of the
// navigation.
func (c *Context) Page(section, title string) view.Page {
	p := view.Page{Locale: c.Locale, Title: title, Section: section, Person: c.Person, Address: c.gin.Request.URL}
	if c.Person != nil && c.Person.Employee != nil {
		p.Logo = view.NewLogo(c.Person.Employee.OfficeLogo, c.Person.Employee.OfficeName)
	}
	if c.Person != nil {
		p.Token = c.kit.config.Sessions.GetString(c.Context(), sessionFormToken)
	}
	if c.draft != nil {
		key := "draft.kept"
		if c.isAnswered {
			key = "draft.answered"
		}
		p.Notice = i18n.Text(c.Locale, key)
	} else if note := "note." + c.notice; i18n.Has(c.Locale, note) {
		p.Notice = i18n.Text(c.Locale, note)
	}
	return p
}

// Render responds with a template. data embeds the result of Page.
func (c *Context) Render(status int, template string, data any) error {
	keepForm(c, status)
	if err := c.commit(); err != nil {
		return err
	}
	endNotice(c)
	c.gin.Header("Content-Security-Policy", view.Policy)
	c.gin.Data(status, "text/html; charset=utf-8", view.Render(c.Locale, template, data))
	return nil
}

// Redirect responds with 303 See Other, so that a reload does not repeat the request.
func (c *Context) Redirect(to string) error {
	endForm(c)
	if err := c.commit(); err != nil {
		return err
	}
	c.gin.Redirect(http.StatusSeeOther, to)
	return nil
}

// NoContent responds with 204.
func (c *Context) NoContent() { c.gin.Status(http.StatusNoContent) }

// Writer commits the session and returns the response writer, for an event stream.
func (c *Context) Writer() (http.ResponseWriter, error) { return c.gin.Writer, c.commit() }
