package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"countersign/api/web"
	"countersign/collaboration"
)

// home is where a person begins: at the office, with its own collaborations, or
// outside.
func (s *Server) home(v *visit) error {
	switch {
	case employees.refuses(v.person) == "":
		return v.seeOther("/overview")
	case administrators.refuses(v.person) == "":
		return v.seeOther("/my/collaborations")
	}
	return v.show(http.StatusOK, "general/index", indexPage{v.page("", "Countersign"), s.CodecOrigins})
}

// indexPage is for who has nothing here; an operator's work is in the Web UIs.
type indexPage struct {
	web.Page
	WebUIs []string
}

// troublePage says why a page cannot be shown, and what to do.
type troublePage struct {
	web.Page
	// What names the texts "trouble.<what>.title", ".text" and ".do".
	What     string
	Instance string
	// Login leads back here once somebody has logged in.
	Login string
}

// trouble shows why a page cannot be shown, and a way on.
func (v *visit) trouble(err error) {
	address := v.c.Request.URL.RequestURI()
	reading := v.c.Request.Method != http.MethodPost
	if errors.Is(err, errOldForm) {
		_ = v.seeOther(v.c.Request.URL.Path)
		return
	}
	p := problemOf(v.ctx(), err)
	if reading && p.Code == collaboration.CodeUnauthenticated && v.person == nil && v.c.FullPath() != "/login/callback" {
		_ = v.seeOther(loginPath(address))
		return
	}
	for name, values := range p.headers {
		v.c.Writer.Header()[name] = values
	}
	v.c.Writer.Header().Del("WWW-Authenticate") // no browser's own dialogue
	page := troublePage{What: troubleOf(p), Instance: p.Instance, Login: loginPath(v.c.Request.URL.Path)}
	if page.What != "unavailable" {
		page.Instance = ""
	}
	page.Page = v.page("", web.Text(v.locale, "trouble."+page.What+".title"))
	_ = v.show(p.Status, "general/trouble", page)
}

// troubleOf is what to say of a problem.
func troubleOf(p *Problem) string {
	switch p.Code {
	case collaboration.CodeUnauthenticated:
		return "login"
	case collaboration.CodeForbidden:
		return "forbidden"
	case collaboration.CodeForgedForm:
		return "forged"
	case collaboration.CodeLinkInvalid:
		return "invalid"
	case collaboration.CodeLinkExpired: // an invitation that has expired has a page of its own
		return "old"
	case collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound, collaboration.CodeActivationNotFound, collaboration.CodeNotFound, collaboration.CodeMethodNotAllowed:
		return "missing"
	case collaboration.CodeMalformedRequest, collaboration.CodeBodyTooLarge:
		return "unreadable"
	case collaboration.CodeRateLimited:
		return "busy"
	}
	return "unavailable"
}

// nothingHere answers an address that leads nowhere, or not in that way: a
// browser with a page.
func (s *Server) nothingHere(code collaboration.Code) gin.HandlerFunc {
	err := &collaboration.Error{Code: code}
	return func(c *gin.Context) {
		if wantsPage(c.Request) {
			s.visit(c, everyone, func(*visit) error { return err })
			return
		}
		writeProblem(c, err)
	}
}

// wantsPage reports whether a browser shows the answer to somebody.
func wantsPage(r *http.Request) bool {
	return hasSession(r) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (s *Server) healthy(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// ready says whether requests shall be sent here. They are while the database is
// away: it is away for every replica, and whoever asks is told so in our words.
func (s *Server) ready(c *gin.Context) {
	if s.isDraining() {
		c.String(http.StatusServiceUnavailable, "stopping\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}
