package api

import (
	"crypto/rand"
	"slices"
	"strconv"

	"countersign/api/web"
	"countersign/collaboration"
)

// actionPage is an action's form, or why there is nothing to do any more.
type actionPage struct {
	web.Page
	Action   string
	Record   collaboration.Record
	Customer string
	Solution string
	Number   string
	Happens  []string
	Fields   []actionField
	Wrong    web.Wrong
	Nonce    string
	Version  string
	Grave    bool
	// Open is whether the form can be sent; Nobody that the customer has no main
	// contact, which keeps it shut.
	Open, Nobody bool
	// Latest is the last thing that happened, where that was not expected.
	Latest *EventView
	Again  string
}

// actionField is a field with what it was when the form was shown, so that only
// what somebody touched is changed.
type actionField struct {
	web.Field
	Was string
}

func (s *Server) viewAction(v *visit, a actionForm, on onActivation) *actionPage {
	r, l := on.record, v.locale
	title := "do." + a.name + ".title"
	if inState := title + "." + string(r.State); web.Has(l, inState) {
		title = inState
	}
	p := &actionPage{
		Page: v.page(sectionOf(r), web.Text(l, title)), Action: a.name, Record: r, Customer: on.customer.Name,
		Solution: on.solution.Name.In(l), Number: on.customer.OrganisationNumber.Masked(), Nonce: rand.Text(), Version: strconv.Itoa(r.Version), Grave: a.grave,
	}
	ends := ""
	if r.Agreement != nil {
		ends = web.LongDate(r.Agreement.EndsOn(), l)
	}
	for _, what := range a.happens(on) {
		p.Happens = append(p.Happens, web.Text(l, "happens."+what, p.Customer, p.Solution, r.InvitedName, r.InvitedEmail, ends))
	}
	if !r.State.Live() {
		p.Again = formPage(r)
	}
	return p
}

// blame says what is wrong, at each field that it is wrong with.
func (p *actionPage) blame(problem *Problem, l collaboration.Locale) {
	if problem.Code == collaboration.CodePreconditionFailed {
		p.Problem = web.Text(l, "do.moved")
	} else if len(problem.Errors) == 0 {
		p.Problem = problem.Title
	}
	for _, e := range problem.Errors {
		m := web.Mistake{Message: e.Message}
		if e.Field == "body" {
			m.Message = web.Text(l, "do.nothing")
		}
		if i := slices.IndexFunc(p.Fields, func(f actionField) bool { return f.Name == e.Field }); i >= 0 {
			p.Fields[i].Error, m.Field, m.Label = e.Message, e.Field, p.Fields[i].Label
		}
		p.Wrong = append(p.Wrong, m)
	}
}

// latestEvent is what happened last, beside the letters that told of it.
func (s *Server) latestEvent(v *visit, id collaboration.ActivationID) *EventView {
	events, err := s.events(v.ctx(), id, 0)
	if err != nil {
		return nil
	}
	for _, e := range slices.Backward(events) {
		if e.Action != collaboration.ActionLetterSent {
			latest := viewEvent(e, v.locale)
			return &latest
		}
	}
	return nil
}

// again lets the same form be sent again: its first sending may have been taken.
func (p *actionPage) again(v *visit) {
	p.Nonce, p.Version = v.posted("nonce"), v.posted("version")
	for i, f := range p.Fields {
		p.Fields[i].Was = v.posted("was." + f.Name)
	}
}

func activationPage(id string) string { return "/activations/" + id }

// formPage is where a customer's form for a solution is.
func formPage(r collaboration.Record) string {
	return "/customers/" + r.CustomerID + "/collaborations/" + r.SolutionID
}

// sectionOf is the part of the navigation that an activation belongs to.
func sectionOf(r collaboration.Record) string {
	if r.Agreement != nil {
		return "collaborations"
	}
	return "requests"
}
