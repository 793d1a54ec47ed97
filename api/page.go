package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"countersign/api/web"
	"countersign/collaboration"
)

// visit is one request for a page.
type visit struct {
	c      *gin.Context
	s      *Server
	locale collaboration.Locale
	// person is nil where nobody is logged in.
	person *collaboration.Person
	// draft is the form as it was filled in before the login had to be renewed.
	draft url.Values
}

// pageHandler shows a page, or fails with why it cannot.
type pageHandler func(*visit) error

// page is an address for people. GET and HEAD only show; a POST changes
// something, goes to the address of the page that its form is on, and leads on
// to a page that can be loaded again.
func (s *Server) page(method, path string, who audience, h pageHandler) {
	s.audiences[method+" "+path] = who
	s.engine.Handle(method, path, func(c *gin.Context) { s.visit(c, who, h) })
	if method == http.MethodGet {
		s.audiences[http.MethodHead+" "+path] = who
		s.engine.HEAD(path, func(c *gin.Context) { s.visit(c, who, h) })
	}
}

func (s *Server) visit(c *gin.Context, who audience, h pageHandler) {
	v := &visit{c: c, s: s, locale: s.pageLocale(c.Writer, c.Request)}
	requestOf(v.ctx()).locale = v.locale
	err := s.enter(v, who)
	if err == nil {
		err = v.serve(h)
	}
	if err != nil {
		v.trouble(err)
	}
}

func (v *visit) serve(h pageHandler) error {
	if v.c.Request.Method == http.MethodPost {
		leave, err := v.s.turn(v.ctx())
		if err != nil {
			return err
		}
		defer leave()
	}
	return h(v)
}

// enter finds out who is there, and lets in who may.
func (s *Server) enter(v *visit, who audience) error {
	posted := v.c.Request.Method == http.MethodPost
	if posted {
		if err := s.crossOrigin.Check(v.c.Request); err != nil {
			return &collaboration.Error{Code: collaboration.CodeForgedForm, Cause: err}
		}
		v.c.Request.Body = http.MaxBytesReader(v.c.Writer, v.c.Request.Body, maxBody)
		if err := v.c.Request.ParseForm(); err != nil {
			return unreadable(err)
		}
	}
	var err error
	if v.person, err = s.identify(v.ctx()); err != nil {
		return err
	}
	if v.person != nil {
		v.c.Request = v.c.Request.WithContext(withPerson(v.ctx(), *v.person))
	}
	if code := who.refuses(v.person); code != "" {
		if posted && code == collaboration.CodeUnauthenticated {
			if err := v.keepDraft(); err != nil {
				return err
			}
		}
		return &collaboration.Error{Code: code}
	}
	if posted && who != everyone && !s.isOurForm(v.c.Request) {
		if err := v.keepDraft(); err != nil {
			return err
		}
		return errOldForm
	}
	if d, ok := s.Sessions.Get(v.ctx(), sessionDraft).(draft); ok && !posted && v.person != nil && d.Path == v.c.Request.URL.Path {
		s.Sessions.Remove(v.ctx(), sessionDraft)
		v.draft = d.Values
	}
	return nil
}

// errOldForm is a form that was made in a session that is over. It is shown
// again, filled in, to be sent anew.
var errOldForm = errors.New("the form is of an earlier session")

// keepDraft keeps what was typed until the form is shown again.
func (v *visit) keepDraft() error {
	values := v.c.Request.PostForm
	values.Del("token")
	if v.person == nil && len(values.Encode()) > maxDraft {
		return nil
	}
	return v.keep(sessionDraft, draft{v.c.Request.URL.Path, values})
}

func (v *visit) ctx() context.Context { return v.c.Request.Context() }

// posted is a field of the form: as it was sent now, or before a new login.
func (v *visit) posted(name string) string {
	if v.draft != nil {
		return v.draft.Get(name)
	}
	return v.c.Request.PostFormValue(name)
}

// page is what every page has beside its own.
func (v *visit) page(section, title string) web.Page {
	p := web.Page{Locale: v.locale, Title: title, Section: section, Person: v.person, Address: v.c.Request.URL}
	if v.person != nil {
		p.Token = v.s.Sessions.GetString(v.ctx(), sessionForms)
	}
	if v.draft != nil {
		p.Notice = web.Text(v.locale, "draft.kept")
	} else if note := "note." + v.c.Query("note"); v.c.Request.Method != http.MethodPost && web.Has(v.locale, note) {
		p.Notice = web.Text(v.locale, note)
	}
	return p
}

// show is the whole page; data embeds what page returned.
func (v *visit) show(status int, name string, data any) error {
	v.c.Header("Content-Security-Policy", web.Policy)
	v.c.Data(status, "text/html; charset=utf-8", web.Render(v.locale, name, data))
	return nil
}

// seeOther sends the visitor on: loading the page there again changes nothing.
func (v *visit) seeOther(to string) error {
	v.c.Redirect(http.StatusSeeOther, to)
	return nil
}

// done is seeOther with a note of what was done, one of the texts "note.…".
func (v *visit) done(path, note string) error {
	return v.seeOther(path + "?" + url.Values{"note": {note}}.Encode())
}

// languageCookie keeps the language that a visitor chose.
const languageCookie = "countersign-language"

// pageLocale is chosenLocale, and keeps what was chosen now.
func (s *Server) pageLocale(w http.ResponseWriter, r *http.Request) collaboration.Locale {
	l := s.chosenLocale(r)
	if r.URL.Query().Get("lang") == string(l) {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: s.Sessions.Cookie.Secure, SameSite: http.SameSiteLaxMode})
	}
	return l
}

// chosenLocale is the language a visitor chose, now or earlier, else the
// browser's, else Swedish.
func (s *Server) chosenLocale(r *http.Request) collaboration.Locale {
	if l := collaboration.Locale(r.URL.Query().Get("lang")); l.Valid() {
		return l
	}
	if cookie, err := r.Cookie(languageCookie); err == nil && collaboration.Locale(cookie.Value).Valid() {
		return collaboration.Locale(cookie.Value)
	}
	return web.Preferred(r.Header.Get("Accept-Language"), collaboration.Swedish)
}
