package api

import (
	"context"
	"crypto/rand"
	"net/http"

	"countersign/api/web"
	"countersign/collaboration"
)

// collaborationPage is where a customer looks after a running collaboration.
type collaborationPage struct {
	web.Page
	OfficeName, CustomerName, SolutionName, Description string
	Payer, Starts, Ends, Policy                         string
	Ended, Continues                                    bool
	// Nonce and Token bind the form to this page; it is also the message's id.
	Nonce, Token string
}

// showCollaboration shows what a link leads to, and changes nothing.
func (s *Server) showCollaboration(v *visit) error {
	r, err := s.running(v.ctx(), v.c.Param("link"))
	if err != nil {
		return err
	}
	return s.writeCollaboration(v, r, nil)
}

// changeCollaboration takes what the customer asks for, and sends the visitor
// to the page that shows it: reloading that changes nothing.
func (s *Server) changeCollaboration(v *visit) error {
	token := v.c.Param("link")
	r, err := s.running(v.ctx(), token)
	if err != nil {
		return err
	}
	if err = s.checkForm(v.c, token); err == nil {
		err = s.customerAsks(v.ctx(), r, v.posted("nonce"), v.posted("act"), v.posted("sure") == "yes")
	}
	switch collaboration.CodeOf(err) {
	case "", collaboration.CodeOutcomeUnknown:
		return v.done("/collaboration/"+token, v.posted("act"))
	default:
		return s.writeCollaboration(v, r, err)
	}
}

// customerAsks is one of the page's buttons. To end at once one must be sure.
func (s *Server) customerAsks(ctx context.Context, r running, id, act string, sure bool) (err error) {
	switch act {
	case "notice":
		_, err = s.customerEnds(ctx, r, id, EndRequest{When: collaboration.EndOfTerm})
	case "take_back":
		_, err = s.customerTakesBack(ctx, r, id)
	case "end":
		if !sure {
			return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "sure", Code: collaboration.CodeRequired}}}
		}
		_, err = s.customerEnds(ctx, r, id, EndRequest{When: collaboration.EndNow})
	default:
		err = &collaboration.Error{Code: collaboration.CodeMalformedRequest}
	}
	return err
}

func (s *Server) writeCollaboration(v *visit, r running, wrong error) error {
	l, status := v.locale, http.StatusOK
	// What was just asked for may not be in the facts yet: the workflow knows.
	if s.catchUpRunning(v.ctx(), &r.record); wrong != nil {
		status = problemOf(v.ctx(), wrong).Status
	}
	record, nonce := r.record, rand.Text()
	p := &collaborationPage{
		Page: v.page("", web.Text(l, "collaboration.title", record.OfficeName)), OfficeName: record.OfficeName, CustomerName: record.CustomerName,
		SolutionName: r.solution.Name.In(l), Description: r.solution.Description.In(l), Payer: payer(record, l),
		Starts: web.LongDate(record.Agreement.StartsOn, l), Ends: web.LongDate(record.Agreement.EndsOn(), l),
		Policy: web.Text(l, "collaboration.policy."+string(r.solution.OnEnd), record.CustomerName),
		Ended:  record.State == collaboration.Ended, Continues: record.Agreement.Continues(),
		Nonce: nonce, Token: s.formToken(v.c.Param("link"), s.formCookie(v.c), nonce),
	}
	if !record.EndedAt.IsZero() {
		p.Ends = web.LongDate(collaboration.DateOf(record.EndedAt), l)
	}
	if wrong != nil {
		p.Problem = troubleText(wrong, l)
	}
	return v.show(status, "customer/collaboration", p)
}

func troubleText(err error, l collaboration.Locale) string {
	e := inCatalogue(err)
	if len(e.Fields) == 1 && e.Fields[0].Field == "sure" {
		return web.Text(l, "collaboration.unsure")
	}
	return e.Code.Text(l)
}

func (s *Server) catchUpRunning(ctx context.Context, r *collaboration.Record) {
	if r.State == collaboration.Active {
		s.catchUp(ctx, r)
	}
}
