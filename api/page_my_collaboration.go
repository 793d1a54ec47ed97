package api

import (
	"crypto/rand"
	"net/http"

	"countersign/api/web"
	"countersign/collaboration"
	"countersign/internal/link"
)

// collaborationPage is where a customer looks after a collaboration.
type collaborationPage struct {
	web.Page
	OfficeName, CustomerName, SolutionName, Description string
	Payer, Starts, Ends, Policy                         string
	Ended, Continues                                    bool
	Timeline                                            web.Timeline
	// Ending are the fields of the form that ends it, and what is wrong with them.
	When, On web.Field
	Sure     bool
	Unsure   string
	Ending   bool // the form was filled in
	Wrong    web.Wrong
	// Nonce is the message's id.
	Nonce string
}

// movedCollaboration is where the links in older mails led. The page they lead
// to now asks who is there, so that one which has expired is good too.
func (s *Server) movedCollaboration(v *visit) error {
	claims, err := s.Links.Verify(v.c.Param("link"), link.Collaborate, s.Now())
	if err != nil && collaboration.CodeOf(err) != collaboration.CodeLinkExpired {
		return err
	}
	return v.seeOther(myCollaboration(claims.Activation))
}

func myCollaboration(id collaboration.ActivationID) string { return "/my/collaborations/" + string(id) }

// showMyCollaboration shows a collaboration, and changes nothing. What has not
// become one is an invitation still.
func (s *Server) showMyCollaboration(v *visit) error {
	c, err := s.shared(v.ctx(), v.c.Param("id"))
	if err != nil {
		return err
	}
	// What was just asked for may not be in the facts yet: the workflow knows.
	if c.record.State.Live() {
		s.catchUp(v.ctx(), &c.record)
	}
	if c.record.Agreement == nil {
		return v.seeOther(myInvitation(c.record.ID))
	}
	return s.writeCollaboration(v, c, nil)
}

// changeMyCollaboration takes what the customer asks for, and sends the visitor
// to the page that shows it: reloading that changes nothing.
func (s *Server) changeMyCollaboration(v *visit) error {
	c, err := s.shared(v.ctx(), v.c.Param("id"))
	if err != nil {
		return err
	}
	if c.record.Agreement == nil {
		return v.seeOther(v.c.Request.URL.Path)
	}
	note, err := s.customerAsks(v, c)
	switch collaboration.CodeOf(err) {
	case "", collaboration.CodeOutcomeUnknown:
		return v.done(v.c.Request.URL.Path, note)
	default:
		return s.writeCollaboration(v, c, err)
	}
}

// customerAsks is one of the page's buttons, and the note of what it did. To
// end at once one must be sure.
func (s *Server) customerAsks(v *visit, c shared) (note string, err error) {
	ctx, id, act := v.ctx(), v.posted("nonce"), v.posted("act")
	switch act {
	case "notice":
		_, err = s.customerEnds(ctx, c, id, EndRequest{When: collaboration.EndOfTerm})
	case "take_back":
		_, err = s.customerTakesBack(ctx, c, id)
	case "end":
		var r EndRequest
		if r, err = s.endingAsked(v); err == nil {
			_, err = s.customerEnds(ctx, c, id, r)
		}
		if r.When == collaboration.EndOnDate {
			act = "end_set"
		}
	default:
		err = &collaboration.Error{Code: collaboration.CodeMalformedRequest}
	}
	return act, err
}

// endingAsked is the form that ends the collaboration, now or on a day.
func (s *Server) endingAsked(v *visit) (EndRequest, error) {
	r := EndRequest{When: collaboration.EndWhen(v.posted("when"))}
	var wrong []collaboration.FieldError
	switch {
	case r.When == collaboration.EndNow && v.posted("sure") != "yes":
		wrong = []collaboration.FieldError{{Field: "sure", Code: collaboration.CodeRequired}}
	case r.When == collaboration.EndOnDate && v.posted("on") == "":
		wrong = required("on", "")
	case r.When == collaboration.EndOnDate:
		day, err := collaboration.ParseDate(v.posted("on"))
		if r.On = day; err != nil {
			wrong = []collaboration.FieldError{{Field: "on", Code: collaboration.CodeInvalidFormat}}
			break
		}
		wrong = s.checkEnd(r)
	default:
		wrong = s.checkEnd(r)
	}
	if len(wrong) > 0 {
		return r, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: wrong}
	}
	return r, nil
}

func (s *Server) writeCollaboration(v *visit, c shared, wrong error) error {
	l, r, status := v.locale, c.record, http.StatusOK
	events, err := s.events(v.ctx(), r.ID, 0)
	if err != nil {
		return err
	}
	p := &collaborationPage{
		Page: v.page("mine", web.Text(l, "collaboration.title", r.OfficeName)), OfficeName: r.OfficeName, CustomerName: r.CustomerName,
		SolutionName: c.solution.Name.In(l), Description: c.solution.Description.In(l), Payer: payer(r, l),
		Starts: web.LongDate(r.Agreement.StartsOn, l), Ends: web.LongDate(r.Agreement.EndsOn(), l),
		Policy: web.Text(l, "collaboration.policy."+string(c.solution.OnEnd), r.CustomerName),
		Ended:  r.State == collaboration.Ended, Continues: r.Agreement.Continues(), Timeline: s.timeline(r, events, l), Nonce: rand.Text(),
	}
	switch {
	case !r.EndedAt.IsZero():
		p.Ends = web.LongDate(collaboration.DateOf(r.EndedAt), l)
	case !r.Agreement.EndOn.IsZero():
		p.Ends, p.Continues = web.LongDate(r.Agreement.EndOn, l), false
	}
	p.endingForm(v)
	if wrong != nil {
		status = problemOf(v.ctx(), wrong).Status
		p.sayWrong(inCatalogue(wrong), l)
	}
	return v.show(status, "customer/collaboration", p)
}

func (p *collaborationPage) endingForm(v *visit) {
	l := v.locale
	p.When = web.Field{Name: "when", Label: web.Text(l, "collaboration.end.when"), Type: "radio", Required: true, Value: v.posted("when"),
		Choices: []web.Choice{
			{Value: string(collaboration.EndNow), Label: web.Text(l, "collaboration.end.now")},
			{Value: string(collaboration.EndOnDate), Label: web.Text(l, "collaboration.end.on_date")},
		}}
	p.On = web.Field{Name: "on", Label: web.Text(l, "collaboration.end.on"), Type: "date", Value: v.posted("on"), When: "when=on_date",
		Hint: web.Text(l, "collaboration.end.on.hint")}
	p.Sure, p.Ending = v.posted("sure") == "yes", v.posted("act") == "end"
}

// sayWrong puts each error at its field.
func (p *collaborationPage) sayWrong(e *collaboration.Error, l collaboration.Locale) {
	for _, f := range e.Fields {
		m := web.Mistake{Field: f.Field, Message: f.Code.Text(l)}
		switch f.Field {
		case "when":
			m.Message = web.Text(l, "collaboration.end.when.required")
			p.When.Error = m.Message
		case "on":
			m.Label, p.On.Error = p.On.Label, m.Message
		case "sure":
			m.Message = web.Text(l, "collaboration.unsure")
			p.Unsure = m.Message
		}
		p.Wrong = append(p.Wrong, m)
	}
	if len(p.Wrong) == 0 {
		p.Problem = e.Code.Text(l)
	}
}
