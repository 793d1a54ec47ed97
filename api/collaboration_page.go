package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"countersign/collaboration"
)

// collaborationPage is where a customer looks after a running collaboration.
type collaborationPage struct {
	base
	OfficeName, CustomerName, SolutionName, Description string
	Payer, Starts, Ends, Policy                         string
	Ended, Continues                                    bool
	Notice                                              string
	Problem                                             string
	// Nonce and Token bind the form to this page; it is also the message's id.
	Nonce, Token string
}

// showCollaboration shows what a link leads to, and changes nothing.
func (s *Server) showCollaboration(c *gin.Context) {
	r, err := s.running(c.Request.Context(), c.Param("link"))
	if err != nil {
		s.showTrouble(c, err)
		return
	}
	s.writeCollaboration(c, r, nil)
}

// changeCollaboration takes what the customer asks for, and sends the visitor
// to the page that shows it: reloading that changes nothing.
func (s *Server) changeCollaboration(c *gin.Context) {
	ctx, token := c.Request.Context(), c.Param("link")
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	if err := c.Request.ParseForm(); err != nil {
		s.showTrouble(c, unreadable(err))
		return
	}
	r, err := s.running(ctx, token)
	if err != nil {
		s.showTrouble(c, err)
		return
	}
	if err = s.checkForm(c, token); err == nil {
		err = s.customerAsks(ctx, r, c.PostForm("nonce"), c.PostForm("act"), c.PostForm("sure") == "yes")
	}
	switch collaboration.CodeOf(err) {
	case "", collaboration.CodeOutcomeUnknown:
		query := url.Values{"note": {c.PostForm("act")}}
		if l := collaboration.Locale(c.Query("lang")); l.Valid() {
			query.Set("lang", string(l))
		}
		to := url.URL{Path: "/collaboration/" + token, RawQuery: query.Encode()}
		c.Redirect(http.StatusSeeOther, to.String())
	default:
		s.writeCollaboration(c, r, err)
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

func (s *Server) writeCollaboration(c *gin.Context, r running, wrong error) {
	l := pageLocale(c, r.record.Locale)
	status := http.StatusOK
	// What was just asked for may not be in the facts yet: the workflow knows.
	if s.catchUpRunning(c.Request.Context(), &r.record); wrong != nil {
		requestOf(c.Request.Context()).locale = l
		status = problemOf(c.Request.Context(), wrong).Status
	}
	record, nonce := r.record, rand.Text()
	v := &collaborationPage{
		base: base{Locale: l, Title: text(l, "collaboration.title", record.OfficeName)}, OfficeName: record.OfficeName, CustomerName: record.CustomerName,
		SolutionName: r.solution.Name.In(l), Description: r.solution.Description.In(l), Payer: payer(record, l),
		Starts: longDate(record.Agreement.StartsOn, l), Ends: longDate(record.Agreement.EndsOn(), l),
		Policy: text(l, "collaboration.policy."+string(r.solution.OnEnd), record.CustomerName),
		Ended:  record.State == collaboration.Ended, Continues: record.Agreement.Continues(),
		Nonce: nonce, Token: s.formToken(c.Param("link"), s.formCookie(c), nonce),
	}
	if !record.EndedAt.IsZero() {
		v.Ends = longDate(collaboration.DateOf(record.EndedAt), l)
	}
	if wrong != nil {
		v.Problem = troubleText(wrong, l)
	} else if note := c.Query("note"); note == "notice" || note == "take_back" || note == "end" {
		v.Notice = text(l, "collaboration.done."+note)
	}
	s.pages.write(c, status, "collaboration.html", v)
}

func troubleText(err error, l collaboration.Locale) string {
	e := inCatalogue(err)
	if len(e.Fields) == 1 && e.Fields[0].Field == "sure" {
		return text(l, "collaboration.unsure")
	}
	return e.Code.Text(l)
}

func (s *Server) catchUpRunning(ctx context.Context, r *collaboration.Record) {
	if r.State == collaboration.Active {
		s.catchUp(ctx, r)
	}
}
