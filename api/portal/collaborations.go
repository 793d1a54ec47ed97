package portal

import (
	"net/http"
	"slices"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// minePage lists the collaborations and invitations of a person's companies.
type minePage struct {
	view.Page
	Companies []company
}

// company is one company of the administrator.
type company struct {
	Name   string
	Groups []sharedGroup
}

// sharedGroup is the waiting, running or past collaborations of a company.
type sharedGroup struct {
	What string
	Rows []sharedRow
}

type sharedRow struct {
	Path, SolutionName, OfficeName string
	State                          collaboration.State
	Badge                          view.Badge
	// Day is the date of the next event and Label its text "mine.day.…". A past
	// collaboration has its end date and no label.
	Day   string
	Label string
	// Proposed is true while a proposed change is unanswered.
	Proposed bool
}

func (h collaborationPages) listMyCollaborations(v *page.Context) error {
	all, err := h.App.Collaborations.List(v.Context(), *v.Person)
	if err != nil {
		return err
	}
	p := &minePage{Page: v.Page("mine", i18n.Text(v.Locale, "nav.mine"))}
	for _, c := range all {
		if row, what := sharedRowOf(c, v.Locale); what != "" {
			p.add(c.Activation.CustomerName, what, row)
		}
	}
	p.sort()
	return v.Render(http.StatusOK, "customer/mine", p)
}

// sharedRowOf returns one row of the list and its group. The group is "" before the first
// invitation; such an activation is not listed.
func sharedRowOf(c app.Collaboration, l collaboration.Locale) (row sharedRow, what string) {
	r := c.Activation
	row = sharedRow{Path: myCollaboration(r.ID), SolutionName: c.Solution.Name.In(l), OfficeName: r.OfficeName, State: r.State, Badge: view.NewBadge(r.State, r.Agreement, l)}
	switch {
	case r.State == collaboration.Active && r.Agreement != nil:
		what = "running"
		row.Label, row.Day = "renews", i18n.ShortDate(r.Agreement.EndsOn())
		if r.Agreement.IsTerminated() {
			row.Label, row.Day = "ends", i18n.ShortDate(r.Agreement.FinalDay())
		}
		if r.Proposal.IsOpen() {
			what, row.Path, row.Proposed = "waiting", myChange(r.ID), true
			row.Label, row.Day = "answer", i18n.ShortDate(collaboration.DateOf(r.Proposal.ExpiresAt))
		}
	case r.State == collaboration.AwaitingApproval:
		what, row.Path = "waiting", myInvitation(r.ID)
		row.Label, row.Day = "answer", i18n.ShortDate(collaboration.DateOf(r.ExpiresAt))
	case !r.State.IsLive() && (r.Generation > 0 || r.Agreement != nil):
		what, row.Day = "past", i18n.ShortDate(r.LastDay())
		if r.Agreement == nil {
			row.Path = myInvitation(r.ID)
		}
	}
	return row, what
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

// sort orders companies by name and removes empty groups.
func (p *minePage) sort() {
	slices.SortFunc(p.Companies, func(a, b company) int { return i18n.Compare(a.Name, b.Name) })
	for n, c := range p.Companies {
		p.Companies[n].Groups = slices.DeleteFunc(c.Groups, func(g sharedGroup) bool { return len(g.Rows) == 0 })
	}
}

// Answer reports whether the invitation or a proposed change is unanswered.
func (r sharedRow) Answer() bool { return r.State == collaboration.AwaitingApproval || r.Proposed }
