package api

import (
	"net/http"
	"net/url"
	"strings"

	"countersign/api/web"
	"countersign/collaboration"
	"countersign/internal/identity"
)

// login sends somebody to the provider. With ?switch they are asked there who
// they want to be, also where they are logged in.
func (s *Server) login(v *visit) error {
	to, prompt := localPath(v.c.Query("to")), ""
	if v.c.Query("switch") != "" {
		prompt = "select_account"
	} else if v.person != nil {
		return v.seeOther(to)
	}
	address, a, err := s.Login.Begin(v.ctx(), prompt)
	if err != nil {
		return err
	}
	if err := v.keep(sessionAttempt, attempt{a, to}); err != nil {
		return err
	}
	return v.seeOther(address)
}

// welcome takes somebody back from the provider.
func (s *Server) welcome(v *visit) error {
	begun, ok := s.Sessions.Pop(v.ctx(), sessionAttempt).(attempt)
	if !ok {
		if v.person != nil { // the page was loaded again
			return v.seeOther("/")
		}
		return &collaboration.Error{Code: collaboration.CodeUnauthenticated}
	}
	who, err := s.Login.Finish(v.ctx(), begun.Attempt, v.c.Request.URL.Query())
	if err != nil {
		return err
	}
	if err := s.logsIn(v.ctx(), who); err != nil {
		return err
	}
	return v.seeOther(begun.To)
}

// logout ends the session here, and then the provider's.
func (s *Server) logout(v *visit) error {
	who, _ := s.Sessions.Get(v.ctx(), sessionIdentity).(identity.Identity)
	if err := s.Sessions.Destroy(v.ctx()); err != nil {
		return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: err}
	}
	v.person = nil
	page := v.page("", web.Text(v.locale, "logout.title"))
	page.GoTo = s.Login.LogoutURL(who.IDToken, strings.TrimSuffix(s.PublicURL, "/")+"/")
	return v.show(http.StatusOK, "general/logout", page)
}

// loginPath leads back to an address of ours.
func loginPath(to string) string { return "/login?" + url.Values{"to": {to}}.Encode() }

// localPath is a path of ours, whatever was asked for.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}
