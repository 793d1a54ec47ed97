package api

import (
	"crypto/rand"
	"errors"
	"net/http"

	"countersign/collaboration"
)

// showApproval shows what a link leads to. It never changes anything: mail
// scanners follow links.
func (s *Server) showApproval(v *visit) error {
	i, err := s.invitation(v.ctx(), v.c.Param("link"))
	if err != nil {
		return err
	}
	return s.showInvitation(v, i, nil)
}

// decideApproval takes the answer, and sends the visitor to the page that
// shows what was decided: reloading it decides nothing.
func (s *Server) decideApproval(v *visit) error {
	c, token := v.c, v.c.Param("link")
	i, err := s.invitation(v.ctx(), token)
	if err != nil {
		return err
	}
	if i.status != open { // answered elsewhere, or too late
		return v.seeOther("/approve/" + token)
	}
	if err := s.checkForm(c, token); err != nil {
		return s.showInvitation(v, i, err)
	}
	_, err = s.decide(v.ctx(), i, answer{
		id: c.PostForm("nonce"), outcome: collaboration.Outcome(c.PostForm("outcome")), acceptTerms: c.PostForm("accept_terms") == "yes",
		termsHash: c.PostForm("terms_hash"), locale: collaboration.Locale(c.PostForm("locale")),
		reason: collaboration.DeclineReason(c.PostForm("reason")), comment: c.PostForm("comment"),
	})
	switch code := collaboration.CodeOf(err); code {
	case "", collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeLinkReplaced,
		collaboration.CodeLinkExpired, collaboration.CodeActivationNotFound:
		return v.seeOther("/approve/" + token)
	case collaboration.CodeOutcomeUnknown:
		return v.seeOther("/approve/" + token + "?note=received")
	default:
		return s.showInvitation(v, i, err)
	}
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &collaboration.Error{Code: collaboration.CodeBodyTooLarge, Cause: err}
	}
	return &collaboration.Error{Code: collaboration.CodeMalformedRequest, Cause: err}
}

// showInvitation shows an invitation, and what was wrong with the answer to it.
func (s *Server) showInvitation(v *visit, i invitation, wrong error) error {
	status := pageStatus(i.status)
	if wrong != nil {
		status = problemOf(v.ctx(), wrong).Status
	}
	p := s.viewPage(v, i)
	if i.status == open && wrong == nil && v.c.Query("note") == "received" {
		p.Received = true
	}
	if i.status == open && !p.Received {
		nonce := rand.Text()
		p.Form = &approvalForm{Nonce: nonce, Token: s.formToken(v.c.Param("link"), s.formCookie(v.c), nonce), TermsHash: i.solution.Terms.Hash(v.locale)}
		p.Form.fill(v.c, wrong, v.locale)
	}
	return v.show(status, "customer/invitation", p)
}

func pageStatus(st invitationStatus) int {
	if st == expired || st == replaced {
		return st.code().Status()
	}
	return http.StatusOK
}
