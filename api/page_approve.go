package api

import (
	"crypto/rand"
	"errors"
	"net/http"

	"countersign/collaboration"
)

// showInvitationPage shows what a link leads to, or an administrator's own page
// of the invitation. It never changes anything: mail scanners follow links.
func (s *Server) showInvitationPage(v *visit) error {
	i, err := s.invitationHere(v)
	if err != nil {
		return err
	}
	return s.showInvitation(v, i, nil)
}

// invitationHere is the one that a page is about: by its link from the mail, or
// by its activation, for an administrator who comes without the mail.
func (s *Server) invitationHere(v *visit) (invitation, error) {
	if link := v.c.Param("link"); link != "" {
		return s.linked(v.ctx(), link)
	}
	c, err := s.shared(v.ctx(), v.c.Param("id"))
	if err != nil {
		return invitation{}, err
	}
	i, err := s.recordedInvitation(v.ctx(), c.record, unlinked, false)
	if err != nil {
		return i, err
	}
	i, err = s.asItIs(v.ctx(), i)
	if err == nil && i.generation() == 0 { // there is none before the first mail
		err = &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return i, err
}

func myInvitation(id collaboration.ActivationID) string { return "/my/invitations/" + string(id) }

// answerInvitation takes the answer to an invitation, and sends the visitor to the page
// that shows what was decided: reloading it decides nothing.
func (s *Server) answerInvitation(v *visit) error {
	i, err := s.invitationHere(v)
	if err != nil {
		return err
	}
	here := v.c.Request.URL.Path
	if i.readable && i.status != open { // answered elsewhere, or too late
		return v.seeOther(here)
	}
	_, err = s.decide(v.ctx(), i, answer{
		id: v.posted("nonce"), outcome: collaboration.Outcome(v.posted("outcome")), acceptTerms: v.posted("accept_terms") == "yes",
		termsHash: v.posted("terms_hash"), locale: collaboration.Locale(v.posted("locale")),
		reason: collaboration.DeclineReason(v.posted("reason")), comment: v.posted("comment"),
	})
	switch code := collaboration.CodeOf(err); code {
	case "", collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeLinkReplaced,
		collaboration.CodeLinkExpired, collaboration.CodeActivationNotFound:
		return v.seeOther(here)
	case collaboration.CodeOutcomeUnknown:
		return v.done(here, "received")
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

// showInvitation shows an invitation to an administrator of its customer, and
// what was wrong with the answer to it. To anybody else it says who invites to
// what, and how to go on.
func (s *Server) showInvitation(v *visit, i invitation, wrong error) error {
	if !i.readable || i.status != open && i.status != decided {
		return s.showLink(v, i)
	}
	status := http.StatusOK
	if wrong != nil {
		status = problemOf(v.ctx(), wrong).Status
	}
	p := s.viewPage(v, i)
	p.Received = i.status == open && wrong == nil && v.c.Query("note") == "received"
	if i.status == open && !p.Received {
		p.Form = &approvalForm{Nonce: rand.Text(), TermsHash: i.solution.Terms.Hash(v.locale)}
		p.Form.fill(v, wrong)
	}
	return v.show(status, "customer/invitation", p)
}
