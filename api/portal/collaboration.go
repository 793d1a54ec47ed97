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
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// collaborationPage is the customer's page of a collaboration.
type collaborationPage struct {
	view.Page
	OfficeName, CustomerName, SolutionName, Description string
	Payer, Starts, Ends, Policy                         string
	Price                                               *present.Price
	Ended, Continues                                    bool
	Timeline                                            view.Timeline
	// The fields below are the form to end the collaboration, with its errors.
	When, On, Sure view.Field
	Ending         bool // the form was posted
	Errors         view.Errors
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
// confirmation text. Immediate end requires an explicit confirmation.
func (h collaborationPages) customerAsks(v *page.Context, c app.Collaboration) (note string, err error) {
	ctx, key, act := v.Context(), "page-"+v.FormValue("nonce"), v.FormValue("act")
	switch act {
	case "notice":
		_, err = h.App.Collaborations.End(ctx, c, key, message.End{When: collaboration.EndOfTerm})
	case "revoke_notice":
		_, err = h.App.Collaborations.RevokeNotice(ctx, c, key)
	case "end":
		var end message.End
		if end, err = h.endingAsked(v); err == nil {
			_, err = h.App.Collaborations.End(ctx, c, key, end)
		}
		if end.When == collaboration.EndOnDate {
			act = "end_set"
		}
	default:
		err = &collaboration.Error{Code: collaboration.CodeMalformedRequest}
	}
	return act, err
}

// endingAsked parses the form that ends the collaboration, now or on a date.
func (h collaborationPages) endingAsked(v *page.Context) (message.End, error) {
	end := message.End{When: collaboration.EndWhen(v.FormValue("when"))}
	invalid := func(field string, code collaboration.Code) []collaboration.FieldError {
		return []collaboration.FieldError{{Field: field, Code: code}}
	}
	switch {
	case end.When == collaboration.EndNow && v.FormValue("sure") != "yes":
		return end, h.App.Collaborations.CheckEnd(end, invalid("sure", collaboration.CodeRequired))
	case end.When == collaboration.EndOnDate && v.FormValue("on") == "":
		return end, h.App.Collaborations.CheckEnd(end, invalid("on", collaboration.CodeRequired))
	case end.When == collaboration.EndOnDate:
		day, err := collaboration.ParseDate(v.FormValue("on"))
		if end.On = day; err != nil {
			return end, h.App.Collaborations.CheckEnd(end, invalid("on", collaboration.CodeInvalidFormat))
		}
	}
	return end, h.App.Collaborations.CheckEnd(end, nil)
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
		Starts: i18n.LongDate(r.Agreement.StartsOn, l), Ends: i18n.LongDate(r.Agreement.EndsOn(), l),
		Policy: i18n.Text(l, "collaboration.policy."+string(c.Solution.OnEnd), r.CustomerName),
		Ended:  r.State == collaboration.Ended, Continues: r.Agreement.Continues(), Timeline: view.NewTimeline(r, events, h.Now(), l), Nonce: rand.Text(),
	}
	p.Logo = view.NewLogo(r.OfficeLogo, r.OfficeName)
	switch {
	case !r.EndedAt.IsZero():
		p.Ends = i18n.LongDate(collaboration.DateOf(r.EndedAt), l)
	case !r.Agreement.EndOn.IsZero():
		p.Ends, p.Continues = i18n.LongDate(r.Agreement.EndOn, l), false
	}
	p.endingForm(v)
	if wrong != nil {
		status = problem.Report(v.Context(), wrong).Status
		p.addErrors(wrong, l)
	}
	return v.Render(status, "customer/collaboration", p)
}

func (p *collaborationPage) endingForm(v *page.Context) {
	l := v.Locale
	p.When = view.Field{Name: "when", Label: i18n.Text(l, "collaboration.end.when"), Type: "radio", Required: true, Value: v.FormValue("when"),
		Choices: []view.Choice{
			{Value: string(collaboration.EndNow), Label: i18n.Text(l, "collaboration.end.now")},
			{Value: string(collaboration.EndOnDate), Label: i18n.Text(l, "collaboration.end.on_date")},
		}}
	p.On = view.Field{Name: "on", Label: i18n.Text(l, "collaboration.end.on"), Type: "date", Value: v.FormValue("on"), When: "when=on_date",
		Hint: i18n.Text(l, "collaboration.end.on.hint")}
	p.Sure = view.Field{Name: "sure", Value: v.FormValue("sure")}
	p.Ending = v.FormValue("act") == "end"
}

// addErrors adds the errors of a rejected request to the page and its fields.
func (p *collaborationPage) addErrors(err error, l collaboration.Locale) {
	if p.Errors = page.MarkErrors(err, l, &p.When, &p.On, &p.Sure); len(p.Errors) == 0 {
		p.Problem = i18n.CodeText(l, collaboration.CodeOf(err))
	}
}
