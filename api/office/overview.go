package office

import (
	"cmp"
	"context"
	"net/http"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// overviewPage is the office's statistics and the activations that need attention.
type overviewPage struct {
	view.Page
	collaboration.Overview
	Waiting, Approved int
	Phases            []phaseCount
	Ages, Weeks       view.Chart
	Needs             []need
	Calm, Empty       bool
	Ends              []ending
}

// phaseCount is the number of collaborations in a phase, with the link to their list.
type phaseCount struct {
	Path, Name string
	Count      int
}

// need is one category of activations that need attention.
type need struct {
	// Name selects the text "overview.need.<name>". Tone is the style of the number.
	Name, Tone string
	Count      int
	Items      []needed
	// All is the path of the full list if it is longer than Items.
	All string
}

// needed is one activation with the reason, or an administrator with a changed address.
type needed struct{ Path, Customer, Solution, Why string }

// ending is a collaboration close to the end of its term.
type ending struct {
	Path, Customer, Solution string
	On                       collaboration.Date
	Continues                bool
	// Notice describes the notification to both parties: sent, or its date.
	Notice string
}

func (h overviewPages) showOverview(v *page.Context) error {
	office := v.Person.Employee.OfficeID
	o, err := app.CallWithin(v.Context(), h.readTimeout, func(ctx context.Context) (collaboration.Overview, error) {
		return h.store.Overview(ctx, office, h.now())
	})
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "office/overview", h.viewOverview(v, o))
}

func (h overviewPages) viewOverview(v *page.Context, o collaboration.Overview) overviewPage {
	l := v.Locale
	p := overviewPage{Page: v.Page("overview", i18n.Text(l, "overview.title")), Overview: o, Ages: agesOf(o, l), Weeks: weeksOf(o, l)}
	for _, n := range o.Pending {
		p.Waiting += n
	}
	for _, w := range o.Weeks {
		p.Approved += w.Approved
	}
	running := 0
	for _, phase := range collaboration.Active.Phases() {
		p.Phases = append(p.Phases, phaseCount{"/collaborations?phase=" + string(phase), i18n.Text(l, "overview.phase."+string(phase)), o.Running[phase]})
		running += o.Running[phase]
	}
	p.Needs = []need{
		h.need("bounced", "bad", o.Bounced, o.FirstBounced, l, "/requests", func(r collaboration.Activation) string { return i18n.Text(l, "overview.bounced", r.InvitedEmail) }),
		h.need("expiring", "wait", o.Expiring, o.FirstExpiring, l, "/requests", func(r collaboration.Activation) string {
			return i18n.Text(l, "overview.expires", i18n.Moment(r.ExpiresAt, l))
		}),
		h.need("asked_again", "wait", o.AskedAgain, o.FirstAskedAgain, l, "/requests?outcome=expired", func(r collaboration.Activation) string {
			return i18n.Text(l, "overview.asked_again", i18n.Moment(r.AskedAgainAt, l))
		}),
		h.need("declined", "", o.Declined, o.FirstDeclined, l, "/requests?outcome=declined", func(r collaboration.Activation) string { return declinedWhy(r, l) }),
	}
	isManager := v.Person.Employee.Role == collaboration.RoleManager
	if isManager {
		p.Needs = append(p.Needs, addressesNeed(o, l))
	}
	for _, r := range o.FirstEnding {
		p.Ends = append(p.Ends, h.ending(r, l))
	}
	p.Calm = o.Bounced+o.Expiring+o.AskedAgain+o.Declined == 0 && (!isManager || o.AddressChanges == 0)
	p.Empty = p.Waiting+running == 0
	return p
}

func (h overviewPages) need(name, tone string, count int, records []collaboration.Activation, l collaboration.Locale, all string, why func(collaboration.Activation) string) need {
	n := need{Name: name, Tone: tone, Count: count}
	for _, r := range records {
		n.Items = append(n.Items, needed{"/activations/" + string(r.ID), r.CustomerName, h.solutionName(r, l), why(r)})
	}
	if count > len(records) {
		n.All = all
	}
	return n
}

// addressesNeed has the changed addresses of administrators. Managers see whether an employee
// has replaced the person who approves for a customer.
func addressesNeed(o collaboration.Overview, l collaboration.Locale) need {
	n := need{Name: "address_changed", Tone: "wait", Count: o.AddressChanges}
	for _, c := range o.LastAddressChanges {
		n.Items = append(n.Items, needed{Path: "/customers/" + c.CustomerID + "/contacts", Customer: c.CustomerName,
			Solution: cmp.Or(c.AdministratorName, i18n.Text(l, "overview.administrator_removed")),
			Why:      i18n.Text(l, "overview.address_changed", i18n.LongDate(collaboration.DateOf(c.At), l), c.OldEmail, c.NewEmail, cmp.Or(c.ActorName, i18n.Text(l, "overview.actor_unknown")))})
	}
	if n.Count > len(n.Items) {
		n.All = "/office/changes"
	}
	return n
}

func declinedWhy(r collaboration.Activation, l collaboration.Locale) string {
	if r.Decision == nil {
		return ""
	}
	on := i18n.LongDate(collaboration.DateOf(r.Decision.At), l)
	if r.Decision.Reason == "" {
		return on
	}
	return i18n.Text(l, "overview.declined", on, i18n.Text(l, "reason."+string(r.Decision.Reason)))
}

func (h overviewPages) ending(r collaboration.Activation, l collaboration.Locale) ending {
	a := *r.Agreement
	e := ending{Path: "/activations/" + string(r.ID), Customer: r.CustomerName, Solution: h.solutionName(r, l), On: a.LastDay(), Continues: a.Continues()}
	told := i18n.ShortDate(collaboration.DateOf(a.NoticeAt()))
	switch {
	case !a.EndOn.IsZero():
		e.Notice = i18n.Text(l, "overview.notice.set")
	case !a.Renews:
		e.Notice = i18n.Text(l, "overview.notice.given")
	case a.NoticeAt().After(h.now()):
		e.Notice = i18n.Text(l, "overview.notice.ahead", told)
	default:
		e.Notice = i18n.Text(l, "overview.notice.told", told)
	}
	return e
}

// agesOf returns the chart of pending invitations by age.
func agesOf(o collaboration.Overview, l collaboration.Locale) view.Chart {
	var amounts []view.Amount
	from, until := 0, collaboration.PendingDays()
	for i, n := range o.Pending {
		name := i18n.Text(l, "overview.age.over", from)
		if i < len(until) {
			name = i18n.Text(l, "overview.age", from, until[i])
			from = until[i] + 1
		}
		amounts = append(amounts, view.Amount{Name: name, Count: n})
	}
	return view.NewChart(i18n.Text(l, "overview.ages"), amounts)
}

// weeksOf returns the chart of approvals per week. The last week is incomplete.
func weeksOf(o collaboration.Overview, l collaboration.Locale) view.Chart {
	var amounts []view.Amount
	for i, w := range o.Weeks {
		name := i18n.Text(l, "overview.week", w.Monday.Week(), i18n.LongDate(w.Monday, l))
		brief := i18n.Text(l, "overview.week.brief", w.Monday.Week())
		amounts = append(amounts, view.Amount{Name: name, Brief: brief, Count: w.Approved, Open: i == len(o.Weeks)-1})
	}
	return view.NewChart(i18n.Text(l, "overview.weeks"), amounts)
}
