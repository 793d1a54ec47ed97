package api

import (
	"cmp"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/api/web"
	"countersign/collaboration"
)

// linkPage is what a link shows to those who may not see the invitation, or
// cannot answer it any more, and how they can go on. Who has come by the link
// may be anyone: it tells nothing of the customer.
type linkPage struct {
	web.Page
	// What names the texts "link.<what>.…".
	What                              string
	OfficeName, SolutionName, Expires string
	// Login, Switch and Mine are where to go on, Path where the forms lead.
	Login, Switch, Mine, Path string
	// SentTo and SentAt are the newest invitation's, masked; Resend is whether
	// it can be sent there again, and Ask whether the office can be asked.
	SentTo, SentAt string
	Resend, Ask    bool
}

// showLink answers those whom showInvitation shows no invitation.
func (s *Server) showLink(v *visit, i invitation) error {
	r, l, path := i.record, v.locale, v.c.Request.URL.Path
	if v.draft != nil { // its writer may come yet
		s.Sessions.Put(v.ctx(), sessionDraft, draft{path, v.draft})
		v.draft = nil
	}
	p := &linkPage{
		Page: v.page("", ""), What: string(i.status), Path: path, OfficeName: r.OfficeName, SolutionName: i.solution.Name.In(l),
		Login: loginPath(path), Switch: loginPath(path) + "&switch=1", Mine: "/my/collaborations",
	}
	status := http.StatusOK
	switch {
	case v.c.Param("link") != "" && (i.status == expired || i.status == replaced):
		status = i.status.code().Status()
	case v.person != nil && (i.status == open || i.status == decided):
		status, p.What = collaboration.CodeForbidden.Status(), "stranger"
	}
	switch p.What {
	case "open":
		if !r.ExpiresAt.IsZero() {
			p.Expires = web.Moment(r.ExpiresAt, l)
		}
	case string(replaced):
		p.Mine = myInvitation(r.ID)
		if i.waits() {
			p.SentTo, p.SentAt, p.Resend = maskedEmail(r.InvitedEmail), web.Moment(r.SentAt, l), s.mayResend(r)
		}
	case string(expired), string(failed):
		p.Ask = v.c.Query("note") != "asked"
	}
	if r.Scenario.CreatesAdministrator() && !r.State.Live() {
		p.Mine = "" // who was to be the administrator is none
	}
	p.Title = web.Text(l, "link."+p.What+".title", p.OfficeName)
	return v.show(status, "customer/link", p)
}

// waits reports whether there is an invitation to answer, be it another one.
func (i invitation) waits() bool {
	return i.record.State == collaboration.AwaitingApproval && i.record.Decision == nil
}

// resendAfter is how long ago the newest invitation must have been sent.
const resendAfter = 10 * time.Minute

func (s *Server) mayResend(r collaboration.Record) bool {
	return s.Now().Sub(r.SentAt) >= resendAfter
}

// unknownInvitee asks for something with no more than a link.
const unknownInvitee = "invitee"

// resendByLink sends the newest invitation again, to the address on file, for
// somebody who has an older one.
func (s *Server) resendByLink(v *visit) error {
	back := strings.TrimSuffix(v.c.Request.URL.Path, "/resend")
	i, err := s.invitationHere(v)
	if err != nil {
		return err
	}
	if i.status != replaced || !i.waits() {
		return v.seeOther(back)
	}
	// By the facts alone: what is on its way and not recorded yet has the same id.
	r, err := s.record(v.ctx(), i.record.ID)
	if err != nil {
		return err
	}
	if !s.mayResend(r) {
		return v.done(back, "just_sent")
	}
	message := digest("resend by link", string(r.ID), r.SentAt.String())[:32]
	if err := s.mayMail(v.ctx(), r.InvitedEmail, message); err != nil {
		return err
	}
	ctx, cancel := s.messaging(v.ctx())
	defer cancel()
	_, err = s.Starter.Resend(ctx, collaboration.Resend{
		ID: message, Activation: r.ID, By: cmp.Or(i.by, unknownInvitee), At: s.Now().UTC(),
	})
	switch collaboration.CodeOf(err) {
	case "", collaboration.CodeOutcomeUnknown:
		return v.done(back, "resent")
	case collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeActivationNotFound:
		return v.seeOther(back)
	}
	return err
}

// askAgain tells the office, once, that a new invitation is wanted instead of
// one that is over.
func (s *Server) askAgain(v *visit) error {
	back := strings.TrimSuffix(v.c.Request.URL.Path, "/ask")
	i, err := s.invitationHere(v)
	if err != nil {
		return err
	}
	if i.status != expired && i.status != failed {
		return v.seeOther(back)
	}
	ctx, cancel := s.messaging(v.ctx())
	defer cancel()
	letter := collaboration.Letter{Activation: i.record.ID, Kind: collaboration.LetterAskedAgain, By: cmp.Or(i.by, unknownInvitee), At: s.Now().UTC()}
	if err := s.Starter.Send(ctx, i.record.Subject(), letter); err != nil {
		return err
	}
	return v.done(back, "asked")
}

// maskedEmail is enough to recognise an address by: a•••@oberg.example.
func maskedEmail(address string) string {
	name, domain, _ := strings.Cut(address, "@")
	_, first := utf8.DecodeRuneInString(name)
	return name[:first] + "•••@" + domain
}
