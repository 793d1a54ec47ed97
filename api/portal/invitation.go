package portal

import (
	"crypto/rand"
	"net/http"

	"countersign/api/page"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app"
)

// showInvitationPage renders an invitation by its link or for a logged-in administrator.
// It never changes anything, because mail scanners follow links.
func (h invitationPages) showInvitationPage(v *page.Context) error {
	i, err := h.invitationHere(v)
	if err != nil {
		return err
	}
	return h.showInvitation(v, i, nil)
}

// invitationHere returns the invitation of the page's URL: by the link in the mail, or by
// its activation for an administrator without the mail.
func (h invitationPages) invitationHere(v *page.Context) (app.Invitation, error) {
	if link := v.Param("link"); link != "" {
		return h.App.Invitations.ByLink(v.Context(), request.Person(v.Context()), link)
	}
	return h.App.Invitations.ByID(v.Context(), request.Person(v.Context()), v.Param("id"))
}

func myInvitation(id collaboration.ActivationID) string { return "/my/invitations/" + string(id) }

// answerInvitation handles the decision on an invitation and redirects to its page, so
// that a reload does not decide again.
func (h invitationPages) answerInvitation(v *page.Context) error {
	i, err := h.invitationHere(v)
	if err != nil {
		return err
	}
	here := v.Request().URL.Path
	if i.Viewable && i.Status != app.InvitationOpen { // decided elsewhere, or closed
		return v.Redirect(here)
	}
	err = h.handOnOrDecide(v, i)
	switch code := collaboration.CodeOf(err); code {
	case "":
		if isHandOn(v) {
			return v.RedirectWithNotice(here, "handed_on")
		}
		return v.Redirect(here)
	case collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeLinkReplaced,
		collaboration.CodeLinkExpired, collaboration.CodeActivationNotFound:
		return v.Redirect(here)
	case collaboration.CodeOutcomeUnknown:
		return v.RedirectWithNotice(here, "received")
	default:
		return h.showInvitation(v, i, err)
	}
}

func (h invitationPages) handOnOrDecide(v *page.Context, i app.Invitation) (err error) {
	if isHandOn(v) {
		_, err = h.App.Invitations.HandOn(v.Context(), i, readHandOn(v))
	} else {
		_, err = h.App.Invitations.Decide(v.Context(), i, readAnswer(v))
	}
	return err
}

// readAnswer returns the posted answer to an invitation or a proposed change.
func readAnswer(v *page.Context) app.Answer {
	return app.Answer{
		ID: v.FormValue("nonce"), Outcome: collaboration.Outcome(v.FormValue("outcome")), AcceptTerms: v.FormValue("accept_terms") == "yes",
		OfferHash: v.FormValue("offer_hash"), Locale: collaboration.Locale(v.FormValue("locale")),
		Reason: collaboration.DeclineReason(v.FormValue("reason")), Comment: v.FormValue("comment"),
	}
}

// showInvitation renders an invitation and the errors of its answer for an administrator
// of the customer. Other visitors get the page of showLink, with the office, the
// solution and the next step.
func (h invitationPages) showInvitation(v *page.Context, i app.Invitation, wrong error) error {
	if !i.Viewable || i.Status != app.InvitationOpen && i.Status != app.InvitationDecided {
		return h.showLink(v, i)
	}
	status := http.StatusOK
	if wrong != nil {
		status = problem.Report(v.Context(), wrong).Status
	}
	p := h.viewPage(v, i)
	if i.Status == app.InvitationOpen && v.Noticed("handed_on") {
		handedOn, err := h.App.Invitations.WasHandedOn(v.Context(), i)
		if err != nil {
			return err
		}
		if handedOn {
			p.HandedOnTo = i.Activation.InvitedName + " (" + i.Activation.InvitedEmail + ")"
		}
	}
	p.Received = i.Status == app.InvitationOpen && wrong == nil && v.Noticed("received")
	if p.Received {
		v.KeepNotice() // until the answer is stored
	}
	if i.Status == app.InvitationOpen && !p.Received {
		p.Form = &approvalForm{Nonce: rand.Text(), OfferHash: i.Offer(v.Locale).Hash()}
		p.HandOn = newHandOnForm(v)
		if isHandOn(v) {
			p.Form.Errors, p.Form.Problem = p.HandOn.mark(wrong, v.Locale)
		} else {
			p.Form.fill(v, wrong)
		}
	}
	return v.Render(status, "customer/invitation", p)
}
