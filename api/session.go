package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/gob"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/api/web"
	"countersign/collaboration"
	"countersign/internal/identity"
)

// What a session holds. Its rights are not in it: they are looked up anew with
// every request, so that who loses one loses it at once.
const (
	sessionIdentity = "identity" // who is logged in
	sessionAttempt  = "attempt"  // who is away at the provider
	sessionForms    = "forms"    // proves that a form is ours
	sessionDraft    = "draft"    // what was typed when the session had ended
)

func init() {
	gob.Register(identity.Identity{})
	gob.Register(attempt{})
	gob.Register(draft{})
}

// outside is how long a session lasts in which nobody is logged in: anybody can
// make one.
const outside = time.Hour

// maxDraft is how long a form is kept for somebody who is not logged in, in bytes:
// our own are shorter.
const maxDraft = 8 << 10

// keep puts something into the session of a visitor who may be nobody.
func (v *visit) keep(name string, value any) error {
	if v.person == nil {
		if v.s.Sessions.Token(v.ctx()) == "" { // there is none yet
			if err := v.s.mayBegin(v.ctx()); err != nil {
				return err
			}
		}
		v.s.Sessions.SetDeadline(v.ctx(), time.Now().Add(outside))
	}
	v.s.Sessions.Put(v.ctx(), name, value)
	return nil
}

// attempt is a login that has begun, and where it shall lead.
type attempt struct {
	identity.Attempt
	To string
}

// draft is a form that came when nobody was logged in any more. It is shown
// again, filled in, after the login; nothing is done with it by itself.
type draft struct {
	Path   string
	Values url.Values
}

// identify is who is logged in, with what is theirs now; nil for nobody.
func (s *Server) identify(ctx context.Context) (*collaboration.Person, error) {
	id, ok := s.Sessions.Get(ctx, sessionIdentity).(identity.Identity)
	if !ok {
		return nil, nil
	}
	person, err := read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.Person, error) {
		return s.Facts.Person(ctx, id.Email)
	})
	if err != nil {
		return nil, err
	}
	person.Name, person.Email, person.Operator = id.Name, id.Email, s.isOperator(id.Email)
	return &person, nil
}

// logsIn makes the session somebody's, under a new name, so that one which
// somebody else may know is of no use. All of it is written at once: requests
// of one session that run side by side overwrite each other's.
func (s *Server) logsIn(ctx context.Context, who identity.Identity) error {
	if err := s.Sessions.RenewToken(ctx); err != nil {
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	s.Sessions.Put(ctx, sessionIdentity, who)
	s.Sessions.Put(ctx, sessionForms, rand.Text())
	return nil
}

// look is who is logged in in the browser that sent a request; nil for nobody.
// The session is not written: what a page asks by itself, again and again, does
// not keep a forgotten screen logged in.
func (s *Server) look(r *http.Request) (*collaboration.Person, error) {
	cookie, err := r.Cookie(s.Sessions.Cookie.Name)
	if err != nil {
		return nil, nil
	}
	ctx, err := s.Sessions.Load(r.Context(), cookie.Value)
	if err != nil {
		s.metrics.sessionErrors.Add(context.WithoutCancel(r.Context()), 1)
		return nil, &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	return s.identify(ctx)
}

func (s *Server) isOurForm(r *http.Request) bool {
	want := s.Sessions.GetString(r.Context(), sessionForms)
	return want != "" && hmac.Equal([]byte(want), []byte(r.PostFormValue("token")))
}

// withSession gives pages their session. The JSON takes bearer tokens alone, so
// that no page elsewhere can use somebody's session for it; codec.go only looks.
func (s *Server) withSession(next http.Handler) http.Handler {
	pages := s.Sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hasSession(r) {
			pages.ServeHTTP(&pageWriter{ResponseWriter: w}, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hasSession(r *http.Request) bool {
	for _, prefix := range []string{"/v1/", "/webhooks/", "/assets/", "/codec/"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return false
		}
	}
	return true
}

// pageWriter writes a page, unless its session cannot be kept: that is found when
// the page is about to be written, and is what is said instead of it.
type pageWriter struct {
	http.ResponseWriter
	said bool
}

func (p *pageWriter) Write(b []byte) (int, error) {
	if p.said {
		return len(b), nil
	}
	return p.ResponseWriter.Write(b)
}

func (p *pageWriter) WriteHeader(status int) {
	if !p.said {
		p.ResponseWriter.WriteHeader(status)
	}
}

// Unwrap is for http.ResponseController.
func (p *pageWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// say writes all that there will be; what is said of another page is taken back.
func (p *pageWriter) say(status int, page []byte) {
	for _, name := range []string{"Content-Length", "Location", "ETag"} {
		p.Header().Del(name)
	}
	p.WriteHeader(status)
	_, _ = p.Write(page) // who has gone needs no answer
	p.said = true
}

// sessionsFail answers where sessions cannot be read or kept: outside of a visit,
// so that it has no more than a page that says so.
func (s *Server) sessionsFail(w http.ResponseWriter, r *http.Request, err error) {
	l := s.pageLocale(w, r)
	s.Log.Error("sessions", "error", err.Error())
	s.metrics.sessionErrors.Add(context.WithoutCancel(r.Context()), 1)
	page := troublePage{What: "unavailable", Page: web.Page{Locale: l, Title: web.Text(l, "trouble.unavailable.title"), Address: r.URL}}
	h := w.Header()
	s.setSecurity(h)
	h.Set("Content-Security-Policy", web.Policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Retry-After", "5")
	w.(*pageWriter).say(http.StatusServiceUnavailable, web.Render(l, "general/trouble", page))
}
