package office

import (
	"net/http"
	"slices"
	"time"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
)

// requestsPage is the list Sent requests: the office's invitations to its customers.
type requestsPage struct {
	listPage
	Tabs []tab
	Rows []requestRow
}

// tab selects one outcome, or all.
type tab struct {
	Name, Path string
	Here       bool
}

// requestRow is one request.
type requestRow struct {
	Record   collaboration.Activation
	Solution string
	Age      age
	// Reason is the reason for a declined or failed request.
	Reason  string
	Actions []action
}

// age is the age of a pending request.
type age struct {
	Days int
	// Old highlights a request that has been pending for two weeks.
	Old bool
	// Left is the number of days until the invitation expires.
	Left int
}

const (
	requestsOnPage = 25
	oldAfterDays   = 14
)

// outcome is a tab with its phases.
type outcome struct {
	name   string
	phases []collaboration.Phase
}

// outcomes are the tabs; the first is the default. A state that ends a request without
// an approval has a tab of its own.
var outcomes = func() []outcome {
	pending, accepted, others := outcome{name: "pending"}, outcome{name: "accepted"}, []outcome{}
	for _, s := range collaboration.States() {
		switch {
		case s.IsPending():
			pending.phases = append(pending.phases, s.Phases()...)
		case s.IsApproved():
			accepted.phases = append(accepted.phases, s.Phases()...)
		default:
			others = append(others, outcome{string(s), s.Phases()})
		}
	}
	return slices.Concat([]outcome{pending, accepted}, others, []outcome{{name: "all"}})
}()

func (h requestPages) showRequests(v *page.Context) error {
	q, chosen := v.Request().URL.Query(), 0
	for i, o := range outcomes {
		if o.name == q.Get("outcome") {
			chosen = i
		}
	}
	filter := collaboration.ActivationFilter{Phases: outcomes[chosen].phases, SolutionID: h.solutionAsked(v), Page: collaboration.Page{After: q.Get("cursor"), Limit: requestsOnPage}}
	sender := view.Field{Name: "sender", Label: i18n.Text(v.Locale, "requests.sender"), Type: "select",
		Choices: []view.Choice{{Label: i18n.Text(v.Locale, "requests.sender.all")}, {Value: "me", Label: i18n.Text(v.Locale, "requests.sender.me")}}}
	if q.Get("sender") == "me" {
		filter.RequestedBy, sender.Value = v.Person.Employee.ID, "me"
	}
	records, next, err := h.activationsOn(v, filter)
	if err != nil || records == nil && filter.Page.After != "" {
		return redirectToFirstPage(v, err)
	}
	p := requestsPage{listPage: newListPage(v, "requests", filter.Page.After, next)}
	p.Filters = []view.Field{h.solutions(v, filter.SolutionID), sender}
	p.Kept = []view.Choice{{Value: "outcome", Label: outcomes[chosen].name}}
	for i, o := range outcomes {
		p.Tabs = append(p.Tabs, tab{o.name, listPath("/requests", q, "outcome", o.name, "cursor", ""), i == chosen})
	}
	for _, r := range records {
		p.Rows = append(p.Rows, h.requestRow(*v.Person.Employee, r, v.Locale))
	}
	return v.Render(http.StatusOK, "office/requests", p)
}

func (h requestPages) requestRow(e collaboration.Employee, r collaboration.Activation, l collaboration.Locale) requestRow {
	row := requestRow{Record: r, Solution: h.solutionName(r, l), Actions: actionsFor(e, r, collaboration.Customer{})}
	if r.State.IsPending() {
		row.Age = h.ageOf(r)
	}
	switch {
	case r.State == collaboration.Declined && r.Decision != nil && r.Decision.Reason != "":
		row.Reason = i18n.Text(l, "reason."+string(r.Decision.Reason))
	case r.FailureCode != "":
		row.Reason = i18n.CodeText(l, r.FailureCode)
	}
	return row
}

// ageOf counts the days since the request and until its expiry.
func (h requestPages) ageOf(r collaboration.Activation) age {
	days := daysBetween(r.RequestedAt, h.now())
	a := age{Days: days, Old: days >= oldAfterDays, Left: int(r.Rules.OrDefault().InvitationLifetime / (24 * time.Hour))}
	if !r.ExpiresAt.IsZero() {
		a.Left = max(daysBetween(h.now(), r.ExpiresAt), 0)
	}
	return a
}

// daysBetween counts calendar days in Stockholm from noon to noon, because days with a
// clock change have 23 or 25 hours.
func daysBetween(from, to time.Time) int {
	noon := func(t time.Time) time.Time { return collaboration.DateOf(t).Start().Add(12 * time.Hour) }
	return int(noon(to).Sub(noon(from)).Round(24*time.Hour) / (24 * time.Hour))
}
