package api

import (
	"net/http"
	"slices"
	"strings"

	"countersign/api/web"
	"countersign/collaboration"
)

// minePage is all that the companies of a person share, or were asked to.
type minePage struct {
	web.Page
	Companies []company
}

// company is one of the companies that somebody administers.
type company struct {
	Name   string
	Groups []sharedGroup
}

// sharedGroup is waiting, running or past.
type sharedGroup struct {
	What string
	Rows []sharedRow
}

type sharedRow struct {
	Path, SolutionName, OfficeName string
	State                          collaboration.State
	// Day is when something happens, Label what: a text "mine.day.…"; or when it
	// was over.
	Day   string
	Label string
}

func (s *Server) listMyCollaborations(v *visit) error {
	records, err := s.allShared(v.ctx())
	if err != nil {
		return err
	}
	p := &minePage{Page: v.page("mine", web.Text(v.locale, "nav.mine"))}
	for _, r := range records {
		row, what, err := s.sharedRow(r, v.locale)
		if err != nil {
			return err
		}
		if what != "" {
			p.add(r.CustomerName, what, row)
		}
	}
	p.sort()
	return v.show(http.StatusOK, "customer/mine", p)
}

// sharedRow is one line of the list, and the group it belongs to; none before the
// customer was asked.
func (s *Server) sharedRow(r collaboration.Record, l collaboration.Locale) (row sharedRow, what string, err error) {
	solution, err := s.solutionOf(r)
	row = sharedRow{Path: myCollaboration(r.ID), SolutionName: solution.Name.In(l), OfficeName: r.OfficeName, State: r.State}
	switch {
	case r.State == collaboration.Active && r.Agreement != nil:
		what = "running"
		row.Label, row.Day = "renews", web.ShortDate(r.Agreement.EndsOn())
		if end := r.Agreement.EndOn; !end.IsZero() {
			row.Label, row.Day = "ends", web.ShortDate(end)
		} else if !r.Agreement.Renews {
			row.Label = "ends"
		}
	case r.State == collaboration.AwaitingApproval:
		what, row.Path = "waiting", myInvitation(r.ID)
		row.Label, row.Day = "answer", web.ShortDate(collaboration.DateOf(r.ExpiresAt))
	case !r.State.Live() && (r.Generation > 0 || r.Agreement != nil):
		what, row.Day = "past", web.ShortDate(collaboration.DateOf(r.EndedAt))
		if r.Agreement == nil {
			row.Path = myInvitation(r.ID)
		}
	}
	return row, what, err
}

func (p *minePage) add(name, what string, row sharedRow) {
	n := slices.IndexFunc(p.Companies, func(c company) bool { return c.Name == name })
	if n < 0 {
		n = len(p.Companies)
		p.Companies = append(p.Companies, company{name, []sharedGroup{{What: "waiting"}, {What: "running"}, {What: "past"}}})
	}
	for g := range p.Companies[n].Groups {
		if group := &p.Companies[n].Groups[g]; group.What == what {
			group.Rows = append(group.Rows, row)
		}
	}
}

// sort puts companies by name, and leaves out what is empty.
func (p *minePage) sort() {
	slices.SortFunc(p.Companies, func(a, b company) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for n, c := range p.Companies {
		p.Companies[n].Groups = slices.DeleteFunc(c.Groups, func(g sharedGroup) bool { return len(g.Rows) == 0 })
	}
}

// Answer reports whether an answer is waited for.
func (r sharedRow) Answer() bool { return r.State == collaboration.AwaitingApproval }

// Badge colours a state; its text says the same.
func (r sharedRow) Badge() string {
	if r.State == collaboration.Active {
		return "good"
	}
	return ""
}
