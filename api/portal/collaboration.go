package portal

import (
	"crypto/rand"
	"net/http"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/problem"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// collaborationPage is the customer's page of a collaboration.
type collaborationPage struct {
	view.Page
	OfficeName, CustomerName, SolutionName, Description string
	Variant, Payer, Starts, Length, NextLength          string
	Ends, Policy                                        string
	Price                                               *present.Price
	Badge                                               view.Badge
	// Terms is the path above the approved terms and the receipt; "" without an approval.
	Terms            string
	Ended, Continues bool
	Timeline         view.Timeline
	Proposal         *view.Proposal
	// Change is the path of the proposed change.
	Change string
	// Ending is the form to end the collaboration. Posted is true after it was rejected.
	Ending page.Ending
	Posted bool
	Errors view.Errors
	// Nonce is the idempotency key.
	Nonce string
}

func myCollaboration(id collaboration.ActivationID) string { return "/my/collaborations/" + string(id) }

// showMyCollaboration renders a collaboration and changes nothing. It redirects to the
// invitation before the approval.
func (h collaborationPages) showMyCollaboration(v *page.Context) error {
	c, err := h.App.Collaborations.GetLive(v.Context(), *v.Person, v.Param("id"))
	if err != nil {
		return err
	}
	if c.Activation.Agreement == nil {
		return v.Redirect(myInvitation(c.Activation.ID))
	}
	return h.writeCollaboration(v, c, nil)
}

// changeMyCollaboration executes the customer's request and redirects to the page, so
// that a reload does not repeat the request.
func (h collaborationPages) changeMyCollaboration(v *page.Context) error {
	c, err := h.App.Collaborations.Get(v.Context(), *v.Person, v.Param("id"))
	if err != nil {
		return err
	}
	if c.Activation.Agreement == nil {
		return v.Redirect(v.Request().URL.Path)
	}
	note, err := h.customerAsks(v, c)
	switch collaboration.CodeOf(err) {
	case "", collaboration.CodeOutcomeUnknown:
		return v.RedirectWithNotice(v.Request().URL.Path, note)
	default:
		return h.writeCollaboration(v, c, err)
	}
}

// customerAsks executes the action of the pressed button and returns the key of its
// confirmation text.
func (h collaborationPages) customerAsks(v *page.Context, c app.Collaboration) (note string, err error) {
	ctx, key, act := v.Context(), "page-"+v.FormValue("nonce"), v.FormValue("act")
	switch act {
	case "revoke_notice":
		_, err = h.App.Collaborations.RevokeNotice(ctx, c, key)
	case "end":
		end, invalid := page.ReadEnding(v.FormValue)
		_, err = h.App.Collaborations.End(ctx, c, key, end, invalid)
		switch end.When {
		case collaboration.EndOnDate:
			act = "end_set"
		case collaboration.EndOfTerm:
			act = "notice"
		}
	default:
		err = &collaboration.Error{Code: collaboration.CodeMalformedRequest}
	}
	return act, err
}

func (h collaborationPages) writeCollaboration(v *page.Context, c app.Collaboration, wrong error) error {
	l, r, status := v.Locale, c.Activation, http.StatusOK
	events, err := h.App.Collaborations.Events(v.Context(), c)
	if err != nil {
		return err
	}
	p := &collaborationPage{
		Page: v.Page("mine", i18n.Text(l, "collaboration.title", r.OfficeName)), OfficeName: r.OfficeName, CustomerName: r.CustomerName,
		SolutionName: c.Solution.Name.In(l), Description: c.Solution.Description.In(l), Payer: payer(r, l), Price: present.NewPrice(r.Price(), l),
		Starts: i18n.LongDate(r.Agreement.StartsOn, l), Ends: i18n.LongDate(r.Agreement.EndsOn(), l), Badge: view.NewBadge(r.State, r.Agreement, l),
		Variant: present.VariantName(r, c.Solution, l), Length: i18n.Text(l, "months", r.Agreement.Months),
		Policy: page.EndPolicyText(r, c.Solution, l),
		Ended:  r.State == collaboration.Ended, Continues: r.Agreement.Continues(), Timeline: view.NewTimeline(r, events, h.Now(), l), Nonce: rand.Text(),
		Proposal: view.NewProposal(r, c.Solution, l), Change: myChange(r.ID),
	}
	if months := r.Agreement.NextMonths; months != 0 {
		p.NextLength = i18n.Text(l, "office.fact.length.next", months)
	}
	if r.Decision != nil && r.Decision.Offer != nil {
		p.Terms = myCollaboration(r.ID)
	}
	p.Logo = view.NewLogo(r.OfficeLogo, r.OfficeName)
	switch {
	case !r.EndedAt.IsZero():
		p.Ends = i18n.LongDate(r.LastDay(), l)
	case r.Agreement.IsTerminated():
		p.Ends, p.Continues = i18n.LongDate(r.Agreement.FinalDay(), l), false
	}
	p.Ending, p.Posted = page.NewEnding(r, c.Solution, l, v.FormValue), v.FormValue("act") == "end"
	if wrong != nil {
		status = problem.Report(v.Context(), wrong).Status
		p.addErrors(wrong, l)
	}
	return v.Render(status, "customer/collaboration", p)
}

// addErrors adds the errors of a rejected request to the page and its fields.
func (p *collaborationPage) addErrors(err error, l collaboration.Locale) {
	var fields []*view.Field
	for i := range p.Ending.Fields {
		fields = append(fields, &p.Ending.Fields[i])
	}
	if p.Errors = page.MarkErrors(err, l, fields...); len(p.Errors) == 0 {
		p.Problem = i18n.CodeText(l, collaboration.CodeOf(err))
	}
}
