package page

import (
	"errors"

	"github.com/gin-gonic/gin"

	"countersign/api/i18n"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
)

// errorPage explains why a page cannot be shown, and the next step.
type errorPage struct {
	view.Page
	// Kind selects the texts "error.<kind>.title", ".text" and ".do".
	Kind     string
	Instance string
	// Login is the login that leads back here.
	Login string
}

// WriteError answers a request with the page of an error, without loading a
// session: for errors before or after the handler.
func (k *Kit) WriteError(gc *gin.Context, err error) {
	c := &Context{kit: k, gin: gc, Locale: selectedLocale(gc.Request), committed: true}
	c.renderError(err)
}

// NotFound answers a request without a route.
func (k *Kit) NotFound(gc *gin.Context, err error) {
	k.serve(gc, request.AccessPublic, 0, func(*Context) error { return err })
}

// renderError responds with the page of an error. A GET without a login redirects
// to the login, and a stale form to its page.
func (c *Context) renderError(err error) {
	u := c.gin.Request.URL
	if errors.Is(err, errStaleForm) {
		if err = redirectToForm(c); err == nil {
			return
		}
	}
	p := problem.Report(c.Context(), err)
	if !isPost(c.gin.Request) && p.Code == collaboration.CodeUnauthenticated && c.Person == nil && c.gin.FullPath() != callbackPath {
		if err = c.Redirect(LoginPath(u.RequestURI())); err == nil {
			return
		}
		p = problem.Report(c.Context(), err)
	}
	keepForm(c, p.Status)
	if err := c.commit(); err != nil {
		p = problem.Report(c.Context(), err)
	}
	p.CopyHeaders(c.gin.Writer.Header())
	c.gin.Writer.Header().Del("WWW-Authenticate") // it would open the browser's own dialogue
	page := errorPage{Kind: errorKind(p.Code), Instance: p.Instance, Login: LoginPath(u.Path)}
	if page.Kind == "login" && c.maxUpload > 0 {
		page.Kind = "login_file" // the input is not kept
	}
	if c.gin.FullPath() == callbackPath {
		page.Login = LoginPath("/") + "&switch=1" // the provider may remember the account that was refused
	}
	if page.Kind != "unavailable" {
		page.Instance = ""
	}
	page.Page = c.Page("", i18n.Text(c.Locale, "error."+page.Kind+".title"))
	_ = c.Render(p.Status, "general/error", page) // the session is committed
}

// redirectToForm shows the form of another login again. A file is not kept, which the
// page says.
func redirectToForm(c *Context) error {
	if c.maxUpload > 0 {
		return c.RedirectWithNotice(c.gin.Request.URL.Path, "choose_again")
	}
	return c.Redirect(c.gin.Request.URL.Path)
}

// errorKind returns the kind of page for a code.
func errorKind(code collaboration.Code) string {
	switch code {
	case collaboration.CodeUnauthenticated:
		return "login"
	case collaboration.CodeLoginUnknown, collaboration.CodeLoginRefused, collaboration.CodeEmailNotVerified:
		return string(code)
	case collaboration.CodeForbidden:
		return "forbidden"
	case collaboration.CodeSeparationOfDuties:
		return "duties"
	case collaboration.CodeForgedForm:
		return "forged"
	case collaboration.CodeLinkInvalid:
		return "invalid"
	case collaboration.CodeLinkExpired: // an expired invitation has its own page
		return "expired"
	case collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound, collaboration.CodeActivationNotFound,
		collaboration.CodeNotFound, collaboration.CodeMethodNotAllowed:
		return "missing"
	case collaboration.CodeMalformedRequest, collaboration.CodeBodyTooLarge:
		return "unreadable"
	case collaboration.CodeRateLimited:
		return "busy"
	}
	return "unavailable"
}
