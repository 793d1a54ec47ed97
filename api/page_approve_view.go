package api

import (
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// invitationPage is an invitation on the page.
type invitationPage struct {
	web.Page
	Status       invitationStatus
	Received     bool
	OfficeName   string
	InvitedBy    string
	CustomerName string
	Organisation string
	SolutionName string
	Description  string
	Scenario     collaboration.Scenario
	Variant      string
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
	// Switch leads to another account, and back here.
	Switch string
	// Mine is where the collaboration is looked after, once there is one.
	Mine string
}

// approvalForm is the form as it was last filled in.
type approvalForm struct {
	// Nonce is the decision's id.
	Nonce, TermsHash string
	Accepted         bool
	Declining        bool
	Reason           collaboration.DeclineReason
	Comment          string
	Problem          string
	Errors           map[string]string
}

// formFields are the fields that an error can point at, in order.
var formFields = []string{"terms", "reason", "comment"}

// Listed are the errors in the order of the fields.
func (f *approvalForm) Listed() []FieldProblem {
	var listed []FieldProblem
	for _, field := range formFields {
		if message, ok := f.Errors[field]; ok {
			listed = append(listed, FieldProblem{Field: field, Message: message})
		}
	}
	return listed
}

// fill keeps what was typed, now or before a new login, and says what is wrong
// with it.
func (f *approvalForm) fill(v *visit, wrong error) {
	if wrong == nil && v.draft == nil {
		return
	}
	f.Declining = v.posted("reason") != "" || v.posted("comment") != "" || v.posted("outcome") == string(collaboration.Decline)
	f.Reason, f.Comment = collaboration.DeclineReason(v.posted("reason")), v.posted("comment")
	f.Accepted = v.posted("accept_terms") == "yes" && v.posted("terms_hash") == f.TermsHash && v.posted("locale") == string(v.locale)
	if wrong == nil {
		return
	}
	e := inCatalogue(wrong)
	f.Errors = map[string]string{}
	for _, field := range e.Fields {
		f.Errors[field.Field] = fieldText(field, v.locale)
	}
	if len(f.Listed()) == 0 {
		f.Problem = e.Code.Text(v.locale)
	}
}

// fieldText is friendlier than the code's own text where the page has one.
func fieldText(f collaboration.FieldError, l collaboration.Locale) string {
	key := "page.error." + f.Field + "." + string(f.Code)
	if t := web.Text(l, key); t != key {
		return t
	}
	return f.Code.Text(l)
}

func (s *Server) viewPage(visit *visit, i invitation) *invitationPage {
	r, l := i.record, visit.locale
	v := &invitationPage{
		Page: visit.page("", ""), Status: i.status, OfficeName: r.OfficeName, Description: i.solution.Description.In(l),
		InvitedBy: r.RequestedByName, CustomerName: r.CustomerName, Organisation: i.customer.OrganisationNumber.Masked(),
		SolutionName: i.solution.Name.In(l), Scenario: r.Scenario, Payer: payer(r, l), Starts: starts(r, l, s.Now()),
		Length: web.Text(l, "months", r.AgreementMonths), TermsVersion: i.solution.Terms.Version, Terms: i.solution.Terms.Text.In(l),
		Reasons: collaboration.DeclineReasons(), Switch: loginPath(visit.c.Request.URL.Path) + "&switch=1",
	}
	v.Variant = i.variant(l)
	if kept := i.kept(l); kept != nil {
		v.Kept = kept.Text
	}
	if !r.ExpiresAt.IsZero() {
		v.Expires = web.Moment(r.ExpiresAt, l)
	}
	v.decided(i, l)
	v.Title = web.Text(l, "page."+v.titleKey()+".title", v.OfficeName)
	return v
}

// decided tells what was decided, when, and what happens next.
func (v *invitationPage) decided(i invitation, l collaboration.Locale) {
	r := i.record
	v.Approved = r.State != collaboration.Declined
	if r.Decision != nil {
		v.Approved = r.Decision.Outcome == collaboration.Approve
		v.DecidedAt, v.DecidedBy = web.Moment(r.Decision.At, l), i.nameOf(r.Decision.By)
		if r.Decision.Reason != "" {
			v.Reason = web.Text(l, "reason."+string(r.Decision.Reason))
		}
	}
	if v.Status == decided && r.Agreement != nil {
		v.Mine = "/my/collaborations/" + string(r.ID)
	}
	switch {
	case !v.Approved:
		v.Next = web.Text(l, "page.next.declined", r.OfficeName)
	case r.State == collaboration.Ended:
		v.Next = web.Text(l, "page.next.ended", web.LongDate(collaboration.DateOf(r.EndedAt), l))
	case r.Agreement == nil:
		v.Next = web.Text(l, "page.next.starting", r.OfficeName)
	case !r.Agreement.Continues():
		v.Next = web.Text(l, "page.next.not_renewed", web.LongDate(r.Agreement.EndsOn(), l))
	default:
		v.Next = web.Text(l, "page.next.active", r.OfficeName, web.LongDate(r.Agreement.StartsOn, l), web.LongDate(r.Agreement.EndsOn(), l))
	}
}

// nameOf is one of the customer's administrators by name; "" where not known.
func (i invitation) nameOf(id string) string {
	for _, a := range i.customer.Administrators {
		if a.ID == id {
			return a.Name
		}
	}
	return ""
}

func (v *invitationPage) titleKey() string {
	switch {
	case v.Status == open:
		return "open"
	case v.Approved:
		return "approved"
	default:
		return "declined"
	}
}

func payer(r collaboration.Record, l collaboration.Locale) string {
	name := r.OfficeName
	if r.InvoiceRecipient == collaboration.PaidByCustomer {
		name = r.CustomerName
	}
	return web.Text(l, "page.pays."+string(r.InvoiceRecipient), name)
}

func starts(r collaboration.Record, l collaboration.Locale, now time.Time) string {
	if r.Agreement != nil {
		return web.LongDate(r.Agreement.StartsOn, l)
	}
	day := web.LongDate(r.Period.StartOn(collaboration.DateOf(now)), l)
	return web.Text(l, "page.starts."+string(r.Period.Start), day)
}
