package api

import (
	"time"

	"github.com/gin-gonic/gin"

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
	Reasons      []collaboration.DeclineReason
	Form         *approvalForm
}

// approvalForm is the form as it was last filled in.
type approvalForm struct {
	Nonce, Token, TermsHash string
	Accepted                bool
	Declining               bool
	Reason                  collaboration.DeclineReason
	Comment                 string
	Problem                 string
	Errors                  map[string]string
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

// fill keeps what was posted, and says what is wrong with it.
func (f *approvalForm) fill(c *gin.Context, wrong error, l collaboration.Locale) {
	if wrong == nil {
		return
	}
	e := inCatalogue(wrong)
	f.Errors = map[string]string{}
	f.Declining = c.PostForm("outcome") == string(collaboration.Decline)
	f.Reason, f.Comment = collaboration.DeclineReason(c.PostForm("reason")), c.PostForm("comment")
	f.Accepted = c.PostForm("accept_terms") == "yes" && e.Code != collaboration.CodeTermsChanged
	for _, field := range e.Fields {
		f.Errors[field.Field] = fieldText(field, l)
	}
	if len(f.Listed()) == 0 {
		f.Problem = e.Code.Text(l)
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
		Reasons: collaboration.DeclineReasons(),
	}
	v.Variant = i.variant(l)
	if kept := i.kept(l); kept != nil {
		v.Kept = kept.Text
	}
	if !r.ExpiresAt.IsZero() {
		v.Expires = web.Moment(r.ExpiresAt, l)
	}
	v.decided(r, l)
	v.Title = web.Text(l, "page."+v.titleKey()+".title", v.OfficeName)
	return v
}

// decided tells what was decided, when, and what happens next.
func (v *invitationPage) decided(r collaboration.Record, l collaboration.Locale) {
	v.Approved = r.State != collaboration.Declined
	if r.Decision != nil {
		v.Approved = r.Decision.Outcome == collaboration.Approve
		v.DecidedAt = web.Moment(r.Decision.At, l)
		if r.Decision.Reason != "" {
			v.Reason = web.Text(l, "reason."+string(r.Decision.Reason))
		}
	}
	switch {
	case !v.Approved:
		v.Next = web.Text(l, "page.next.declined", r.OfficeName)
	case r.State == collaboration.Ended:
		v.Next = web.Text(l, "page.next.ended", web.LongDate(collaboration.DateOf(r.EndedAt), l))
	case r.Agreement == nil:
		v.Next = web.Text(l, "page.next.starting", r.OfficeName)
	case !r.Agreement.Renews:
		v.Next = web.Text(l, "page.next.not_renewed", web.LongDate(r.Agreement.EndsOn(), l))
	default:
		v.Next = web.Text(l, "page.next.active", r.OfficeName, web.LongDate(r.Agreement.StartsOn, l), web.LongDate(r.Agreement.EndsOn(), l))
	}
}

func (v *invitationPage) titleKey() string {
	switch {
	case v.Status != decided:
		return string(v.Status)
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
