package portal

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/problem"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// linkPage is shown instead of an invitation to a visitor without access, or when the
// invitation is closed. It offers the next step. Anyone may hold the link, so the page
// has no customer data except the recipient's masked address.
type linkPage struct {
	view.Page
	// What selects the texts "link.<what>.…".
	What                              string
	OfficeName, SolutionName, Expires string
	// Login, Switch and Mine are the paths of the next step. Path is the base of the forms.
	Login, Switch, Mine, Path string
	// SentTo is the masked address of the newest invitation and SentAt its time. Resend is
	// true if it can be sent again, Ask if the visitor can request a new one.
	SentTo, SentAt string
	Resend, Ask    bool
	// Account are the steps to get an account, for a visitor without a login. SignupURL is
	// the page of the first one, or "".
	Account   []string
	SignupURL string
	// Asked says when a new one was requested.
	Asked string
}

// showLink renders the page for visitors without access to the invitation, and for
// closed invitations.
func (h invitationPages) showLink(v *page.Context, i app.Invitation) error {
	r, l, path := i.Activation, v.Locale, v.Request().URL.Path
	v.KeepDraft() // the user may log in as the recipient next
	p := &linkPage{
		Page: v.Page("", ""), What: string(i.Status), Path: path, OfficeName: r.OfficeName, SolutionName: i.Solution.Name.In(l),
		Login: page.LoginPath(path), Switch: page.LoginPath(path) + "&switch=1", Mine: "/my/collaborations",
	}
	status := http.StatusOK
	switch {
	case v.Param("link") != "" && (i.Status == app.InvitationExpired || i.Status == app.InvitationSuperseded):
		status = problem.Status(i.Status.Code())
	case v.Person != nil && (i.Status == app.InvitationOpen || i.Status == app.InvitationDecided):
		status, p.What = problem.Status(collaboration.CodeForbidden), "stranger"
	}
	if i.OfOffice {
		return &collaboration.Error{Code: collaboration.CodeSeparationOfDuties}
	}
	switch p.What {
	case "open":
		if !r.ExpiresAt.IsZero() {
			p.Expires = i18n.Moment(r.ExpiresAt, l)
		}
	case string(app.InvitationSuperseded):
		p.Mine = myInvitation(r.ID)
		if i.IsAnswerable() {
			p.SentTo, p.SentAt, p.Resend = maskedEmail(r.InvitedEmail), i18n.Moment(r.SentAt, l), h.App.Invitations.MayResend(i)
		}
		handedOn, err := h.App.Invitations.WasHandedOn(v.Context(), i)
		if err != nil {
			return err
		}
		if handedOn {
			p.What = "handed_on"
		}
	case string(app.InvitationExpired), string(app.InvitationFailed):
		p.Ask = i.Activation.AskedAgainAt.IsZero()
		if !p.Ask {
			p.Asked = i18n.Text(l, "link.asked", i18n.Moment(i.Activation.AskedAgainAt, l))
		}
	}
	if r.Scenario.CreatesAdministrator() && !r.State.IsLive() {
		p.Mine = "" // the recipient is no administrator after the compensation
	}
	if p.What == "open" || p.What == "stranger" {
		p.Account, p.SignupURL = h.account(r, l), h.SignupURL
	}
	p.Title = i18n.Text(l, "link."+p.What+".title", p.OfficeName)
	return v.Render(status, "customer/link", p)
}

// account returns how a first-time contact logs in: with which service and address, and what
// to do if the login is refused.
func (h invitationPages) account(r collaboration.Activation, l collaboration.Locale) []string {
	service := i18n.Text(l, "link.account.service")
	if h.LoginHost != "" {
		service = h.LoginHost
	}
	steps := []string{i18n.Text(l, "link.account.address", service)}
	if h.SignupURL != "" {
		steps = append(steps, i18n.Text(l, "link.account.signup"))
	} else {
		steps = append(steps, i18n.Text(l, "link.account.create"))
	}
	refused := i18n.Text(l, "link.account.refused", r.OfficeName)
	if contact := strings.Trim(r.OfficeEmail+", "+r.OfficePhone, ", "); contact != "" {
		refused += " " + i18n.Text(l, "page.questions", r.OfficeName, contact)
	}
	return append(steps, refused)
}

// resendByLink sends the newest invitation again to its stored address. The visitor has
// a superseded link.
func (h invitationPages) resendByLink(v *page.Context) error {
	back := strings.TrimSuffix(v.Request().URL.Path, "/resend")
	i, err := h.invitationHere(v)
	if err != nil {
		return err
	}
	resent, err := h.App.Invitations.ResendByLink(v.Context(), i)
	if err != nil {
		return err
	}
	if resent == app.ResentNothing {
		return v.Redirect(back)
	}
	return v.RedirectWithNotice(back, string(resent))
}

// askAgain notifies the office of a request for a new invitation.
func (h invitationPages) askAgain(v *page.Context) error {
	back := strings.TrimSuffix(v.Request().URL.Path, "/ask")
	i, err := h.invitationHere(v)
	if err != nil {
		return err
	}
	requested, err := h.App.Invitations.RequestNew(v.Context(), i)
	if err != nil {
		return err
	}
	if !requested {
		return v.Redirect(back)
	}
	return v.RedirectWithNotice(back, "asked")
}

// maskedEmail masks an address for its owner to recognise: a•••@•••. Its domain would name
// the customer.
func maskedEmail(address string) string {
	_, first := utf8.DecodeRuneInString(address)
	return address[:first] + "•••@•••"
}
