package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"countersign/api/web"
	"countersign/collaboration"
)

// followedPage is an activation, from the click on Activate to its end. All
// of it but the frame is also what its stream sends.
type followedPage struct {
	web.Page
	ID collaboration.ActivationID
	// Recorded is false for the moment in which only the engine knows of it;
	// then there is its state and nothing else.
	Recorded                 bool
	CustomerID, CustomerName string
	SolutionID, SolutionName string
	State, Now               string
	Steps                    []progressStep
	Problems                 []mend
	Facts                    []fact
	Access                   []string
	History                  []historyRow
	Timeline                 web.Timeline
	Actions                  []action
	// Follow is where the page goes on by itself; empty where nothing will soon.
	Follow string
}

// historyRow is one recorded step, with who did it.
type historyRow struct {
	Text, By string
	At       time.Time
}

func (s *Server) showActivation(v *visit) error {
	r, err := s.ownRecord(v.ctx(), v.c.Param("id"))
	if err != nil && !errors.Is(err, errUnrecorded) {
		return err
	}
	p, err := s.followedPage(v, r)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "office/activation", p)
}

// followedPage is the page of a record: of one with no version nothing but the
// state is known.
func (s *Server) followedPage(v *visit, r collaboration.Record) (followedPage, error) {
	l := v.locale
	p := followedPage{Page: v.page(sectionOf(r), web.Text(l, "office.activation.unrecorded")), ID: r.ID, Recorded: r.Version > 0,
		State: string(r.State)}
	if r.State.Pending() {
		p.Follow = activationPage(string(r.ID)) + "/live?seen=" + seen(r)
	}
	if r.State == collaboration.Activating {
		p.Reload = 3
	}
	if !p.Recorded {
		if p.Now = web.Text(l, "office.now.unrecorded"); !r.State.Live() {
			p.Now = web.Text(l, "office.now.lost")
		}
		return p, nil
	}
	return p, s.fillActivation(v.ctx(), &p, r, l)
}

// fillActivation adds what the facts have.
func (s *Server) fillActivation(ctx context.Context, p *followedPage, r collaboration.Record, l collaboration.Locale) error {
	events, err := s.events(ctx, r.ID, 0)
	if err != nil {
		return err
	}
	customer, err := s.customer(ctx, r.OfficeID, r.CustomerID)
	if err != nil {
		return err
	}
	names, err := s.namesAround(ctx, customer)
	if err != nil {
		return err
	}
	solution, _ := s.Catalogue.Solution(r.SolutionID)
	p.CustomerID, p.CustomerName = r.CustomerID, r.CustomerName
	p.SolutionID, p.SolutionName = r.SolutionID, cmp.Or(solution.Name.In(l), r.SolutionID)
	p.Title = web.Text(l, "office.activation.title", p.SolutionName, r.CustomerName)
	p.Steps = progress(r, events, l)
	p.Now = nowOf(r, l)
	p.Facts = s.recordFacts(r, solution, l)
	p.Timeline, p.Actions = s.timeline(r, events, l), s.actionsFor(employeeOf(ctx), r, customer)
	p.Problems = s.problemsOf(r, p.Actions, l)
	for _, e := range events {
		p.History = append(p.History, historyRow{Text: web.Text(l, "action."+string(e.Action)), By: names.of(e.By, l), At: e.At})
	}
	if r.State == collaboration.Active {
		p.Access, err = s.access(ctx, r.ID, names)
	}
	return err
}

func (s *Server) access(ctx context.Context, id collaboration.ActivationID, names people) (all []string, err error) {
	ids, err := read(ctx, s.ReadTimeout, func(ctx context.Context) ([]string, error) { return s.Facts.Access(ctx, id) })
	for _, employee := range ids {
		all = append(all, cmp.Or(names[employee], employee))
	}
	return all, err
}

// people are names by id, of the office and of one customer.
type people map[string]string

func (s *Server) namesAround(ctx context.Context, c collaboration.Customer) (people, error) {
	names, err := s.employeeNames(ctx, c.OfficeID)
	for _, a := range c.Administrators {
		names[a.ID] = a.Name
	}
	return names, err
}

// of is who did something. Who is not there any more has no name.
func (p people) of(by string, l collaboration.Locale) string {
	switch by {
	case collaboration.ActorSystem, collaboration.ActorOperator:
		return web.Text(l, "office.by."+by)
	}
	return cmp.Or(p[by], web.Text(l, "office.by.gone"))
}
