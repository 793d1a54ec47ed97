package api

import (
	"net/http"
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// requestsPage is Sent requests: what the office has asked its customers for.
type requestsPage struct {
	listPage
	Tabs []tab
	Rows []requestRow
}

// tab is one outcome, or all.
type tab struct {
	Name, Path string
	Here       bool
}

// requestRow is one request.
type requestRow struct {
	Record   collaboration.Record
	Solution string
	Age      age
	// Reason is why it was declined, or failed.
	Reason  string
	Actions []action
}

// age is how long a customer has been asked.
type age struct {
	Days int
	// Old stands out: the customer has been asked for two weeks.
	Old bool
	// Left is how many days of the invitation's thirty are left.
	Left int
}

const (
	requestsOnPage = 25
	oldAfterDays   = 14
	daysToAnswer   = int(collaboration.InvitationLifetime / (24 * time.Hour))
)

// outcomes are the tabs, and the states that each shows; the first one opens.
var outcomes = []struct {
	name   string
	states []collaboration.State
}{
	{"pending", []collaboration.State{collaboration.Activating, collaboration.AwaitingApproval}},
	{"accepted", []collaboration.State{collaboration.Active, collaboration.Ended}},
	{"declined", []collaboration.State{collaboration.Declined}},
	{"expired", []collaboration.State{collaboration.Expired}},
	{"withdrawn", []collaboration.State{collaboration.Withdrawn}},
	{"failed", []collaboration.State{collaboration.Failed}},
	{"all", nil},
}

func (s *Server) showRequests(v *visit) error {
	q, chosen := v.c.Request.URL.Query(), 0
	for i, o := range outcomes {
		if o.name == q.Get("outcome") {
			chosen = i
		}
	}
	filter := collaboration.ActivationFilter{States: outcomes[chosen].states, SolutionID: s.solutionAsked(q), Page: collaboration.Page{After: q.Get("cursor"), Limit: requestsOnPage}}
	sender := web.Field{Name: "sender", Label: web.Text(v.locale, "requests.sender"), Type: "select",
		Choices: []web.Choice{{Label: web.Text(v.locale, "requests.sender.all")}, {Value: "me", Label: web.Text(v.locale, "requests.sender.me")}}}
	if q.Get("sender") == "me" {
		filter.RequestedBy, sender.Value = v.person.Employee.ID, "me"
	}
	records, next, err := s.activationsOn(v, filter)
	if err != nil || records == nil && filter.Page.After != "" {
		return s.fromTheBeginning(v, err)
	}
	p := requestsPage{listPage: v.list("requests", filter.Page.After, next)}
	p.Filters = []web.Field{s.solutions(filter.SolutionID, v.locale), sender}
	p.Kept = []web.Choice{{Value: "outcome", Label: outcomes[chosen].name}}
	for i, o := range outcomes {
		p.Tabs = append(p.Tabs, tab{o.name, listPath("/requests", q, "outcome", o.name, "cursor", ""), i == chosen})
	}
	for _, r := range records {
		p.Rows = append(p.Rows, s.requestRow(*v.person.Employee, r, v.locale))
	}
	return v.show(http.StatusOK, "office/requests", p)
}

func (s *Server) requestRow(e collaboration.Employee, r collaboration.Record, l collaboration.Locale) requestRow {
	row := requestRow{Record: r, Solution: s.solutionName(r.SolutionID, l), Actions: s.actionsFor(e, r, collaboration.Customer{})}
	if r.State.Pending() {
		row.Age = s.ageOf(r)
	}
	switch {
	case r.State == collaboration.Declined && r.Decision != nil && r.Decision.Reason != "":
		row.Reason = web.Text(l, "reason."+string(r.Decision.Reason))
	case r.FailureCode != "":
		row.Reason = r.FailureCode.Text(l)
	}
	return row
}

// ageOf counts the days since the request was made, and until it expires.
func (s *Server) ageOf(r collaboration.Record) age {
	days := daysBetween(r.RequestedAt, s.Now())
	a := age{Days: days, Old: days >= oldAfterDays, Left: daysToAnswer}
	if !r.ExpiresAt.IsZero() {
		a.Left = max(daysBetween(s.Now(), r.ExpiresAt), 0)
	}
	return a
}

// daysBetween counts days in Stockholm, by their noons: some have 23 hours.
func daysBetween(from, to time.Time) int {
	noon := func(t time.Time) time.Time { return collaboration.DateOf(t).Start().Add(12 * time.Hour) }
	return int(noon(to).Sub(noon(from)).Round(24*time.Hour) / (24 * time.Hour))
}
