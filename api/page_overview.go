package api

import (
	"context"
	"net/http"

	"countersign/api/web"
	"countersign/collaboration"
)

// overviewPage is how the office stands, and what needs somebody now.
type overviewPage struct {
	web.Page
	collaboration.Overview
	Waiting, Approved int
	Ages, Weeks       web.Chart
	Needs             []need
	Calm, Empty       bool
	Ends              []ending
}

// need is one kind of thing that somebody should look at.
type need struct {
	// Name is a text "overview.need.<name>"; Tone is how its number looks.
	Name, Tone string
	Count      int
	Items      []needed
	// All leads to the rest, where there are more.
	All string
}

// needed is one activation, and why it is there.
type needed struct{ Path, Customer, Solution, Why string }

// ending is a collaboration whose term ends soon.
type ending struct {
	Path, Customer, Solution string
	On                       collaboration.Date
	Continues                bool
	// Notice is what both parties were told, or when they will be.
	Notice string
}

func (s *Server) showOverview(v *visit) error {
	office := v.person.Employee.OfficeID
	o, err := read(v.ctx(), s.ReadTimeout, func(ctx context.Context) (collaboration.Overview, error) {
		return s.Facts.Overview(ctx, office, s.Now())
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "office/overview", s.viewOverview(v, o))
}

func (s *Server) viewOverview(v *visit, o collaboration.Overview) overviewPage {
	l := v.locale
	p := overviewPage{Page: v.page("overview", web.Text(l, "overview.title")), Overview: o, Ages: agesOf(o, l), Weeks: weeksOf(o, l)}
	for _, n := range o.Pending {
		p.Waiting += n
	}
	for _, w := range o.Weeks {
		p.Approved += w.Approved
	}
	p.Needs = []need{
		s.need("bounced", "bad", o.Bounced, o.FirstBounced, l, "/requests", func(r collaboration.Record) string { return web.Text(l, "overview.bounced", r.InvitedEmail) }),
		s.need("expiring", "wait", o.Expiring, o.FirstExpiring, l, "/requests", func(r collaboration.Record) string {
			return web.Text(l, "overview.expires", web.Moment(r.ExpiresAt, l))
		}),
		s.need("declined", "", o.Declined, o.FirstDeclined, l, "/requests?outcome=declined", func(r collaboration.Record) string { return declinedWhy(r, l) }),
	}
	for _, r := range o.FirstEnding {
		p.Ends = append(p.Ends, s.ending(r, l))
	}
	p.Calm = o.Bounced+o.Expiring+o.Declined == 0
	p.Empty = p.Waiting+o.Running == 0
	return p
}

func (s *Server) need(name, tone string, count int, records []collaboration.Record, l collaboration.Locale, all string, why func(collaboration.Record) string) need {
	n := need{Name: name, Tone: tone, Count: count}
	for _, r := range records {
		n.Items = append(n.Items, needed{"/activations/" + string(r.ID), r.CustomerName, s.solutionName(r.SolutionID, l), why(r)})
	}
	if count > len(records) {
		n.All = all
	}
	return n
}

func declinedWhy(r collaboration.Record, l collaboration.Locale) string {
	if r.Decision == nil {
		return ""
	}
	on := web.LongDate(collaboration.DateOf(r.Decision.At), l)
	if r.Decision.Reason == "" {
		return on
	}
	return web.Text(l, "overview.declined", on, web.Text(l, "reason."+string(r.Decision.Reason)))
}

func (s *Server) ending(r collaboration.Record, l collaboration.Locale) ending {
	a := *r.Agreement
	e := ending{Path: "/activations/" + string(r.ID), Customer: r.CustomerName, Solution: s.solutionName(r.SolutionID, l), On: a.EndsOn(), Continues: a.Continues()}
	told := web.ShortDate(collaboration.DateOf(a.NoticeAt()))
	switch {
	case !a.EndOn.IsZero():
		e.Notice = web.Text(l, "overview.notice.set")
	case !a.Renews:
		e.Notice = web.Text(l, "overview.notice.given")
	case a.NoticeAt().After(s.Now()):
		e.Notice = web.Text(l, "overview.notice.ahead", told)
	default:
		e.Notice = web.Text(l, "overview.notice.told", told)
	}
	return e
}

// agesOf are the pending ones by age.
func agesOf(o collaboration.Overview, l collaboration.Locale) web.Chart {
	var amounts []web.Amount
	from, until := 0, collaboration.PendingDays()
	for i, n := range o.Pending {
		name := web.Text(l, "overview.age.over", from)
		if i < len(until) {
			name = web.Text(l, "overview.age", from, until[i])
			from = until[i] + 1
		}
		amounts = append(amounts, web.Amount{Name: name, Count: n})
	}
	return web.NewChart(web.Text(l, "overview.ages"), amounts)
}

// weeksOf are the approvals of each week; the last week is not over.
func weeksOf(o collaboration.Overview, l collaboration.Locale) web.Chart {
	var amounts []web.Amount
	for i, w := range o.Weeks {
		name := web.Text(l, "overview.week", w.Monday.Week(), web.LongDate(w.Monday, l))
		brief := web.Text(l, "overview.week.brief", w.Monday.Week())
		amounts = append(amounts, web.Amount{Name: name, Brief: brief, Count: w.Approved, Open: i == len(o.Weeks)-1})
	}
	return web.NewChart(web.Text(l, "overview.weeks"), amounts)
}
