package api

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"countersign/collaboration"
)

// showApproval shows what a link leads to. It never changes anything: mail
// scanners follow links.
func (s *Server) showApproval(c *gin.Context) {
	token := c.Param("link")
	i, err := s.invitation(c.Request.Context(), token)
	if err != nil {
		s.showTrouble(c, err)
		return
	}
	s.showInvitation(c, i, nil)
}

// decideApproval takes the answer, and sends the visitor to the page that
// shows what was decided: reloading it decides nothing.
func (s *Server) decideApproval(c *gin.Context) {
	ctx, token := c.Request.Context(), c.Param("link")
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	if err := c.Request.ParseForm(); err != nil {
		s.showTrouble(c, unreadable(err))
		return
	}
	i, err := s.invitation(ctx, token)
	if err != nil {
		s.showTrouble(c, err)
		return
	}
	if i.status != open { // answered elsewhere, or too late
		s.seeOther(c, token, "")
		return
	}
	if err := s.checkForm(c, token); err != nil {
		s.showInvitation(c, i, err)
		return
	}
	_, err = s.decide(ctx, i, answer{
		id: c.PostForm("nonce"), outcome: collaboration.Outcome(c.PostForm("outcome")), acceptTerms: c.PostForm("accept_terms") == "yes",
		termsHash: c.PostForm("terms_hash"), locale: collaboration.Locale(c.PostForm("locale")),
		reason: collaboration.DeclineReason(c.PostForm("reason")), comment: c.PostForm("comment"),
	})
	switch code := collaboration.CodeOf(err); code {
	case "", collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeLinkReplaced,
		collaboration.CodeLinkExpired, collaboration.CodeActivationNotFound:
		s.seeOther(c, token, "")
	case collaboration.CodeOutcomeUnknown:
		s.seeOther(c, token, "received")
	default:
		s.showInvitation(c, i, err)
	}
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &collaboration.Error{Code: collaboration.CodeBodyTooLarge, Cause: err}
	}
	return &collaboration.Error{Code: collaboration.CodeMalformedRequest, Cause: err}
}

func (s *Server) seeOther(c *gin.Context, token, note string) {
	query := url.Values{}
	if l := collaboration.Locale(c.Query("lang")); l.Valid() {
		query.Set("lang", string(l))
	}
	if note != "" {
		query.Set("note", note)
	}
	to := url.URL{Path: "/approve/" + token, RawQuery: query.Encode()}
	c.Redirect(http.StatusSeeOther, to.String())
}

// pageLocale is the language a visitor chose, else the browser's, else the
// invitation's own.
func pageLocale(c *gin.Context, otherwise collaboration.Locale) collaboration.Locale {
	if l := collaboration.Locale(c.Query("lang")); l.Valid() {
		return l
	}
	if !otherwise.Valid() {
		otherwise = collaboration.Swedish
	}
	return preferred(c.GetHeader("Accept-Language"), otherwise)
}

// showInvitation shows an invitation, and what was wrong with the answer to it.
func (s *Server) showInvitation(c *gin.Context, i invitation, wrong error) {
	l := pageLocale(c, i.record.Locale)
	status := pageStatus(i.status)
	if wrong != nil {
		requestOf(c.Request.Context()).locale = l
		status = problemOf(c.Request.Context(), wrong).Status
	}
	v := s.viewPage(i, l)
	if i.status == open && wrong == nil && c.Query("note") == "received" {
		v.Notice = "received"
	}
	if i.status == open && v.Notice == "" {
		nonce := rand.Text()
		v.Form = &approvalForm{Nonce: nonce, Token: s.formToken(c.Param("link"), s.formCookie(c), nonce), TermsHash: i.solution.Terms.Hash(l)}
		v.Form.fill(c, wrong, l)
	}
	s.pages.write(c, status, "invitation.html", v)
}

func pageStatus(st invitationStatus) int {
	if st == expired || st == replaced {
		return st.code().Status()
	}
	return http.StatusOK
}

// showTrouble shows a page without an invitation.
func (s *Server) showTrouble(c *gin.Context, err error) {
	l := pageLocale(c, "")
	requestOf(c.Request.Context()).locale = l
	p := problemOf(c.Request.Context(), err)
	for name, values := range p.headers {
		c.Writer.Header()[name] = values
	}
	what, instance := "unavailable", p.Instance
	switch p.Code {
	case collaboration.CodeLinkInvalid:
		what, instance = "invalid", ""
	case collaboration.CodeLinkExpired: // an invitation that has expired has a page of its own
		what, instance = "old", ""
	}
	s.pages.write(c, p.Status, "trouble.html", troublePage{base: base{Locale: l, Title: text(l, "page."+what+".title")}, What: what, Instance: instance})
}
