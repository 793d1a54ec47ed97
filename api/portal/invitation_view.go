package portal

import (
	"strings"
	"time"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// invitationPage is the data of the invitation page.
type invitationPage struct {
	view.Page
	Status     app.InvitationStatus
	Received   bool
	OfficeName string
	// Questions is where the customer asks the office questions, or "".
	Questions    string
	InvitedBy    string
	CustomerName string
	Organisation string
	SolutionName string
	Description  string
	Scenario     collaboration.Scenario
	Variant      string
	Price        *present.Price
	Kept         string
	Payer        string
	Starts       string
	Length       string
	Expires      string
	TermsVersion string
	Terms        string
	Approved     bool
	DecidedAt    string
	Reason       string
	Next         string
	DecidedBy    string
	Reasons      []collaboration.DeclineReason
	Form         *approvalForm
	HandOn       *handOnForm
	// HandedOnTo names the colleague with the new invitation, after a hand-on; "" without one.
	HandedOnTo string
	// Approve is the text of the button.
	Approve string
	// Switch is the path to log in with another account and return here.
	Switch string
	// Mine is the path of the customer's collaboration, once it exists.
	Mine string
}

// approvalForm is the form with the last posted values.
type approvalForm struct {
	// Nonce is the decision's id.
	Nonce, OfferHash string
	Accepted         bool
	Declining        bool
	Reason           collaboration.DeclineReason
	Comment          string
	Problem          string
	// The fields hold the errors; Errors lists them.
	TermsField, ReasonField, CommentField view.Field
	Errors                                view.Errors
}

// fill restores the posted values or the draft from before a login, and adds errors.
func (f *approvalForm) fill(v *page.Context, wrong error) {
	if wrong == nil && !v.HasDraft() {
		return
	}
	f.Declining = v.FormValue("reason") != "" || v.FormValue("comment") != "" || v.FormValue("outcome") == string(collaboration.Decline)
	f.Reason, f.Comment = collaboration.DeclineReason(v.FormValue("reason")), v.FormValue("comment")
	f.Accepted = v.FormValue("accept_terms") == "yes" && v.FormValue("offer_hash") == f.OfferHash && v.FormValue("locale") == string(v.Locale)
	if wrong == nil {
		return
	}
	f.TermsField.Name, f.ReasonField.Name, f.CommentField.Name = "terms", "reason", "comment"
	if f.Errors = page.MarkErrors(wrong, v.Locale, &f.TermsField, &f.ReasonField, &f.CommentField); len(f.Errors) == 0 {
		f.Problem = i18n.CodeText(v.Locale, collaboration.CodeOf(wrong))
	}
}

func (h invitationPages) viewPage(visit *page.Context, i app.Invitation) *invitationPage {
	r, l := i.Activation, visit.Locale
	v := &invitationPage{
		Page: visit.Page("", ""), Status: i.Status, OfficeName: r.OfficeName, Description: i.Solution.Description.In(l),
		InvitedBy: r.PersonWhoRequested(), CustomerName: r.CustomerName, Organisation: i.Customer.OrganisationNumber.Masked(),
		SolutionName: i.Solution.Name.In(l), Scenario: r.Scenario, Payer: payer(r, l), Starts: starts(r, l, h.Now()),
		Length: i18n.Text(l, "months", r.AgreementMonths), TermsVersion: i.Solution.Terms.Version, Terms: i.Solution.Terms.Text.In(l),
		Reasons: collaboration.DeclineReasons(), Approve: i18n.Text(l, "page.approve"), Switch: page.LoginPath(visit.Request().URL.Path) + "&switch=1",
	}
	v.Logo = view.NewLogo(r.OfficeLogo, r.OfficeName)
	v.Variant, v.Price = present.VariantName(r, i.Solution, l), present.NewPrice(r.Price(), l)
	if kept := present.KeptByInvitee(i, l); kept != nil {
		v.Kept = kept.Text
	}
	if !r.ExpiresAt.IsZero() {
		v.Expires = i18n.Moment(r.ExpiresAt, l)
	}
	if contact := strings.Trim(r.OfficeEmail+", "+r.OfficePhone, ", "); contact != "" {
		v.Questions = i18n.Text(l, "page.questions", r.OfficeName, contact)
	}
	v.decided(i, l)
	v.Title = i18n.Text(l, "page."+v.titleKey()+".title", v.OfficeName)
	return v
}

// decided fills in the decision, its time and the next step.
func (v *invitationPage) decided(i app.Invitation, l collaboration.Locale) {
	r := i.Activation
	v.Approved = r.State != collaboration.Declined
	if r.Decision != nil {
		v.Approved = r.Decision.Outcome == collaboration.Approve
		v.DecidedAt, v.DecidedBy = i18n.Moment(r.Decision.At, l), administratorName(i.Customer, r.Decision.By)
		if r.Decision.Reason != "" {
			v.Reason = i18n.Text(l, "reason."+string(r.Decision.Reason))
		}
	}
	if v.Status == app.InvitationDecided && r.Agreement != nil {
		v.Mine = "/my/collaborations/" + string(r.ID)
	}
	switch {
	case !v.Approved:
		v.Next = i18n.Text(l, "page.next.declined", r.OfficeName)
	case r.State == collaboration.Ended:
		v.Next = i18n.Text(l, "page.next.ended", i18n.LongDate(r.LastDay(), l))
	case r.Agreement == nil:
		v.Next = i18n.Text(l, "page.next.starting", r.OfficeName)
	case r.Agreement.IsTerminated():
		v.Next = i18n.Text(l, "page.next.not_renewed", i18n.LongDate(r.Agreement.FinalDay(), l))
	default:
		v.Next = i18n.Text(l, "page.next.active", r.OfficeName, i18n.LongDate(r.Agreement.StartsOn, l), i18n.LongDate(r.Agreement.LastDay(), l))
	}
}

// administratorName returns the name of one of the customer's administrators, or "".
func administratorName(c collaboration.Customer, id string) string {
	for _, a := range c.Administrators {
		if a.ID == id {
			return a.Name
		}
	}
	return ""
}

func (v *invitationPage) titleKey() string {
	switch {
	case v.Status == app.InvitationOpen:
		return "open"
	case v.Approved:
		return "approved"
	default:
		return "declined"
	}
}

func payer(r collaboration.Activation, l collaboration.Locale) string {
	name := r.OfficeName
	if r.InvoiceRecipient == collaboration.PaidByCustomer {
		name = r.CustomerName
	}
	return i18n.Text(l, "page.pays."+string(r.InvoiceRecipient), name)
}

func starts(r collaboration.Activation, l collaboration.Locale, now time.Time) string {
	if r.Agreement != nil {
		return i18n.LongDate(r.Agreement.StartsOn, l)
	}
	day := i18n.LongDate(r.Period.StartOn(collaboration.DateOf(now)), l)
	return i18n.Text(l, "page.starts."+string(r.Period.Start), day)
}
