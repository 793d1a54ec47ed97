package office

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// followedPage is the page of an activation, from its start to its end. The page's event
// stream sends everything except the frame.
type followedPage struct {
	view.Page
	ID collaboration.ActivationID
	// Recorded is false until the first database write. Until then only Temporal has the
	// activation, and the page has only its state.
	Recorded                 bool
	CustomerID, CustomerName string
	SolutionID, SolutionName string
	Badge                    view.Badge
	Now                      string
	Steps                    []progressStep
	Problems                 []remedy
	Facts                    []fact
	// Terms is the path above the approved terms and the receipt; "" without an approval.
	Terms    string
	Access   []string
	History  []historyRow
	Timeline view.Timeline
	Proposal *view.Proposal
	Actions  []action
	// Follow is the path of the page's event stream; empty if no change is expected soon.
	Follow string
}

// historyRow is one stored event with the name of its actor.
type historyRow struct {
	Text, By string
	At       time.Time
}

func (h activationPages) showActivation(v *page.Context) error {
	found, err := h.app.Activations.Find(v.Context(), request.Employee(v.Context()), v.Param("id"))
	if err != nil {
		return err
	}
	p, err := h.followedPage(v, found)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "office/activation", p)
}

// followedPage returns the page of an activation. Before the first write it shows the
// state only.
func (h activationPages) followedPage(v *page.Context, found app.Snapshot) (followedPage, error) {
	l, r := v.Locale, found.Activation
	p := followedPage{Page: v.Page(sectionOf(r), i18n.Text(l, "office.activation.unrecorded")), ID: r.ID, Recorded: found.Stored,
		Badge: view.NewBadge(r.State, r.Agreement, l)}
	if isChanging(r, h.now()) {
		p.Follow = activationPage(string(r.ID)) + "/live?seen=" + seen(r)
	}
	if r.State == collaboration.Activating {
		p.Reload = 3
	}
	if !p.Recorded {
		if p.Now = i18n.Text(l, "office.now.unrecorded"); !r.State.IsLive() {
			p.Now = i18n.Text(l, "office.now.lost")
		}
		return p, nil
	}
	return p, h.fillActivation(v.Context(), &p, r, l)
}

// fillActivation adds the stored data.
func (h activationPages) fillActivation(ctx context.Context, p *followedPage, r collaboration.Activation, l collaboration.Locale) error {
	events, err := h.app.Activations.Events(ctx, r.ID, 0)
	if err != nil {
		return err
	}
	customer, err := h.app.Customers.Get(ctx, request.Employee(ctx), r.CustomerID)
	if err != nil {
		return err
	}
	names, err := h.namesAround(ctx, customer)
	if err != nil {
		return err
	}
	solution, _ := h.catalogue.For(r.OfficeID).Solution(r.SolutionID)
	p.CustomerID, p.CustomerName = r.CustomerID, r.CustomerName
	p.SolutionID, p.SolutionName = r.SolutionID, cmp.Or(solution.Name.In(l), r.SolutionID)
	p.Title = i18n.Text(l, "office.activation.title", p.SolutionName, r.CustomerName)
	p.Steps = progress(r, events, l)
	p.Now = nowOf(r, l)
	p.Facts = recordFacts(r, solution, l)
	p.Proposal = view.NewProposal(r, solution, l)
	if r.Decision != nil && r.Decision.Offer != nil {
		p.Terms = activationPage(string(r.ID))
	}
	p.Timeline, p.Actions = view.NewTimeline(r, events, h.now(), l), actionsFor(request.Employee(ctx), r, customer)
	p.Problems = problemsOf(r, p.Actions, l)
	for _, e := range events {
		row := historyRow{Text: i18n.Text(l, "action."+string(e.Action)), By: names.of(e, l), At: e.At}
		if e.ToName != "" {
			row.Text = i18n.Text(l, "office.handed_on", e.ToName)
		}
		p.History = append(p.History, row)
	}
	if r.State == collaboration.Active {
		p.Access, err = h.access(ctx, r.ID, names)
	}
	return err
}

func (h activationPages) access(ctx context.Context, id collaboration.ActivationID, names people) (all []string, err error) {
	ids, err := app.CallWithin(ctx, h.readTimeout, func(ctx context.Context) ([]string, error) { return h.store.Access(ctx, id) })
	for _, employee := range ids {
		all = append(all, cmp.Or(names[employee], employee))
	}
	slices.SortFunc(all, i18n.Compare)
	return all, err
}

// people maps the ids of the office's employees and one customer's administrators to
// names.
type people map[string]string

func (h activationPages) namesAround(ctx context.Context, c collaboration.Customer) (people, error) {
	names, err := h.employeeNames(ctx, c.OfficeID)
	for _, a := range c.Administrators {
		names[a.ID] = a.Name
	}
	return names, err
}

// of returns the name of an event's actor. An erased person has no name.
func (p people) of(e collaboration.Event, l collaboration.Locale) string {
	switch e.By {
	case collaboration.ActorSystem, collaboration.ActorOperator:
		return i18n.Text(l, "office.by."+e.By)
	}
	return cmp.Or(p[e.By], e.ByName, i18n.Text(l, "office.by.gone"))
}
